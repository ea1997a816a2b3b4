"""A poisoned event stops its complaint in this service, and nothing else, until someone replays or dismisses it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from uuid import UUID

import pytest
from lapor_chassis import operations
from lapor_chassis.ids import uuid7
from lapor_contracts.assignments import QuestionAsked
from lapor_contracts.ombudsman_replies import OmbudsmanAcknowledged
from structlog.testing import capture_logs

from tests.support.journal import Ground, Scene, ground, open_scene
from tests.support.probe import ASSIGNMENTS, EDGE, Probe, ProbeApplication

__all__ = ["ground"]


@pytest.fixture
async def scene(ground: Ground) -> AsyncIterator[Scene]:
    scene = await open_scene(ground)
    yield scene
    await scene.close()


async def poisoned(scene: Scene, subject: UUID) -> int:
    """Number 3 is poison; 4 to 6, an event of another topic and one of an outsider come after it. The dead letter."""
    await scene.order(subject, "Satu", "arm 3600", "poison")
    await scene.until(lambda: parked(scene, subject))
    await scene.conn.execute("update subject set due_at = clock_timestamp() where id = $1", subject)
    await scene.say(subject, QuestionAsked(question="Di mana?"), topic=ASSIGNMENTS)
    await scene.order(subject, "Empat", "Lima", "Enam")
    await scene.until(lambda: waiting(scene, subject, 4))
    await scene.say(subject, OmbudsmanAcknowledged(office="ombudsman-64"), topic=EDGE)
    await scene.until(lambda: waiting(scene, subject, 5))
    letter = await scene.conn.fetchval("select id from dead_letter where subject = $1", subject)
    return int(letter)


async def parked(scene: Scene, subject: UUID) -> bool:
    return bool(await scene.conn.fetchval("select parked_at is not null from subject where id = $1", subject))


async def waiting(scene: Scene, subject: UUID, count: int) -> bool:
    return bool(await scene.conn.fetchval("select count(*) = $2 from waiting where subject = $1", subject, count))


async def settled(scene: Scene, command: int) -> str:
    """What became of an operator's order."""

    async def done() -> bool:
        return await scene.conn.fetchval("select outcome from dead_letter_command where id = $1", command) is not None

    await scene.until(done)
    return str(await scene.conn.fetchval("select outcome from dead_letter_command where id = $1", command))


async def held(scene: Scene, app: ProbeApplication, subject: UUID) -> None:
    """Others go on, their timers fire, its own timer does not, although it is overdue."""
    other = uuid7()
    overdue = await scene.conn.fetchval("select due_at from subject where id = $1", subject)
    await scene.until(lambda: scene.conn.fetchval("select clock_timestamp() > $1", overdue))
    await scene.order(other, "Satu", "arm 0")
    await scene.until_log(other, "complaints=1", "complaints=2", "timer")
    assert app.probe.fired == [str(other)]


async def test_poison_parks_its_complaint_and_a_replay_applies_all_that_waits(scene: Scene) -> None:
    with capture_logs() as lines:
        app = await scene.start()
        subject = uuid7()
        letter = await poisoned(scene, subject)
        await held(scene, app, subject)
        assert await scene.log(subject) == ["complaints=1", "complaints=2"]
        assert "parked subjects: see `lapor dlq list`" in {line["event"] for line in lines}
    _, metrics = await scene.get(app, "/metrics")
    assert "lapor_parked 1.0" in metrics
    assert 'lapor_dead_letters_total{kind="core",reason="poisoned"} 1.0' in metrics
    (listed,) = await operations.dead_letters(scene.conn)
    assert (listed["id"], listed["number"], listed["reason"], listed["waits"]) == (letter, 3, "poisoned", 5)

    app.probe.fixed = True
    before = await transactions(scene, subject)
    order = await operations.order(scene.conn, letter, "replay", "sari", "repaired in 1.2")
    assert await settled(scene, order) == "replayed"
    log = ["complaints=1", "complaints=2", "complaints=3"]
    # In order of arrival: what the other topics brought had come before or between.
    rest = ["assignments=1", "complaints=4", "complaints=5", "complaints=6", "ombudsman.replies"]
    await scene.until_log(subject, *log, *rest, "timer")
    # The poison and all that waited in one transaction.
    after = await transactions(scene, subject)
    assert len(before) == 2 and len({after[number] for number in range(3, 9)}) == 1
    row = await scene.conn.fetchrow("select status, settled_by, settled_why from dead_letter where id = $1", letter)
    assert row is not None and tuple(row) == ("replayed", "sari", "repaired in 1.2")
    assert await waiting(scene, subject, 0)
    await scene.until_said(lambda s: len(s.said(subject)) == 9 and len(s.dead_letters()) == 1)
    assert [text for _, text in scene.said(subject)] == [*log, *rest, "timer"]
    scene.assert_numbers(subject, 9)
    event = scene.dead_letters()[0]
    assert (event.subject, event.number, event.reason, event.field) == (subject, 3, "poisoned", "title")


async def transactions(scene: Scene, subject: UUID) -> dict[int, int]:
    """Number -> transaction of each event said: the ones of one transaction have one xmin."""
    rows = await scene.conn.fetch(
        "select number, xmin::text::bigint as xid from outbox where key = $1 and topic = 'lapor.escalations'",
        str(subject),
    )
    return {row["number"]: row["xid"] for row in rows}


async def test_a_replay_that_fails_again_changes_nothing_and_a_dismissal_passes_over(scene: Scene) -> None:
    app = await scene.start()
    subject = uuid7()
    letter = await poisoned(scene, subject)
    order = await operations.order(scene.conn, letter, "replay", "sari", "a try")
    assert await settled(scene, order) == "still cannot be processed: poisoned"
    assert await parked(scene, subject) and await waiting(scene, subject, 5)
    assert await scene.log(subject) == ["complaints=1", "complaints=2"]

    order = await operations.order(scene.conn, letter, "dismiss", "budi", "a test record")
    assert await settled(scene, order) == "dismissed"
    rest = ["assignments=1", "complaints=4", "complaints=5", "complaints=6", "ombudsman.replies"]
    await scene.until_log(subject, "complaints=1", "complaints=2", *rest, "timer")
    row = await scene.conn.fetchrow("select status, settled_by, settled_why from dead_letter where id = $1", letter)
    assert row is not None and tuple(row) == ("dismissed", "budi", "a test record")
    with pytest.raises(LookupError, match="dismissed already"):
        await operations.order(scene.conn, letter, "replay", "sari", "too late")
    await scene.until_said(lambda s: len(s.said(subject)) == 8)
    # One dead letter on the topic, although it was tried twice; what the poison had said was taken back.
    assert len(scene.dead_letters()) == 1
    assert "must be taken back" not in {text for _, text in scene.said(subject)}
    assert app.failure is None


async def test_a_bug_in_a_replay_leaves_all_as_it_was_and_the_service_running(scene: Scene) -> None:
    app = await scene.start()
    subject = uuid7()
    await scene.order(subject, "Satu", "poison worse", "Tiga")
    await scene.until(lambda: waiting(scene, subject, 1))
    app.probe.fixed = True
    letter = await scene.conn.fetchval("select id from dead_letter where subject = $1", subject)
    order = await operations.order(scene.conn, letter, "replay", "sari", "repaired, it is said")
    assert await settled(scene, order) == "a bug: RuntimeError"
    assert await parked(scene, subject) and await waiting(scene, subject, 1)
    assert app.failure is None
    order = await operations.order(scene.conn, letter, "dismiss", "sari", "then not")
    assert await settled(scene, order) == "dismissed"
    await scene.until_log(subject, "complaints=1", "complaints=3")


async def test_a_second_poison_behind_the_first_parks_again_at_its_own_number(scene: Scene) -> None:
    app = await scene.start()
    subject = uuid7()
    await scene.order(subject, "Satu", "poison", "Tiga", "poison", "Lima")
    await scene.until(lambda: waiting(scene, subject, 3))
    first = await scene.conn.fetchval("select id from dead_letter where subject = $1", subject)
    order = await operations.order(scene.conn, first, "dismiss", "sari", "rubbish")
    assert await settled(scene, order) == "dismissed"
    await scene.until_log(subject, "complaints=1", "complaints=3")
    assert await parked(scene, subject) and await waiting(scene, subject, 1)
    app.probe.fixed = True
    second = await scene.conn.fetchval("select id from dead_letter where subject = $1 and number = 4", subject)
    order = await operations.order(scene.conn, second, "replay", "sari", "repaired")
    assert await settled(scene, order) == "replayed"
    await scene.until_log(subject, "complaints=1", "complaints=3", "complaints=4", "complaints=5")


async def test_a_parked_complaint_stays_parked_over_a_restart_and_a_redelivery(scene: Scene) -> None:
    app = await scene.start()
    subject = uuid7()
    poison = await poisoned(scene, subject)
    await scene.stop(app, kill=True)
    # The group starts again before all of it: as after a crash between the transaction and the acknowledgement.
    app = await scene.start(Probe(fixed=True), group=await asyncio.to_thread(rewound, scene))
    await scene.order(subject, "Tujuh")
    await scene.until(lambda: waiting_number(scene, subject, 7))
    assert await parked(scene, subject)
    assert await scene.conn.fetchval("select count(*) from dead_letter") == 1
    order = await operations.order(scene.conn, poison, "replay", "sari", "repaired")
    assert await settled(scene, order) == "replayed"
    log = [f"complaints={n}" for n in range(1, 8)]
    await scene.until(lambda: said_all(scene, subject, {*log, "assignments=1", "ombudsman.replies"}))
    assert [entry for entry in await scene.log(subject) if entry.startswith("complaints")] == log
    assert (await scene.log(subject)).count("ombudsman.replies") == 1
    assert await waiting(scene, subject, 0)


async def said_all(scene: Scene, subject: UUID, expected: set[str]) -> bool:
    return expected <= set(await scene.log(subject))


async def waiting_number(scene: Scene, subject: UUID, number: int) -> bool:
    return bool(
        await scene.conn.fetchval(
            "select exists (select 1 from waiting where subject = $1 and number = $2)", subject, number
        )
    )


def rewound(scene: Scene) -> str:
    """A group that reads everything from the beginning of this test again."""
    return scene.ground.group(at=scene.began)
