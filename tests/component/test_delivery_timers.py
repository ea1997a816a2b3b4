"""Timers never race the backlog: an answer that the broker had before the limit is applied before the limit fires."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import islice
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from lapor_chassis import timers
from lapor_chassis.ids import uuid7
from lapor_chassis.subject import partition_of
from lapor_contracts.ombudsman_replies import OmbudsmanAcknowledged

from tests.support.journal import Ground, Scene, ground, open_scene
from tests.support.probe import EDGE, Probe, ProbeApplication

__all__ = ["ground"]


@pytest.fixture
async def scene(ground: Ground) -> AsyncIterator[Scene]:
    scene = await open_scene(ground)
    yield scene
    await scene.close()


@asynccontextmanager
async def standing_still(scene: Scene, app: ProbeApplication, loop: str) -> AsyncIterator[None]:
    """The service's loop cannot begin a batch: somebody holds its lane's row."""
    patient = {"idle_in_transaction_session_timeout": "0"}
    conn = await asyncpg.connect(scene.database_url, server_settings=patient)
    try:
        async with conn.transaction():
            await conn.execute("select 1 from lane where id = $1 for update", app.lanes.own[loop].id)
            yield
    finally:
        await conn.close()


async def make_due(scene: Scene, *subjects: UUID) -> None:
    """Armed for some day, they are due in a moment."""
    soon = "update subject set due_at = clock_timestamp() + interval '0.1 s' where id = any($1::uuid[])"
    assert await scene.conn.execute(soon, subjects) == f"UPDATE {len(subjects)}"


async def due(scene: Scene, subject: UUID) -> bool:
    return bool(await scene.conn.fetchval("select due_at < clock_timestamp() from subject where id = $1", subject))


async def joined(app: ProbeApplication, count: int) -> None:
    """It owns so many partitions of the core topics."""
    async with asyncio.timeout(30):
        while app.core is None or len(app.core.owned) != count:  # noqa: ASYNC110 - it has no event for it
            await asyncio.sleep(0.02)


def in_partition(other_than: int | None = None) -> UUID:
    """An id in some partition, or in any but this one."""
    while True:
        subject = uuid7()
        if partition_of(subject) != other_than:
            return subject


async def test_a_timer_does_not_fire_while_an_answer_lies_unread_on_the_broker(scene: Scene) -> None:
    app = await scene.start()
    subject = in_partition()
    control = in_partition(other_than=partition_of(subject))
    for armed in (subject, control):
        await scene.order(armed, "arm 3600")
        await scene.until_log(armed, "complaints=1")
    async with standing_still(scene, app, "core"):
        await scene.order(subject, "cancel")
        await make_due(scene, subject, control)
        await scene.until(lambda: due(scene, subject))
        # It is the backlog that holds it: in another partition, which has none, a timer fires.
        await scene.until_log(control, "complaints=1", "timer")
        assert app.probe.fired == [str(control)]
    await scene.until_log(subject, "complaints=1", "complaints=2")
    assert await scene.conn.fetchval("select count(*) from subject where due_at is not null") == 0
    assert app.probe.fired == [str(control)]


async def test_a_timer_does_not_fire_while_the_outsiders_topic_is_unread(scene: Scene) -> None:
    """What the Ombudsman wrote before the limit counts, whichever partition the complaint is in."""
    app = await scene.start()
    subject = uuid7()
    await scene.order(subject, "arm 3600")
    await scene.until_log(subject, "complaints=1")
    async with standing_still(scene, app, "edge"):
        await scene.say(subject, OmbudsmanAcknowledged(office="ombudsman-64"), topic=EDGE)
        await make_due(scene, subject)
        await scene.until(lambda: due(scene, subject))
        since = await app.pool.fetchval("select clock_timestamp()")
        await scene.until(lambda: _later(scene, since, 0.4))
        assert app.probe.fired == []
    await scene.until_log(subject, "complaints=1", "ombudsman.replies", "timer")


_BLOCKED = """select count(*) > 0 from pg_stat_activity
  where datname = current_database() and wait_event_type = 'Lock' and query like '%for update%'"""


async def _later(scene: Scene, then: Any, seconds: float) -> bool:
    asked = "select clock_timestamp() > $1::timestamptz + make_interval(secs => $2)"
    return bool(await scene.conn.fetchval(asked, then, seconds))


async def test_a_timer_that_is_cancelled_while_it_waits_for_the_lock_does_not_fire(scene: Scene) -> None:
    app = await scene.start()
    cancelled, postponed = sorted(uuid7() for _ in range(2))
    for subject in (cancelled, postponed):
        await scene.order(subject, "arm 3600")
        await scene.until_log(subject, "complaints=1")
    async with app.lane("test").batch() as batch:
        await make_due(scene, cancelled, postponed)
        subjects = await batch.load([cancelled, postponed], create=False)
        await scene.until(lambda: scene.conn.fetchval(_BLOCKED))
        for locked in subjects.values():
            batch.work(locked)
        subjects[cancelled].due_at = None
        subjects[postponed].due_at = await scene.conn.fetchval("select clock_timestamp() + interval '0.8 s'")
    await scene.until_log(postponed, "complaints=1", "timer")
    assert app.probe.fired == [str(postponed)]
    assert await scene.log(cancelled) == ["complaints=1"]


async def test_two_instances_share_the_timers_and_each_fires_once_whoever_comes_and_goes(scene: Scene) -> None:
    probes = [Probe() for _ in range(3)]
    first = await scene.start(probes[0])
    second = await scene.start(probes[1], instance=1)
    await asyncio.gather(joined(first, 12), joined(second, 12))
    subjects = [uuid7() for _ in range(60)]
    await asyncio.gather(*(scene.order(s, f"arm {0.3 + 0.02 * n:.2f}") for n, s in enumerate(subjects)))
    await scene.until(lambda: _fired(probes, 1))
    # A third comes and the first goes, in the middle of it.
    third = await scene.start(probes[2], instance=2)
    await scene.stop(first)
    await asyncio.gather(joined(second, 12), joined(third, 12))
    late = [uuid7() for _ in range(30)]
    await asyncio.gather(*(scene.order(s, "arm 0.1") for s in late))
    await scene.until_said(lambda s: sum(text == "timer" for r in (*subjects, *late) for _, text in s.said(r)) >= 90)
    assert probes[0].fired and probes[1].fired and probes[2].fired
    # What was committed and published, not how often a handler was called: the batch that an instance had begun when
    # it was stopped is undone, and another's begins with the same timers.
    assert {fired for probe in probes for fired in probe.fired} == set(map(str, (*subjects, *late)))
    for subject in (*subjects, *late):
        assert await scene.log(subject) == ["complaints=1", "timer"]
        assert scene.said(subject) == [(1, "complaints=1"), (2, "timer")]
    assert (second.failure, third.failure) == (None, None)


async def _fired(probes: list[Probe], count: int) -> bool:
    return sum(len(probe.fired) for probe in probes) >= count


async def test_a_timer_that_is_put_off_while_it_waits_for_the_lock_is_not_before_its_turn(scene: Scene) -> None:
    """Both times are over, so it may fire; but the other one of its partition is due before it."""
    app = await scene.start()
    put_off, other = await _two_of_one_partition(scene)
    async with app.lane("test").batch() as batch:
        overdue = """update subject set due_at = clock_timestamp() - make_interval(secs => u.seconds)
          from unnest($1::uuid[], $2::float8[]) as u (late, seconds) where id = late"""
        async with scene.conn.transaction():
            await scene.conn.execute(overdue, [put_off, other], [20.0, 10.0])
            loading = asyncio.create_task(batch.load([put_off], create=False))
            await scene.until(lambda: app.pool.fetchval(_BLOCKED))
        # Both are due, and the batch, which asked first, has the lock.
        subjects = await loading
        await scene.until(lambda: scene.conn.fetchval(_BLOCKED))
        batch.work(subjects[put_off])
        subjects[put_off].due_at = await scene.conn.fetchval("select clock_timestamp() - interval '1 s'")
    await scene.until_log(put_off, "complaints=1", "timer")
    assert app.probe.fired == [str(other), str(put_off)]


async def _two_of_one_partition(scene: Scene) -> tuple[UUID, UUID]:
    """With timers, in order of their ids: the second waits for the first one's lock too."""
    found = sorted(islice((new for new in iter(uuid7, None) if partition_of(new) == 0), 2))
    for subject in found:
        await scene.order(subject, "arm 3600")
        await scene.until_log(subject, "complaints=1")
    return found[0], found[1]


async def test_to_find_that_nothing_is_due_the_timers_are_not_read_through(scene: Scene) -> None:
    """With a plan that is made once for whatever is asked: the server turns to it after some rounds."""
    await scene.start()
    far = "select gen_random_uuid(), n % 8, clock_timestamp() + interval '9 years' from generate_series(1, 5000) n"
    async with scene.conn.transaction():
        await scene.conn.execute(f"insert into subject (id, partition, due_at) {far}")
        await scene.conn.execute("analyze subject")
        await scene.conn.execute("set local plan_cache_mode = force_generic_plan")
        for name, sql, more in (("any_due", timers._ANY_DUE, "now()"), ("due", timers._DUE, "array[now()], 500")):
            await scene.conn.execute(f"prepare {name} as {sql}")
            plan = await scene.conn.fetch(f"explain execute {name} (array[0]::smallint[], {more})")
            await scene.conn.execute(f"deallocate {name}")
            assert not any("Seq Scan on subject" in line[0] for line in plan), plan
        await scene.conn.execute("delete from subject where due_at > clock_timestamp() + interval '8 years'")
