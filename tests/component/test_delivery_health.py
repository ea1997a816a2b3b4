"""What an operator sees, and when a service stops by itself rather than do harm."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from aiokafka import TopicPartition
from lapor_chassis.errors import Stalled, TooManyDeadLetters
from lapor_chassis.ids import uuid7
from lapor_chassis.process import EXIT_BUG
from lapor_chassis.subject import partition_of
from lapor_contracts.complaints import Amended
from lapor_contracts.envelope import encode
from lapor_contracts.ombudsman_replies import OmbudsmanAcknowledged
from structlog.testing import capture_logs

from tests.support.journal import Ground, Scene, ground, open_scene
from tests.support.probe import COMPLAINTS, EDGE, Probe, ProbeApplication

__all__ = ["ground"]
PRAISE = OmbudsmanAcknowledged(office="ombudsman-64")
METRICS = (
    'lapor_applied_total{topic="lapor.complaints"} 2.0', 'lapor_repeats_total{topic="lapor.complaints"} 1.0',
    "lapor_published_total", "lapor_waiting ", "lapor_waiting_oldest_seconds", "lapor_parked ",
    "lapor_parked_oldest_seconds", "lapor_unpublished_oldest_seconds", "lapor_timers_fired_total 1.0",
    "lapor_set_aside_total", "lapor_lanes_adopted_total", "lapor_retries_total", "lapor_batch_records_total",
    'lapor_batch_seconds_bucket{le="0.1",loop="escalation"}', 'lapor_service{name="escalation"} 1.0',
)  # fmt: skip


@pytest.fixture
async def scene(ground: Ground) -> AsyncIterator[Scene]:
    scene = await open_scene(ground)
    yield scene
    await scene.close()


async def test_a_handler_that_is_stuck_turns_the_service_unready_then_dead_and_back(scene: Scene) -> None:
    gate = asyncio.Event()
    app = await scene.start(Probe(gate=gate), stuck_after_seconds=0.2)
    assert await scene.get(app, "/health/ready") == (200, '{"status":"ok","problems":{}}')
    subject = uuid7()
    await scene.order(subject, "Satu")
    await scene.until_log(subject, "complaints=1")
    await scene.say(subject, PRAISE, topic=EDGE)
    await scene.until(lambda: complains(scene, app, "escalation-edge"))
    _, body = await scene.get(app, "/health/ready")
    assert "escalation" not in json.loads(body)["problems"]
    # The other loop goes on meanwhile.
    other = uuid7()
    await scene.order(other, "Satu")
    await scene.until_log(other, "complaints=1")
    await scene.until(lambda: answers(scene, app, "/health/live", 503))
    gate.set()
    await scene.until(lambda: answers(scene, app, "/health/ready", 200))
    await scene.until_log(subject, "complaints=1", "ombudsman.replies")
    assert (await scene.get(app, "/health/live"))[0] == 200


async def complains(scene: Scene, app: ProbeApplication, loop: str) -> bool:
    status, body = await scene.get(app, "/health/ready")
    return status == 503 and loop in json.loads(body)["problems"]


async def answers(scene: Scene, app: ProbeApplication, path: str, status: int) -> bool:
    return (await scene.get(app, path))[0] == status


async def test_the_metrics_have_the_names_that_dashboards_use(scene: Scene) -> None:
    app = await scene.start()
    subject = uuid7()
    await scene.order(subject, "Satu", "arm 0")
    await scene.say(subject, Amended(), number=1)
    await scene.until_said(lambda s: len(s.said(subject)) == 3)

    async def counted() -> bool:
        _, metrics = await scene.get(app, "/metrics")
        return all(name in metrics for name in METRICS)

    async def missing() -> list[str]:
        _, metrics = await scene.get(app, "/metrics")
        return [name for name in METRICS if name not in metrics]

    await scene.until(counted, missing)


async def test_tallies_tell_the_counts_of_all_instances(scene: Scene) -> None:
    app = await scene.start()
    subject = uuid7()
    other = next(s for s in iter(uuid7, None) if partition_of(s) == partition_of(subject))
    await scene.order(subject, "Satu", "Dua")
    await scene.until_said(lambda s: len(s.said(subject)) == 2)
    await scene.stop(app)
    await scene.start()
    await scene.order(other, "Satu")
    key = f"escalation:lapor.escalations:{partition_of(subject)}"

    def told(scene: Scene) -> list[tuple[int, int]]:
        tallies = [r.event for r in scene.seen if r.topic == "lapor.tallies" and r.envelope.subject == key]
        return [(tally.subjects, tally.events) for tally in tallies]

    await scene.until_said(lambda s: (2, 3) in told(s))
    assert told(scene)[-1] == (2, 3)


async def rubbish(scene: Scene, count: int) -> None:
    for _ in range(count):
        await scene.raw(EDGE, b"x", b"{", encode(scene.envelope(uuid7(), PRAISE, topic=EDGE)))


async def test_an_outsiders_rubbish_is_only_counted_and_holds_nobody(scene: Scene) -> None:
    with capture_logs() as lines:
        app = await scene.start(outsider_dead_letters_per_minute=5)
        subject = uuid7()
        await scene.order(subject, "Satu")
        await scene.until_log(subject, "complaints=1")
        await rubbish(scene, 8)
        # What it wrote rightly comes behind the rubbish, and is taken at once.
        await scene.say(subject, PRAISE, topic=EDGE)
        await scene.until_log(subject, "complaints=1", "ombudsman.replies")
    alarms = [line for line in lines if "it is only counted" in line["event"]]
    assert [(alarm["topic"], alarm["log_level"]) for alarm in alarms] == [(EDGE, "error")]
    await scene.until_said(lambda s: len(s.dead_letters()) == 5)
    _, metrics = await scene.get(app, "/metrics")
    assert 'lapor_dead_letters_total{kind="edge",reason="throttled"} 3.0' in metrics
    assert app.failure is None


async def test_too_many_dead_letters_on_a_core_topic_stop_the_service_and_lose_nothing(scene: Scene) -> None:
    subjects = [uuid7() for _ in range(8)]
    app = await scene.start(dead_letters_per_minute=5, batch_records=3)
    for subject in subjects:
        await scene.order(subject, "poison", "Dua")
    await scene.until(lambda: failed(app))
    assert isinstance(app.failure, TooManyDeadLetters)
    assert await answers(scene, app, "/health/live", 503)
    await scene.stop(app)
    # The rest is still on the topic: a better version takes it, and what is parked waits for its replay.
    parked = {row["id"] for row in await scene.conn.fetch("select id from subject where parked_at is not null")}
    assert 5 < len(parked) <= 8
    await scene.start(Probe(fixed=True))
    for subject in set(subjects) - parked:
        await scene.until_log(subject, "complaints=1", "complaints=2")
    await scene.until(lambda: scene.conn.fetchval("select count(*) = $1 from waiting where number = 2", len(parked)))


async def failed(app: ProbeApplication) -> bool:
    return app.failure is not None


async def test_nothing_is_acknowledged_past_a_bug(scene: Scene) -> None:
    """Others' events that come after it, in other partitions, must not move the group past the batch that failed."""
    app = await scene.start(batch_records=1)
    bug = uuid7()
    await scene.order(bug, "Satu", "bug", "Tiga")
    await scene.until(lambda: failed(app))
    assert isinstance(app.failure, RuntimeError)
    others = [uuid7() for _ in range(20)]
    for subject in others:
        await scene.order(subject, "Satu")
    # They have all been fetched, by a loop that must no longer take them.
    await scene.until(lambda: fetched(scene, app))
    await scene.stop(app)
    await scene.start(Probe(fixed=True))
    await scene.until_log(bug, "complaints=1", "complaints=2", "complaints=3")
    for subject in others:
        await scene.until_log(subject, "complaints=1")


async def test_a_consumer_that_has_died_inside_its_library_stops_the_service(scene: Scene) -> None:
    """Its member still says that it lives, so nobody else would ever get its partitions."""
    app = await scene.start(stuck_after_seconds=0.5)
    subject = uuid7()
    await scene.order(subject, "Satu")
    await scene.until_log(subject, "complaints=1")
    assert app.core is not None and app.core.consumer is not None
    fetching = app.core.consumer._fetcher
    assert fetching is not None
    fetching._fetch_task.cancel()
    # The first may come with the fetch that was on its way.
    await scene.order(subject, "Dua")
    await scene.until_log(subject, "complaints=1", "complaints=2")
    await scene.order(subject, "Tiga")
    await scene.until(lambda: failed(app))
    assert isinstance(app.failure, Stalled)
    await scene.stop(app)
    await scene.start()
    await scene.until_log(subject, "complaints=1", "complaints=2", "complaints=3")


async def fetched(scene: Scene, app: ProbeApplication) -> bool:
    assert app.core is not None and app.core.consumer is not None
    ends = await asyncio.to_thread(scene.ground.ends, (COMPLAINTS,))
    return all([await app.core.consumer.position(TopicPartition(*where)) >= end for where, end in ends.items()])


async def test_a_process_with_a_bug_ends_with_its_exit_code_and_its_heir_goes_on(scene: Scene) -> None:
    subject: UUID = uuid7()
    child = await scene.child()
    await scene.order(subject, "Satu", "bug", "Tiga")
    assert await asyncio.wait_for(child.wait(), 30) == EXIT_BUG
    await scene.start(Probe(fixed=True), static_member=True, lane_dead_after_seconds=0.5)
    await scene.until_said(lambda s: len(s.said(subject)) >= 3)
    scene.assert_numbers(subject, 3)
    assert COMPLAINTS in str(await scene.conn.fetchval("select applied from subject where id = $1", subject))
