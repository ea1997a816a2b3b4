"""The outbox's lanes: whatever is committed is published, by whoever is left, under the numbers it was given."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from asyncpg.pool import Pool
from confluent_kafka.admin import (  # type: ignore[attr-defined] # re-exported without `as`
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
)
from lapor_chassis import kafka, operations
from lapor_chassis.errors import Transient
from lapor_chassis.ids import uuid7
from lapor_chassis.process import EXIT_LANE_LOST
from structlog.testing import capture_logs

from tests.support.journal import Ground, Scene, ground, open_scene
from tests.support.probe import NOWHERE, SAYS, ProbeApplication, saying

__all__ = ["ground"]
ALL = ["complaints=1", "complaints=2", "complaints=3"]


@pytest.fixture
async def scene(ground: Ground) -> AsyncIterator[Scene]:
    scene = await open_scene(ground)
    yield scene
    await scene.close()


async def lanes_left(scene: Scene, app: ProbeApplication) -> int:
    """How many lanes of others are not retired."""
    own = [lane.id for lane in app.lanes.own.values()]
    return int(
        await scene.conn.fetchval(
            "select count(*) from lane where retired_at is null and id > 0 and not id = any($1::bigint[])", own
        )
    )


async def adopted_all(scene: Scene, app: ProbeApplication) -> bool:
    return await lanes_left(scene, app) == 0


async def adopted(scene: Scene, lanes: set[int]) -> bool:
    return not await scene.conn.fetchval(
        "select count(*) from lane where retired_at is null and id = any($1::bigint[])", list(lanes)
    )


async def outbox(scene: Scene, subject: UUID, count: int) -> bool:
    return bool(
        await scene.conn.fetchval(
            "select count(*) = $2 from outbox where key = $1 and topic = $3", str(subject), count, SAYS
        )
    )


async def table(scene: Scene, name: str) -> bool:
    return await scene.conn.fetchval("select to_regclass($1)", name) is not None


async def test_killed_between_commit_and_publishing_its_heir_publishes(scene: Scene) -> None:
    subjects = [uuid7() for _ in range(3)]
    for subject in subjects:
        await scene.order(subject, "Satu", "Dua", "Tiga")
    child = await scene.child(PROBE_MUTE="1")
    await scene.until(lambda: table(scene, "outbox"))
    for subject in subjects:
        await scene.until(lambda subject=subject: outbox(scene, subject, 3))  # type: ignore[misc]
    child.send_signal(signal.SIGKILL)
    await child.wait()
    await scene.read_on()
    assert scene.seen == []
    # Under the same static name, as a supervisor would start it again.
    app = await scene.start(static_member=True, lane_dead_after_seconds=0.5)
    await scene.until_said(lambda s: all(len(s.said(subject)) >= 3 for subject in subjects))
    await scene.until(lambda: adopted_all(scene, app))
    for subject in subjects:
        await scene.order(subject, "Empat")
    await scene.until_said(lambda s: all(len(s.said(subject)) >= 4 for subject in subjects))
    for subject in subjects:
        scene.assert_numbers(subject, 4)
        assert [text for _, text in scene.said(subject)] == [*ALL, "complaints=4"]
    _, metrics = await scene.get(app, "/metrics")
    assert "lapor_lanes_adopted_total 6.0" in metrics
    # Its tallies were kept: all that was ever committed is counted, once.
    counted = await scene.conn.fetchval("select sum(events)::int from tally where topic = $1", SAYS)
    assert counted == 12


async def test_a_frozen_process_that_wakes_up_after_its_lanes_were_adopted_stops(scene: Scene) -> None:
    subject = uuid7()
    child = await scene.child()
    await scene.order(subject, "Satu", "Dua")
    await scene.until_said(lambda s: len(s.said(subject)) == 2)
    child.send_signal(signal.SIGSTOP)
    # Another group of the same service's database, so that it need not wait for the frozen member.
    heir = await scene.start(group=await asyncio.to_thread(scene.ground.group), lane_dead_after_seconds=0.5)
    await scene.until(lambda: adopted_all(scene, heir))
    await scene.order(subject, "Tiga")
    await scene.until_said(lambda s: len(s.said(subject)) >= 3)
    child.send_signal(signal.SIGCONT)
    assert await asyncio.wait_for(child.wait(), 20) == EXIT_LANE_LOST
    await scene.order(subject, "Empat")
    await scene.until_said(lambda s: (4, "complaints=4") in s.said(subject))
    scene.assert_numbers(subject, 4)
    assert heir.failure is None


async def test_one_whose_lanes_were_adopted_before_it_noticed_stops_in_good_order(scene: Scene) -> None:
    subject = uuid7()
    app = await scene.start(heartbeat_seconds=60.0)
    await scene.order(subject, "Satu")
    await scene.until_said(lambda s: len(s.said(subject)) == 1)
    heir = await scene.start(group=await asyncio.to_thread(scene.ground.group), lane_dead_after_seconds=0.5)
    lost = {lane.id for lane in app.lanes.own.values() if lane.name != "desk"}  # which looks in all the time
    await scene.until(lambda: adopted(scene, lost))
    with capture_logs() as logs:
        await scene.stop(app)
    assert lost <= {entry["lane"] for entry in logs if entry["event"] == "a lane is not ours to retire"}
    assert app.pool.is_closing()
    await scene.order(subject, "Dua")
    await scene.until_said(lambda s: (2, "complaints=2") in s.said(subject))
    scene.assert_numbers(subject, 2)
    assert heir.failure is None


async def test_what_was_committed_in_the_moment_of_stopping_is_published(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The batch is cancelled after its commit, before its process knows."""
    app = await scene.start()
    subject, held, real = uuid7(), asyncio.Event(), Pool.release

    async def release(pool: Any, connection: Any, **options: Any) -> None:
        await real(pool, connection, **options)
        if asyncio.current_task() is task:
            held.set()
            await asyncio.Event().wait()

    async def write() -> None:
        async with app.lane("test").batch() as batch:
            subjects = await batch.load([subject], create=True)
            batch.work(subjects[subject]).emit(SAYS, saying("at the last moment"))

    monkeypatch.setattr(Pool, "release", release)
    task = asyncio.create_task(write())
    await held.wait()
    await scene.stop_cancelling(app, task)
    await scene.until_said(lambda s: s.said(subject) == [(1, "at the last moment")])


async def test_a_subject_that_two_transactions_make_at_once_is_made_by_one(scene: Scene) -> None:
    """The other one is told to try again, and finds it."""
    app = await scene.start()
    subject = uuid7()

    async def write(lane: str, what: str) -> None:
        async with app.lane(lane).batch() as batch:
            subjects = await batch.load([subject], create=True)
            looked.append(subjects[subject].new)
            if len(looked) < 3:
                await asyncio.wait_for(both_looked.wait(), 10)
            batch.work(subjects[subject]).emit(SAYS, saying(what))

    looked: list[bool] = []
    both_looked = asyncio.Barrier(2)
    outcomes = await asyncio.gather(write("test", "a"), write("desk", "b"), return_exceptions=True)
    (refused,) = [outcome for outcome in outcomes if outcome is not None]
    assert isinstance(refused, Transient)
    late = ("test", "a") if outcomes[0] is refused else ("desk", "b")
    await write(*late)
    assert looked == [True, True, False]
    await scene.until_said(lambda s: [number for number, _ in s.said(subject)] == [1, 2])


async def test_an_answer_that_never_came_is_looked_up_by_the_next_batch(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commit succeeds, but its client sees a lost connection: the batch is tried again, nothing comes twice."""
    await scene.start()
    subject, real = uuid7(), asyncpg.transaction.Transaction.commit
    cut: list[bool] = []

    async def commit(transaction: Any) -> None:
        wrote = await transaction._connection.fetchval("select count(*) from outbox where key = $1", str(subject))
        await real(transaction)
        if wrote and not cut:
            cut.append(True)
            raise asyncpg.ConnectionDoesNotExistError("connection was closed in the middle of operation")

    monkeypatch.setattr(asyncpg.transaction.Transaction, "commit", commit)
    await scene.order(subject, "Satu", "Dua", "Tiga")
    await scene.until_log(subject, *ALL)
    await scene.until_said(lambda s: len(s.said(subject)) >= 3)
    assert cut
    assert [text for _, text in scene.said(subject)] == ALL
    scene.assert_numbers(subject, 3)


async def test_resend_publishes_the_same_events_again(scene: Scene) -> None:
    await scene.start()
    subject = uuid7()
    await scene.order(subject, "Satu", "Dua", "Tiga")
    await scene.until_said(lambda s: len(s.said(subject)) == 3)
    found = await operations.resend(scene.conn, "operator", str(subject), SAYS, [2, 3, 9])
    assert found == [2, 3]
    await scene.until_said(lambda s: len(s.said(subject)) == 5)
    assert [number for number, _ in scene.said(subject)] == [1, 2, 3, 2, 3]
    first, again = ([r.envelope for r in scene.seen if r.envelope.subject == str(subject)][n : n + 2] for n in (1, 3))
    assert first == again


async def limit(scene: Scene, value: int | None) -> None:
    """The largest batch of the topic, and until the broker holds to it."""
    resource = ConfigResource(ConfigResource.Type.TOPIC, SAYS)
    operation = AlterConfigOpType.DELETE if value is None else AlterConfigOpType.SET
    entry = ConfigEntry("max.message.bytes", str(value or ""), incremental_operation=operation)
    resource.add_incremental_config(entry)

    async def holds() -> bool:
        asked = scene.ground.admin.describe_configs([ConfigResource(ConfigResource.Type.TOPIC, SAYS)])
        found = next(iter(asked.values())).result(10)["max.message.bytes"].value
        return (found == str(value)) if value else int(found) > 1_000_000

    for future in scene.ground.admin.incremental_alter_configs([resource]).values():
        future.result(10)
    await scene.until(holds)


async def test_an_event_too_large_for_its_topic_is_set_aside_and_the_others_go_on(scene: Scene) -> None:
    app = await scene.start()
    subject, other = uuid7(), uuid7()
    await limit(scene, 6_000)
    try:
        with capture_logs() as lines:
            await asyncio.gather(scene.order(subject, "Satu", "big 15000", "Tiga"), scene.order(other, "Satu"))
            await scene.until_said(lambda s: len(s.said(subject)) >= 3 and len(s.said(other)) == 1)
        alarm = next(line for line in lines if line["event"].startswith("row set aside"))
        assert (alarm["topic"], alarm["subject"], alarm["number"]) == (SAYS, str(subject), 2)
        # The order "big" says two things, the first of which does not go out.
        assert sorted({number for number, _ in scene.said(subject)}) == [1, 3, 4]  # type: ignore[type-var]
        rows = await scene.conn.fetch("select key, number, reason, resent_at from set_aside")
        assert [tuple(row) for row in rows] == [(str(subject), 2, "MessageSizeTooLargeError", None)]
        _, metrics = await scene.get(app, "/metrics")
        assert "lapor_set_aside_total 1.0" in metrics
    finally:
        await limit(scene, None)
    assert await operations.resend(scene.conn, "operator", str(subject), SAYS, [2]) == [2]
    await scene.until_said(lambda s: 2 in {number for number, _ in s.said(subject)})
    assert await scene.conn.fetchval("select resent_at is not null from set_aside")


async def test_events_for_a_topic_that_is_gone_are_set_aside_and_the_others_go_on(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(kafka, "REQUEST_TIMEOUT_MS", 1_000)
    await scene.start()
    subject = uuid7()
    await scene.order(subject, "nowhere", "nowhere", "nowhere", "Empat")
    await scene.until_said(lambda s: len(s.said(subject)) == 4)
    await scene.until(lambda: scene.conn.fetchval("select count(*) = 3 from set_aside"))
    rows = await scene.conn.fetch("select topic, number from set_aside order by number")
    assert [tuple(row) for row in rows] == [(NOWHERE, 1), (NOWHERE, 2), (NOWHERE, 3)]
    await scene.order(subject, "Lima")
    await scene.until_said(lambda s: len(s.said(subject)) == 5)
    scene.assert_numbers(subject, 5)


async def test_a_row_by_reference_is_made_when_it_is_published(scene: Scene) -> None:
    await scene.start()
    subject = uuid7()
    await scene.order(subject, "reference contact-7")
    await scene.until_said(lambda s: len(s.said(subject)) == 2)
    assert scene.said(subject) == [(1, "resolved contact-7"), (2, "complaints=1")]
    rows = await scene.conn.fetch("select body, reference from outbox where key = $1 order by seq", str(subject))
    assert tuple(rows[0]) == (None, "contact-7") and rows[1]["body"] is not None


async def test_two_instances_that_start_at_once_on_an_empty_database(scene: Scene) -> None:
    groups = [scene.group, await asyncio.to_thread(scene.ground.group)]
    apps = await asyncio.gather(*(scene.start(group=group) for group in groups))
    assert [app.failure for app in apps] == [None, None]
    assert await scene.conn.fetchval("select count(*) from lane where id > 0 and retired_at is null") == 12
