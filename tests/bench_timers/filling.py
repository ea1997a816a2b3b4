"""The database full of open complaints, of which some are due at moments that are laid down before: nothing touches
their rows again until the service does, so they lie as cold as all the others."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

import asyncpg

from tests.bench_timers.states import GRACE, LIMIT, MISSED, TRACKING, Template, templates, text_of

DAY_MS = 86_400_000
AGE_DAYS = 300  # so old is the oldest; ids are UUIDv7
SCATTER = 387_420_489  # a power of 3: coprime with any count that is a power of 10
# When the first lot is due: so long after the template's moment that every moment of the day has a round place.
FIRST = MISSED.replace(microsecond=0) + GRACE
STEADY_PER_SECOND = 500
LOT_SECONDS = 15


@dataclass(frozen=True)
class Plan:
    """How many rows there are, and how many of them are due when: `steady` at STEADY_PER_SECOND from FIRST on, then
    `lots` of `lot` each at once, LOT_SECONDS apart; at another time `burst` at once, at 16.00; no other ever."""

    rows: int
    steady: int
    lots: int
    lot: int
    burst: int

    @property
    def first_lot(self) -> datetime:
        return FIRST + timedelta(seconds=self.steady / STEADY_PER_SECOND + LOT_SECONDS)

    def lot_at(self, number: int) -> datetime:
        return self.first_lot + timedelta(seconds=number * LOT_SECONDS)


def plan_of(rows: int) -> Plan:
    """At least a tenth is left that is never due. With more than a million there is no burst: it would say the same."""
    if rows < 100_000:
        return Plan(rows, rows * 3 // 10, 1, rows * 6 // 10, 0)
    return Plan(rows, 10_000, 3, 6_000, min(200_000, rows * 7 // 10) if rows <= 1_000_000 else 0)


_ROWS = """
create temporary table filling as
  select g, (g % 8)::smallint as partition, r < {burst_end} and r >= {lots_end} as burst,
    (lpad(to_hex((extract(epoch from clock_timestamp()) * 1000)::bigint - {age} + g * {age} / {rows}), 12, '0')
      || '7' || substr(md5(g::text), 1, 3) || '8' || substr(md5(g::text), 4, 15))::uuid as id,
    lpad((g * {scatter} % 10000000000)::text, 10, '0') as tracking_id,
    case when r < {steady} then {first} + r * interval '1 second' / {per_second}
      when r < {lots_end} then {first_lot} + ((r - {steady}) / {lot}) * interval '{lot_seconds} seconds'
      when r < {burst_end} then {limit}
      else {first} + (30 + r % 60) * interval '1 day' end as due_at
  from (select g, g * {scatter} % {rows} as r from generate_series({low}::bigint, {high}::bigint) g) numbered
"""
_SUBJECTS = """
insert into subject (id, partition, state, applied, written, due_at)
  select id, partition,
    replace(case when burst then $1::text else replace($2::text, $3::text,
      to_char((due_at - $4::interval) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')) end,
      $5::text, tracking_id)::json,
    $6::text::json, case when burst then $7::text else $8::text end::json, due_at
  from filling order by g
"""
_TRACKING = "insert into tracking (tracking_id, subject) select tracking_id, id from filling order by g"
TABLES = ("subject", "tracking")
PART = 500_000
_NO_TIMEOUT = {"idle_in_transaction_session_timeout": "0"}


async def fill(url: str, plan: Plan, say: Callable[[str], None]) -> None:
    """Empties the tables first."""
    before, missed = templates()
    conn = await asyncpg.connect(url, server_settings=_NO_TIMEOUT)
    try:
        async with conn.transaction():
            # Emptied in the same transaction: what follows is not written to the log a second time.
            await conn.execute(f"truncate {', '.join(TABLES)}")
            for low in range(0, plan.rows, PART):
                await _part(conn, plan, before, missed, low, min(low + PART, plan.rows) - 1)
                if plan.rows > PART:
                    say(f"  {min(low + PART, plan.rows):,} of {plan.rows:,} rows")
        for table in TABLES:
            await conn.execute(f"vacuum (analyze) {table}")
    finally:
        await conn.close()


async def _part(
    conn: asyncpg.Connection[asyncpg.Record], plan: Plan, before: Template, missed: Template, low: int, high: int
) -> None:
    lots_end = plan.steady + plan.lots * plan.lot
    await conn.execute(
        _ROWS.format(
            rows=plan.rows, low=low, high=high, age=AGE_DAYS * DAY_MS, scatter=SCATTER, steady=plan.steady,
            lot=plan.lot, lots_end=lots_end, burst_end=lots_end + plan.burst, per_second=STEADY_PER_SECOND,
            lot_seconds=LOT_SECONDS, first=_quoted(FIRST), first_lot=_quoted(plan.first_lot), limit=_quoted(LIMIT),
        )
    )  # fmt: skip
    await conn.execute(
        _SUBJECTS, before.state, missed.state, text_of(MISSED), GRACE, str(TRACKING), missed.applied, before.written,
        missed.written,
    )  # fmt: skip
    await conn.execute(_TRACKING)
    await conn.execute("drop table filling")


def _quoted(at: datetime) -> str:
    return f"timestamptz '{at.isoformat()}'"


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
