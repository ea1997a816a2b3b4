"""The database full of open complaints, of which some are due at moments that are laid down before: nothing touches
their rows again until the service does, so they lie as cold as all the others.

What is due at one moment came in the same days: a limit is so many working days after it began. So it lies in a part
of the table, among others of those days that are not due. What the worst case costs is asked too: lots that are
scattered over the complaints of all days, each in a page of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import md5
from uuid import UUID

import asyncpg
from lapor_chassis.clock import wall_now
from lapor_chassis.subject import CORE_PARTITIONS as PARTITIONS
from lapor_escalation.packed import packing

from tests.bench_timers.states import GRACE, LIMIT, MISSED, TRACKING, Template, templates, text_of

DAY_MS = 86_400_000
AGE_DAYS = 300  # so old is the oldest; ids are UUIDv7
DUE_DAYS = 5  # what is due in one office day came in so many: holds, days off and other agencies move a limit by days
SCATTER = 387_420_489  # a power of 3
SCATTERED_LOTS = 3
# When the first lot is due: so long after the template's moment that every moment of the day has a round place.
FIRST = MISSED.replace(microsecond=0) + GRACE
STEADY_PER_SECOND = 500
LOT_SECONDS = 15


@dataclass(frozen=True)
class Plan:
    """How many rows there are, and how many of them are due when: `steady` at STEADY_PER_SECOND from FIRST on, then
    `lots` of `lot` each at once, LOT_SECONDS apart, and as many again, `scattered`; at another time `burst` at once,
    at 16.00, scattered too; no other ever. What is not scattered lies in one part of the table, `near` rows.

    Raises ValueError for a number of rows of which the scattering would not meet each once.
    """

    rows: int
    steady: int
    lots: int
    lot: int
    scattered: int
    burst: int

    def __post_init__(self) -> None:
        if self.near % 3 == 0 or (self.far % 3 == 0 and self.far):
            raise ValueError(f"{self.rows} rows cannot be scattered, for 3 divides them: take one more")

    @property
    def near(self) -> int:
        """Those of DUE_DAYS, and at least so many that half of them are not due."""
        if not self.scattered:
            return self.rows
        least = 2 * (self.steady + self.lots * self.lot)
        near = max(self.rows * DUE_DAYS // AGE_DAYS, least)
        while near % 3 == 0 or (self.rows - near) % 3 == 0:
            near += 1
        return near

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
    if rows < 100_000:
        return Plan(rows, rows * 3 // 10, 1, rows * 6 // 10, 0, 0)
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
    """Number `g` of a plan as its rows, in the order in which the complaints came. The near ones are the last."""

    def __init__(self, plan: Plan, before: Template, missed: Template) -> None:
        self._plan = plan
        self._before = before
        self._missed = missed
        self._packing = packing()
        self._now_ms = int(wall_now().timestamp() * 1000)

    def subject(self, g: int) -> tuple[object, ...]:
        """(id, partition, packed, applied, written, due_at)"""
        due_at = self._due_at(g)
        of = self._before if due_at == LIMIT else self._missed
        state = of.state.replace(str(TRACKING), tracking_id(g))
        if of is self._missed:
            state = state.replace(text_of(MISSED), text_of(due_at - GRACE))
        packed = self._packing.pack(state.encode())
        return self.id(g), g % PARTITIONS, packed, self._missed.applied, of.written, due_at

    def id(self, g: int) -> UUID:
        """A UUIDv7 of its day."""
        age_ms = AGE_DAYS * DAY_MS
        mixed = md5(str(g).encode(), usedforsecurity=False).hexdigest()
        return UUID(f"{self._now_ms - age_ms + g * age_ms // self._plan.rows:012x}7{mixed[:3]}8{mixed[3:18]}")

    def _due_at(self, g: int) -> datetime:
        plan = self._plan
        if g >= plan.far:
            number = (g - plan.far) * SCATTER % plan.near
            if number < plan.steady:
                return FIRST + timedelta(seconds=number / STEADY_PER_SECOND)
            lot = (number - plan.steady) // plan.lot
            if lot < plan.lots:
                return plan.lot_at(lot)
        else:
            number = g * SCATTER % plan.far
            lot = number // plan.lot
            if lot < plan.scattered:
                return plan.lot_at(plan.lots + lot)
            if number < plan.scattered * plan.lot + plan.burst:
                return LIMIT
        return FIRST + timedelta(days=30 + number % 60)


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
