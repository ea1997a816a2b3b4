"""What is measured on one filled database: a steady rate, lots at once, arming, cancelling, and a burst at 16.00."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from statistics import median

import asyncpg
from lapor_chassis.clock import DomainClock, wall_now
from lapor_deploy.embedded.program import Child

from tests.bench import processes, watch
from tests.bench.ground import Ground
from tests.bench.rates import percentile, rate_of_times
from tests.bench_timers import arming, filling
from tests.bench_timers.filling import FIRST, Plan
from tests.bench_timers.reading import ESCALATIONS, Reader, reader
from tests.bench_timers.states import LIMIT

SERVICE = "escalation"
INSTANCES = 2  # they share the timers by partition
TOLD, MISSED, MOVED = "superior-told", "limit-missed", "clock-moved"
NOTHING_DUE = datetime(2023, 10, 13, 9, 0, tzinfo=UTC)  # but what is laid down; the next limit is on Monday at 16.00
COLUMNS, DECREED = "date,kind,name\n", "2023-10-23,cuti_bersama,Cuti bersama baru\n"
BEFORE = timedelta(seconds=3)
FRESH_SECONDS = 6.0


@dataclass
class Lots:
    """Of each lot: fired timers a second, and CPU for one."""

    rates: list[float] = field(default_factory=list)
    cpu_service: list[float] = field(default_factory=list)
    cpu_database: list[float] = field(default_factory=list)

    @property
    def fired_per_s(self) -> float:
        return median(self.rates)

    @property
    def cpu(self) -> tuple[float, float]:
        """Of the service and of the database."""
        return median(self.cpu_service), median(self.cpu_database)

    def __str__(self) -> str:
        rates = ", ".join(f"{rate:,.0f}" for rate in self.rates)
        return f"fired/s {rates}; us {self.cpu[0]:.0f} + database {self.cpu[1]:.0f}"


@dataclass
class Found:
    """Of one database. Times in ms, CPU in microseconds for a fired timer."""

    delays: list[float] = field(default_factory=list)
    lots: Lots = field(default_factory=Lots)
    scattered: Lots = field(default_factory=Lots)
    arm_per_s: float = 0.0
    cancel_per_s: float = 0.0
    burst_seconds: float | None = None
    burst_rows: int = 0
    fresh_before: list[float] = field(default_factory=list)
    fresh_during: list[float] = field(default_factory=list)
    recount_seconds: float | None = None
    recount_complaints: int = 0
    recount_moved: int = 0
    fresh_recount: list[float] = field(default_factory=list)

    def delay(self, percent: float) -> float:
        return percentile(self.delays, percent)


@dataclass
class Run:
    """The service, in instances that share the work, on a clock that comes to what is due."""

    ground: Ground
    instances: Sequence[Child]
    clock: DomainClock

    def wait_for(self, domain: datetime) -> None:
        time.sleep(max(0.0, (self.clock.wall_at(domain) - wall_now()).total_seconds()))

    def cpu(self) -> tuple[float, float]:
        """Seconds used by the service and by the database."""
        pids = processes.programs(self.ground.stack.data)
        used = sum(processes.cpu_seconds(child.pid) for child in self.instances)
        return used, processes.cpu_seconds(pids["postgres"])


@contextmanager
def running(ground: Ground, at: datetime, lead: timedelta, settings: Mapping[str, str] | None = None) -> Iterator[Run]:
    """The service on a clock that will be at `at` after `lead`, once it has looked through what is there."""
    clock = DomainClock(at - lead, wall_now())
    timed = replace(ground, stack=replace(ground.stack, clock=str(clock)))
    with ExitStack() as stack:
        instances = [stack.enter_context(timed.running(SERVICE, settings, number)) for number in range(INSTANCES)]
        for child in instances:
            ground.wait(child)
        yield Run(ground, instances, clock)
    ground.no_dead_letters(SERVICE)


def ends(ground: Ground) -> dict[watch.Place, int]:
    return watch.ends(ground.client, [ESCALATIONS])


def firing(ground: Ground, plan: Plan, lead: timedelta, found: Found) -> None:
    """The steady rate first: it is the warm-up of the lots."""
    due = asyncio.run(_dues(ground, plan))
    with reader(ground.stack, ends(ground)) as seen, running(ground, FIRST, lead) as run:
        quiet(ground, run, FIRST)
        run.wait_for(FIRST)
        seen.until(plan.steady, TOLD)
        for complaint, arrival in list(seen.arrivals(TOLD)):
            was_due = run.clock.wall_at(due[complaint]).timestamp()
            found.delays.append((arrival.at - was_due) * 1000)
        for number in range(plan.lots + plan.scattered):
            _lot(run, seen, plan, number, found.lots if number < plan.lots else found.scattered)
        if found.arm_per_s == 0:
            found.arm_per_s, found.cancel_per_s = arming.armed_and_cancelled(ground, run.clock, seen)


def _lot(run: Run, seen: Reader, plan: Plan, number: int, found: Lots) -> None:
    """All of it due at one moment."""
    run.wait_for(plan.lot_at(number) - BEFORE / 3)
    before, cpu = len(seen.moments(TOLD)), run.cpu()
    seen.until(before + plan.lot, TOLD)
    time.sleep(0.3)
    used = [after - earlier for after, earlier in zip(run.cpu(), cpu, strict=True)]
    moments = sorted(seen.moments(TOLD))[before:]
    found.rates.append(rate_of_times(moments, 0.1).per_second)
    found.cpu_service.append(used[0] / plan.lot * 1e6)
    found.cpu_database.append(used[1] / plan.lot * 1e6)


def burst(ground: Ground, plan: Plan, lead: timedelta, found: Found) -> None:
    """All at 16.00, while new complaints are registered and assigned at a steady rate."""
    asyncio.run(filling.put_to_rest(ground.stack.database_url(SERVICE), LIMIT))
    with reader(ground.stack, ends(ground)) as seen, running(ground, LIMIT, lead) as run:
        quiet(ground, run, LIMIT - timedelta(seconds=FRESH_SECONDS + 1))
        found.fresh_before = arming.fresh(ground, run.clock, seen, lambda: run.clock.now() >= LIMIT)
        during = arming.fresh(ground, run.clock, seen, lambda: seen.count(MISSED) >= plan.burst)
        found.fresh_during = during
        seen.until(plan.burst, MISSED)
        found.burst_rows = plan.burst
        found.burst_seconds = max(seen.moments(MISSED)) - run.clock.wall_at(LIMIT).timestamp()


def recount(ground: Ground, plan: Plan, lead: timedelta, found: Found) -> None:
    """A day off is decreed while the service runs, in the time of every complaint: all are counted again, while new
    ones come. The clock stands before anything is due."""
    file = ground.stack.data / "calendar.csv"
    file.write_text(COLUMNS, encoding="utf-8")
    settings = {"LAPOR_CALENDAR_OVERRIDES": str(file), "LAPOR_CALENDAR_SECONDS": "0.5"}
    with reader(ground.stack, ends(ground)) as seen, running(ground, NOTHING_DUE, lead, settings) as run:
        run.wait_for(NOTHING_DUE)
        began = time.monotonic()
        file.write_text(COLUMNS + DECREED, encoding="utf-8")
        found.fresh_recount = arming.fresh(ground, run.clock, seen, lambda: _counted_again(run, plan) > 0)
        found.recount_seconds = time.monotonic() - began
        found.recount_complaints = _counted_again(run, plan)
        found.recount_moved = seen.count(MOVED)
    if found.recount_complaints < plan.rows or found.recount_moved < plan.rows:
        raise watch.Stuck(f"{found.recount_complaints} complaints were counted again, {found.recount_moved} moved")


def _counted_again(run: Run, plan: Plan) -> int:
    """How many, as the instances say at the end, each what it found; 0 until it is all of them."""
    counted = sum(_said(child) for child in run.instances)
    return counted if counted >= plan.rows else 0


def _said(child: Child) -> int:
    for line in reversed(child.log.read_text(encoding="utf-8").splitlines()):
        if '"counted again"' in line:
            return int(json.loads(line)["complaints"])
    return 0


def quiet(ground: Ground, run: Run, by: datetime) -> None:
    """Until the states have been looked through, and nothing long runs in the database for a second; raises Stuck
    where that takes until `by`."""
    calm = asyncio.run(_calm(ground.stack.database_url(SERVICE), run, by))
    if not calm:
        raise watch.Stuck("the service was still looking through its complaints when the first was due: more lead")


async def _calm(url: str, run: Run, by: datetime) -> bool:
    conn = await asyncpg.connect(url)
    busy = """select count(*) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
      and state = 'active' and backend_type = 'client backend'
      and (query_start < clock_timestamp() - interval '0.3 s' or query like '%looks through%')"""
    try:
        calm = 0
        while run.clock.now() < by:
            calm = 0 if await conn.fetchval(busy) else calm + 1
            if calm >= 10:
                return True
            await asyncio.sleep(0.1)
        return False
    finally:
        await conn.close()


async def _dues(ground: Ground, plan: Plan) -> dict[str, datetime]:
    """When each of the steady ones will be due."""
    conn = await asyncpg.connect(ground.stack.database_url(SERVICE))
    try:
        rows = await conn.fetch(
            "select id as subject, due_at from subject where due_at >= $1 and due_at < $2", FIRST, plan.first_lot
        )
    finally:
        await conn.close()
    return {str(row["subject"]): row["due_at"] for row in rows if row["due_at"] < plan.first_lot}
