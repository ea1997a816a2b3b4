"""Clocks that go wrong: an hour forward, an hour back, two that differ, a database's that jumps. Nothing comes twice,
and nothing earlier than a clock is wrong."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest
from lapor_chassis.application import Application
from lapor_chassis.clock import DomainClock, from_broker, wall_now
from lapor_chassis.errors import LaneLost
from lapor_chassis.ids import uuid7
from lapor_contracts import replies
from lapor_contracts.escalations import ClockStarted, ClockStopped, LimitMissed, Reminded, SuperiorTold
from lapor_deploy.outsider import Read, read
from lapor_deploy.stack import Stack
from lapor_escalation.domain.state import Escalation
from lapor_escalation.main import build

from tests.bench import wire
from tests.simulate.writing import ASSIGNMENTS, COMPLAINTS, REPLIES, row
from tests.support.escalation import DLH, assigned, registered, wita
from tests.support.escalation_wire import Neighbours, joined, made_settings, running_from, service

pytestmark = pytest.mark.component
HOUR, SECOND = timedelta(hours=1), timedelta(seconds=1)
START, DUE = wita(4), wita(11, 16)
SAID = "lapor.escalations"
MANY = 24
DEADLINE_SECONDS = 60.0


@pytest.fixture
async def world(stack: Stack) -> AsyncIterator[Neighbours]:
    neighbours = Neighbours(stack)
    yield neighbours
    await neighbours.close()


async def begin(world: Neighbours) -> None:
    tracking_id = f"{world.complaint.int % 10**10:010d}"
    await world.say("intake", COMPLAINTS, registered(START, tracking_id=tracking_id), START)
    await world.say("router", ASSIGNMENTS, assigned(DLH, 1), START)
    await world.until(lambda w: any(limit.clock == "agency" for limit in w.of(ClockStarted)))


def missed(world: Neighbours) -> list[datetime]:
    return [w.envelope.time for w in world.seen if isinstance(w.event, LimitMissed) and w.event.assignment == 1]


async def test_an_hour_forward_is_early_by_no_more_and_back_again_nothing_comes_twice(
    stack: Stack, world: Neighbours
) -> None:
    """At 15.30 the clock jumps to 16.30, is put right, and reaches 16.00 once more."""
    clock = running_from(wita(11, 8))
    async with service(stack, clock):
        await begin(world)
        clock.jump(wita(11, 15, 30))
        await world.until(lambda w: bool(w.of(Reminded, assignment=1)))
        assert missed(world) == []
        clock.jump(wita(11, 16, 30))
        await world.until(lambda w: bool(missed(w)))
        clock.jump(wita(11, 15, 30))
        # What the agency answers now came in time: what was said too early is taken back.
        answer = replies.Accepted(agency=DLH.code, assignment=1, received_at=wita(11, 15, 40))
        clock.jump(wita(11, 15, 59) + 58 * SECOND)
        await world.say("router", REPLIES, answer, wita(11, 15, 40))
        await world.until(lambda w: bool(w.of(ClockStopped, limit="first_response")))
        clock.jump(wita(13, 17))
        marker = Neighbours(stack)
        await begin(marker)
        await marker.until(lambda w: bool(missed(w)))
        await marker.close()
        await world.until(lambda _: True)
    stopped = world.of(ClockStopped, limit="first_response")[0]
    assert (stopped.in_time, stopped.withdrawn_steps) == (True, ("limit_missed",))
    assert [at - DUE < HOUR for at in missed(world)] == [True]
    assert world.of(SuperiorTold, assignment=1) == []


async def test_an_hour_back_and_the_time_is_lived_twice_but_nothing_is_said_twice(
    stack: Stack, world: Neighbours
) -> None:
    clock = running_from(DUE - SECOND)
    async with service(stack, clock):
        await begin(world)
        await world.until(lambda w: bool(missed(w)))
        clock.jump(DUE - HOUR)
        clock.jump(DUE - SECOND)
        later = Neighbours(stack)
        await begin(later)
        await later.until(lambda w: bool(missed(w)))
        await later.close()
        # Told a step too early the ladder has still to give the time that it promises.
        clock.jump(wita(13, 16, 30))
        await world.until(lambda w: bool(w.of(SuperiorTold, assignment=1)))
    assert len(missed(world)) == len(missed(later)) == 1
    assert len(world.of(Reminded, assignment=1)) <= 1
    assert min(*missed(world), *missed(later)) >= DUE


async def test_an_override_that_is_decreed_for_today(stack: Stack, world: Neighbours, tmp_path: Path) -> None:
    async with service(stack, running_from(wita(11, 8))):
        await begin(world)
    overrides = tmp_path / "overrides.csv"
    overrides.write_text("date,kind,name\n2023-10-11,libur_nasional,Hari berkabung\n", encoding="utf-8")
    clock = running_from(wita(11, 9))
    async with service(stack, clock, calendar_overrides=overrides):
        clock.jump(wita(11, 17))
        marker = Neighbours(stack)
        await begin(marker)
        await marker.close()
        await world.until(lambda _: True)
        assert missed(world) == []
        clock.jump(wita(12, 17))
        await world.until(lambda w: bool(missed(w)))
    assert [event.due_at for event in world.of(LimitMissed, assignment=1)] == [wita(12, 16)]


# --- two instances ------------------------------------------------------------------------------------------------


@dataclass
class Crowd:
    """Many complaints at once, all with the same limit."""

    stack: Stack
    complaints: list[UUID] = field(default_factory=lambda: [uuid7() for _ in range(MANY)])

    async def begin(self) -> None:
        rows = [
            row(COMPLAINTS, str(c), registered(START, tracking_id=f"{c.int % 10**10:010d}"), START, 1)
            for c in self.complaints
        ]
        handed = [row(ASSIGNMENTS, str(c), assigned(DLH, 1), START, 1, {COMPLAINTS: 1}) for c in self.complaints]
        await asyncio.to_thread(wire.write, self.stack, "intake", rows)
        await asyncio.to_thread(wire.write, self.stack, "router", handed)

    async def said(self) -> list[tuple[Read, datetime]]:
        """Of these complaints, each number once, with the wall's time of the record."""
        return await asyncio.to_thread(self._said)

    def _said(self) -> list[tuple[Read, datetime]]:
        found: dict[tuple[str, int | None], tuple[Read, datetime]] = {}
        mine = {str(complaint) for complaint in self.complaints}
        for message in wire.read(self.stack, "oversight", [SAID]):
            if wire.header(message, "ce_subject") not in mine:
                continue
            one = read(_Record(message))
            assert one is not None
            name = (one.envelope.subject, one.envelope.number)
            assert name not in found or found[name][0].envelope.id == one.envelope.id
            found[name] = (one, from_broker(message.timestamp()[1]))
        return list(found.values())

    async def until(self, enough: Callable[[list[tuple[Read, datetime]]], bool]) -> list[tuple[Read, datetime]]:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not enough(found := await self.said()):  # noqa: ASYNC110 - it is asked of the broker
                await asyncio.sleep(0.1)
        return found


class _Record:
    """One client's message with the names of the other's."""

    def __init__(self, message: object) -> None:
        self.topic, self.partition, self.offset = message.topic(), message.partition(), message.offset()  # type: ignore[attr-defined]
        self.headers, self.value = message.headers(), message.value()  # type: ignore[attr-defined]


@asynccontextmanager
async def instances(
    stack: Stack, *clocks: DomainClock, **settings: object
) -> AsyncIterator[list[Application[Escalation]]]:
    """Each with a clock of its own, and some of the partitions. The first is the one that all tests know: the broker
    waits for it to come back; the others leave the group when they stop."""
    apps = [
        build(made_settings(stack, instance=number, static_member=number == 0, **settings), clock=clock)
        for number, clock in enumerate(clocks)
    ]
    try:
        for app in apps:
            await app.start()
            await joined(app)
        async with asyncio.timeout(DEADLINE_SECONDS):
            while not all(app.core is not None and app.core.owned for app in apps):  # noqa: ASYNC110 - of several
                await asyncio.sleep(0.02)
        yield apps
    finally:
        await asyncio.gather(*(app.stop() for app in apps))


def of(found: list[tuple[Read, datetime]], kind: type) -> list[tuple[Read, datetime]]:
    return [(one, at) for one, at in found if isinstance(one.event, kind) and getattr(one.event, "assignment", 0) == 1]


async def test_two_instances_whose_clocks_differ_by_half_a_minute(stack: Stack) -> None:
    """One is right, the other 30 s ahead; it leaves before the right one has come to the limit, so that this one
    takes over complaints whose limit it has yet to reach."""
    crowd, apart = Crowd(stack), 30 * SECOND
    right, ahead = running_from(wita(11, 8)), running_from(wita(11, 8) + apart)
    async with instances(stack, right, ahead) as (keeps, leaves):
        await crowd.begin()
        await crowd.until(lambda found: len(found) >= 5 * MANY)
        right.jump(DUE - 20 * SECOND)
        ahead.jump(DUE - 20 * SECOND + apart)
        truth = DomainClock(right.start, right.anchor)
        early = await crowd.until(lambda found: bool(of(found, LimitMissed)))
        await leaves.stop()
        found = await crowd.until(lambda found: len(of(found, LimitMissed)) == MANY)
        assert keeps.failure is None
        right.jump(wita(13, 16, 30))
        found = await crowd.until(lambda found: len(of(found, SuperiorTold)) == MANY)
    for kind in (Reminded, LimitMissed, SuperiorTold):
        assert set(Counter(one.envelope.subject for one, _ in of(found, kind)).values()) == {1}
    assert 0 < len(of(early, LimitMissed)) < MANY, "both have fired"
    for one, at in of(found, LimitMissed):
        assert one.envelope.time >= DUE, "by its own clock none was early"
        assert truth.at(at) >= DUE - apart, "and by the right one no more than they differ"


async def test_the_databases_clock_jumps_an_hour_and_everybody_is_taken_for_dead(stack: Stack) -> None:
    """Heartbeats are the database's own times. An hour ahead every lane looks dead, and each instance adopts the
    other's: who was adopted stops, is started again, and nothing was lost or said twice."""
    crowd = Crowd(stack)
    clock = running_from(wita(11, 8))
    quick = {"lane_dead_after_seconds": 2.0, "heartbeat_seconds": 0.3}
    async with instances(stack, clock, clock, **quick) as apps:
        await crowd.begin()
        await crowd.until(lambda found: len(found) >= 5 * MANY)
        clock.jump(DUE - SECOND)
        connection = await asyncpg.connect(stack.database_url("escalation"))
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not any(app.failure for app in apps):
                    await connection.execute(
                        "update lane set seen_at = seen_at - interval '1 hour' where retired_at is null"
                    )
                    await asyncio.sleep(0.05)
        finally:
            await connection.close()
        assert all(isinstance(app.failure, LaneLost) for app in apps if app.failure)
    async with service(stack, clock, **quick):
        found = await crowd.until(lambda found: len(of(found, LimitMissed)) == MANY)
    numbers: dict[str, list[int]] = {}
    for one, _ in found:
        numbers.setdefault(one.envelope.subject, []).append(one.envelope.number or 0)
    assert all(sorted(each) == list(range(1, len(each) + 1)) for each in numbers.values())
    assert set(Counter(one.envelope.subject for one, _ in of(found, LimitMissed)).values()) == {1}
    assert all(one.envelope.time >= DUE and at <= wall_now() for one, at in of(found, LimitMissed))
