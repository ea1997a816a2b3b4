"""The database full of open complaints, of which some are due at moments that are laid down before: nothing touches
their pages again until the service does, so they lie as cold as all the others.

What is due at one moment came one after the other: a limit is so many working days after it began, so at 16.00 it is
over for those of a few days that are still unanswered. Here they are one in three of a stretch of complaints, a stretch
for each lot. The worst case is asked too: lots that are scattered over the complaints of all days, each in a page of
its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from hashlib import md5
from uuid import UUID

import asyncpg
from lapor_chassis.clock import wall_now
from lapor_chassis.subject import CORE_PARTITIONS as PARTITIONS
from lapor_escalation.packed import packing

from tests.bench_timers.states import GRACE, LIMIT, MISSED, TRACKING, Template, templates, text_of
from tests.packing.variety import as_real

DAY_MS = 86_400_000
AGE_DAYS = 300  # so old is the oldest; ids are UUIDv7
ONE_IN = 3  # of a stretch of complaints: the others are answered, or wait for something else
SCATTER = 387_420_489  # a power of 3
SCATTERED_LOTS = 3
SMALL = 250_000  # rows: below, no stretches
VARIANTS = 64  # so many different titles, agencies and ids of events
# When the first lot is due: so long after the template's moment that every moment of the day has a round place.
FIRST = MISSED.replace(microsecond=0) + GRACE
STEADY_PER_SECOND = 500
LOT_SECONDS = 15


@dataclass(frozen=True)
class Plan:
    """How many rows there are, and how many of them are due when: `steady` at STEADY_PER_SECOND from FIRST on, then
    `lots` of `lot` each at once, LOT_SECONDS apart, and as many again, `scattered`; at another time `burst` at once,
    at 16.00, scattered too; no other ever. Without `scattered` there are too few for stretches, and all is scattered.

    Raises ValueError for a number of rows of which the scattering would not meet each once.
    """

    rows: int
    steady: int
    lots: int
    lot: int
    scattered: int
    burst: int

    def __post_init__(self) -> None:
        if self.far % 3 == 0:
            raise ValueError(f"{self.rows} rows cannot be scattered, for 3 divides them: take one more")

    @property
    def near(self) -> int:
        """Rows of all stretches together: the steady rate's first, then one for each lot."""
        return ONE_IN * (self.steady + self.lots * self.lot) if self.scattered else 0

    @property
    def near_from(self) -> int:
        """Neither the first nor the last that were put in."""
        return self.rows // 3

    @property
    def far(self) -> int:
        return self.rows - self.near

    @property
    def first_lot(self) -> datetime:
        return FIRST + timedelta(seconds=self.steady / STEADY_PER_SECOND + LOT_SECONDS)

    def lot_at(self, number: int) -> datetime:
        return self.first_lot + timedelta(seconds=number * LOT_SECONDS)


def plan_of(rows: int) -> Plan:
    """At least a tenth is left that is never due. With more than a million there is no burst: it would say the same."""
    if rows < SMALL:
        return Plan(rows, min(rows * 3 // 10, 10_000), 1, min(rows * 6 // 10, 6_000), 0, 0)
    return Plan(rows, 10_000, 3, 6_000, SCATTERED_LOTS, min(200_000, rows // 4) if rows <= 1_000_000 else 0)


TABLES = ("subject", "tracking")
PART = 500_000
_NO_TIMEOUT = {"idle_in_transaction_session_timeout": "0"}


async def fill(url: str, plan: Plan, say: Callable[[str], None]) -> None:
    """Empties the tables first."""
    rows = _Rows(plan, *templates())
    conn = await asyncpg.connect(url, server_settings=_NO_TIMEOUT)
    try:
        async with conn.transaction():
            # Emptied in the same transaction: what follows is not written to the log a second time.
            await conn.execute(f"truncate {', '.join(TABLES)}")
            for low in range(0, plan.rows, PART):
                await _part(conn, rows, range(low, min(low + PART, plan.rows)))
                if plan.rows > PART:
                    say(f"  {min(low + PART, plan.rows):,} of {plan.rows:,} rows")
        for table in TABLES:
            await conn.execute(f"vacuum (analyze) {table}")
    finally:
        await conn.close()


class _Rows:
    """Number `g` of a plan as its rows, in the order in which the complaints came."""

    def __init__(self, plan: Plan, before: Template, missed: Template) -> None:
        self._plan = plan
        self._before = _varied(before)
        self._missed = _varied(missed)
        self._packing = packing()
        self._now_ms = int(wall_now().timestamp() * 1000)

    def subject(self, g: int) -> tuple[object, ...]:
        """(id, partition, packed, applied, written, due_at)"""
        due_at = self._due_at(g)
        of = (self._before if due_at == LIMIT else self._missed)[g % VARIANTS]
        state = of.state.replace(str(TRACKING), tracking_id(g))
        if due_at != LIMIT:
            state = state.replace(text_of(MISSED), text_of(due_at - GRACE))
        packed = self._packing.pack(state.encode())
        return self.id(g), g % PARTITIONS, packed, of.applied, of.written, due_at

    def id(self, g: int) -> UUID:
        """A UUIDv7 of its day."""
        age_ms = AGE_DAYS * DAY_MS
        mixed = md5(str(g).encode(), usedforsecurity=False).hexdigest()
        return UUID(f"{self._now_ms - age_ms + g * age_ms // self._plan.rows:012x}7{mixed[:3]}8{mixed[3:18]}")

    def _due_at(self, g: int) -> datetime:
        plan = self._plan
        if 0 <= (near := g - plan.near_from) < plan.near:
            return self._of_stretch(*divmod(near, ONE_IN))
        number = (g if g < plan.near_from else g - plan.near) * SCATTER % plan.far
        if not plan.scattered:
            if number < plan.steady:
                return FIRST + timedelta(seconds=number / STEADY_PER_SECOND)
            number -= plan.steady
        lots, before = (plan.scattered, plan.lots) if plan.scattered else (plan.lots, 0)
        if number < lots * plan.lot:
            return plan.lot_at(before + number // plan.lot)
        if number < lots * plan.lot + plan.burst:
            return LIMIT
        return self._never(number)

    def _of_stretch(self, number: int, rest: int) -> datetime:
        plan = self._plan
        if rest:
            return self._never(number)
        if number < plan.steady:
            return FIRST + timedelta(seconds=number * SCATTER % plan.steady / STEADY_PER_SECOND)
        return plan.lot_at((number - plan.steady) // plan.lot)

    @staticmethod
    def _never(number: int) -> datetime:
        return FIRST + timedelta(days=30 + number % 60)


def _varied(template: Template) -> list[Template]:
    return [replace(template, state=as_real(template.state, number)) for number in range(VARIANTS)]


def tracking_id(g: int) -> str:
    return f"{g * SCATTER % 10**10:010d}"


async def _part(conn: asyncpg.Connection[asyncpg.Record], rows: _Rows, numbers: range) -> None:
    await conn.copy_records_to_table(
        "subject",
        columns=("id", "partition", "packed", "applied", "written", "due_at"),
        records=(rows.subject(g) for g in numbers),
    )
    await conn.copy_records_to_table(
        "tracking", columns=("tracking_id", "subject"), records=((tracking_id(g), rows.id(g)) for g in numbers)
    )


async def put_to_rest(url: str, until: datetime) -> None:
    """What would be due before `until`, such as the next steps of what was fired, will be due a year later."""
    conn = await asyncpg.connect(url)
    try:
        await conn.execute("update subject set due_at = due_at + interval '1 year' where due_at < $1", until)
        await conn.execute("vacuum (analyze) subject")
    finally:
        await conn.close()


async def bytes_per_row(url: str) -> tuple[float, float]:
    """Of a complaint: its row, with what is stored aside and all indexes but one; and that one, which finds what is
    due."""
    conn = await asyncpg.connect(url)
    try:
        found = await conn.fetchrow(
            """select (pg_total_relation_size('subject') - pg_relation_size('subject_due'))::float8 as s,
                 pg_relation_size('subject_due')::float8 as t,
                 (select count(*) from subject where due_at is not null) as n"""
        )
    finally:
        await conn.close()
    assert found is not None
    return found["s"] / found["n"], found["t"] / found["n"]
