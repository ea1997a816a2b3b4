"""Delivery rows: leased, settled, listed; days made and dropped."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal, cast
from uuid import UUID

import asyncpg
from lapor_chassis.db import Conn, Pool
from lapor_contracts.base import Event, Zone
from lapor_contracts.events import EVENTS
from lapor_contracts.notifications import Role

from lapor_notifier.domain.letter import Complaint

Reason = Literal["no_address", "refused", "erased", "gave_up"]
State = Literal["waiting", "sent", "failed", "replaced"]
MAINTENANCE_LOCK = 7_013_101


@dataclass(frozen=True, slots=True)
class Delivery:
    """A leased row. `attempts` counts this one and proves the lease when it is settled. `age`: since queued."""

    day: date
    id: UUID
    complaint: UUID
    number: int
    event: Event
    template: str
    role: Role
    recipient: str | None
    agency: str | None
    zone: Zone
    attempts: int
    age: timedelta
    erased: bool
    replaced_by: UUID | None


@dataclass(frozen=True, slots=True)
class Settlement:
    """What a row becomes. Still waiting: again after `delay`, and not counted as an attempt if not `tried`."""

    delivery: Delivery
    state: State
    reason: Reason | None = None
    delay: timedelta = timedelta()
    tried: bool = True


_LEASE = """
with due as (
  select day, id from delivery
  where state = 'waiting' and next_at <= now() and (leased_until is null or leased_until <= now())
    and ($4 or erased or replaced_by is not null)
  order by next_at limit $1 for update skip locked)
update delivery d
set leased_until = clock_timestamp() + $2::interval, leased_by = $3, attempts = attempts + 1
from due where d.day = due.day and d.id = due.id
returning d.*, clock_timestamp() - d.queued_at as age
"""


async def lease(pool: Pool, *, limit: int, until: timedelta, by: str, all_due: bool) -> list[Delivery]:
    """Due rows, for this process alone until the lease ends. Not `all_due`: only those that need no sending."""
    rows = await pool.fetch(_LEASE, limit, until, by, all_due)
    return [_delivery(row) for row in rows]


def _delivery(row: asyncpg.Record) -> Delivery:
    return Delivery(
        day=row["day"],
        id=row["id"],
        complaint=row["complaint"],
        number=row["number"],
        event=EVENTS[row["event_type"]].model_validate_json(row["event"]),
        template=row["template"],
        role=cast(Role, row["role"]),
        recipient=row["recipient"],
        agency=row["agency"],
        zone=cast(Zone, row["zone"]),
        attempts=row["attempts"],
        age=row["age"],
        erased=row["erased"],
        replaced_by=row["replaced_by"],
    )


async def free_leases(pool: Pool, by: str) -> None:
    """What this instance held when it died last: its mails may have been sent, and go out again."""
    await pool.execute(
        """update delivery set leased_until = null
           where state = 'waiting' and leased_by = $1 and leased_until is not null""",
        by,
    )


async def complaints_of(pool: Pool, ids: Collection[UUID]) -> dict[UUID, Complaint]:
    rows = await pool.fetch("select * from complaint where id = any($1::uuid[])", list(ids))
    return {row["id"]: _complaint(row) for row in rows}


def _complaint(row: asyncpg.Record) -> Complaint:
    values: dict[str, Any] = dict(row)
    del values["id"]
    return Complaint(**values)


async def sealed_contacts_of(pool: Pool, ids: Collection[UUID]) -> dict[UUID, str | None]:
    """None: erased. Not in it: has not come yet."""
    rows = await pool.fetch("select complaint, sealed from contact where complaint = any($1::uuid[])", list(ids))
    return {row["complaint"]: row["sealed"] for row in rows}


async def still_leased(conn: Conn, settlements: Sequence[Settlement]) -> set[UUID]:
    """Which of these rows are still as they were leased: not settled, not leased again by someone else."""
    rows = await conn.fetch(
        """select d.id from delivery d
           join unnest($1::date[], $2::uuid[], $3::int[]) as u (day, id, attempts) using (day, id, attempts)
           where d.state = 'waiting' order by d.id for update of d""",
        [settlement.delivery.day for settlement in settlements],
        [settlement.delivery.id for settlement in settlements],
        [settlement.delivery.attempts for settlement in settlements],
    )
    return {row["id"] for row in rows}


# A settled row needs what it told no longer.
SETTLE = """
update delivery set state = $3, reason = $4, next_at = clock_timestamp() + $5::interval,
  attempts = attempts - $6, leased_until = null,
  event = case when $3 = 'waiting' then event end,
  settled_at = case when $3 <> 'waiting' then clock_timestamp() end
where day = $1 and id = $2
"""


def settle_values(settlement: Settlement) -> tuple[object, ...]:
    row = settlement.delivery
    return row.day, row.id, settlement.state, settlement.reason, settlement.delay, int(not settlement.tried)


@dataclass(frozen=True, slots=True)
class Listed:
    """A delivery as an operator sees it."""

    queued_at: datetime
    template: str
    role: str
    recipient: str | None
    state: str
    reason: str | None
    attempts: int
    topic: str
    number: int
    settled_at: datetime | None


async def listed(conn: Conn, complaint: UUID) -> list[Listed]:
    rows = await conn.fetch(
        """select queued_at, template, role, recipient, state, reason, attempts, topic, number, settled_at
           from delivery where complaint = $1 order by queued_at, id""",
        complaint,
    )
    return [Listed(**dict(row)) for row in rows]


async def complaint_id_of(conn: Conn, tracking_id: str) -> UUID | None:
    found: UUID | None = await conn.fetchval("select id from complaint where tracking_id = $1", tracking_id)
    return found


async def known_id(conn: Conn, complaint: UUID) -> UUID | None:
    found: UUID | None = await conn.fetchval("select id from complaint where id = $1", complaint)
    return found


async def waiting_seconds(pool: Pool) -> float:
    """The age of the oldest mail that should be out and is not."""
    age: timedelta | None = await pool.fetchval(
        "select now() - min(queued_at) from delivery where state = 'waiting' and next_at <= now()"
    )
    return age.total_seconds() if age else 0.0


async def make_days(pool: Pool, days: Sequence[date]) -> None:
    """A partition a day. A day that came before its partition stays in `delivery_other`."""
    for day in days:
        async with pool.acquire() as conn, conn.transaction():
            await conn.execute("select pg_advisory_xact_lock($1)", MAINTENANCE_LOCK)
            if await conn.fetchval("select exists (select from delivery_other where day = $1)", day):
                continue
            await conn.execute(
                f"create table if not exists delivery_{day:%Y%m%d} partition of delivery"
                f" for values from ('{day}') to ('{day + timedelta(days=1)}') with (fillfactor = 70)"
            )


async def drop_days(pool: Pool, before: date) -> list[str]:
    """Drops partitions of older days, never one with mail that still waits. Gives their names."""
    dropped = []
    names = await pool.fetch(
        "select inhrelid::regclass::text as name from pg_inherits where inhparent = 'delivery'::regclass order by 1"
    )
    for name in (row["name"] for row in names):
        if not name.removeprefix("delivery_").isdigit() or name >= f"delivery_{before:%Y%m%d}":
            continue
        async with pool.acquire() as conn, conn.transaction():
            await conn.execute("set local lock_timeout = '2s'")
            await conn.execute("select pg_advisory_xact_lock($1)", MAINTENANCE_LOCK)
            if await conn.fetchval(f"select exists (select from {name} where state = 'waiting')"):  # noqa: S608
                continue
            await conn.execute(f"drop table if exists {name}")
            dropped.append(name)
    await pool.execute("delete from delivery_other where day < $1 and state <> 'waiting'", before)
    return dropped


def is_locked(error: BaseException) -> bool:
    return isinstance(error, asyncpg.LockNotAvailableError)
