"""What runs beside the work: partitions by day, tallies, alarms."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection
from datetime import date, timedelta
from typing import Any

import asyncpg
import msgspec
from lapor_contracts.envelope import decode_after
from lapor_contracts.operations import Tally

from lapor_chassis.clock import monotonic, wall_now
from lapor_chassis.db import Conn, Pool
from lapor_chassis.edge import MAX_AGE
from lapor_chassis.errors import is_transient
from lapor_chassis.lane import Lane, today
from lapor_chassis.logging import get_logger
from lapor_chassis.migrations import LOCK
from lapor_chassis.numbers import missing
from lapor_chassis.record import headers_from_json
from lapor_chassis.settings import ServiceSettings
from lapor_chassis.telemetry import Metrics

AHEAD = 2  # days for which partitions are made before they are needed
DAYS_SECONDS = 600.0
WHOLE_SECONDS = 60.0
KEEP_DAYS = 90  # of what is settled
log = get_logger("lapor.housekeeping")


async def keep(
    *,
    pool: Pool,
    lane: Lane[Any],
    service: str,
    settings: ServiceSettings,
    metrics: Metrics,
    reads: Collection[str],
    oldest_unpublished: Callable[[], float],
) -> None:
    """For ever: tallies and alarms every few seconds, days every ten minutes."""
    said: dict[tuple[str, int], int] = {}
    next_days = next_whole = 0.0
    while True:
        await asyncio.sleep(settings.tally_seconds)
        try:
            if monotonic() >= next_whole:
                # All of them again: an adopted lane may have published an older one after ours.
                said.clear()
                next_whole = monotonic() + WHOLE_SECONDS
            await publish_tallies(lane, service, oldest_unpublished(), said)
            await watch_waiting(pool, metrics, settings.waiting_alarm_seconds, reads)
            if monotonic() >= next_days:
                async with pool.acquire() as conn:
                    await make_days(conn)
                    await drop_days(conn, settings.outbox_days)
                    await prune(conn)
                next_days = monotonic() + DAYS_SECONDS
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("housekeeping waits", error=type(error).__name__)


async def make_days(conn: Conn) -> None:
    """Makes the partitions of the next days; on the first call those of the past that edge ids may need."""
    async with conn.transaction():
        # Two instances that start together must not make the same ones.
        await conn.execute("select pg_advisory_xact_lock($1)", LOCK)
        await _make_days(conn, today())


async def _make_days(conn: Conn, now: date) -> None:
    for table, first in (
        ("outbox", now - timedelta(days=1)),
        ("edge_seen", now - MAX_AGE - timedelta(days=1)),
    ):
        existing = await _days(conn, table)
        day = first
        while day <= now + timedelta(days=AHEAD):
            if day not in existing:
                following = day + timedelta(days=1)
                await conn.execute(
                    f"create table if not exists {table}_{day:%Y%m%d} partition of {table} "
                    f"for values from ('{day}') to ('{following}')"
                )
            day += timedelta(days=1)


async def drop_days(conn: Conn, outbox_days: int) -> list[str]:
    """Drops old partitions, never one with rows that are unpublished or set aside."""
    async with conn.transaction():
        # Two instances must not look at what the other is dropping.
        await conn.execute("select pg_advisory_xact_lock($1)", LOCK)
        dropped = []
        for table, keep in (("outbox", outbox_days), ("edge_seen", MAX_AGE.days + 1)):
            for day in await _days(conn, table):
                if day >= today() - timedelta(days=keep):
                    continue
                if table == "outbox" and await _holds_unpublished(conn, day):
                    log.error("an old day of the outbox has unpublished rows and is kept", day=str(day))
                    continue
                name = f"{table}_{day:%Y%m%d}"
                await conn.execute(f"drop table if exists {name}")
                dropped.append(name)
        return dropped


async def _holds_unpublished(conn: Conn, day: date) -> bool:
    return bool(
        await conn.fetchval(
            """select exists (select 1 from outbox o join lane l on l.id = o.lane
                              where o.day = $1 and l.retired_at is null and o.seq > l.mark)
                   or exists (select 1 from set_aside where day = $1 and resent_at is null)""",
            day,
        )
    )


async def prune(conn: Conn) -> None:
    """Forgets what was settled long ago, edge dead letters, retired lanes: what an operator no longer asks for."""
    for statement in (
        """delete from dead_letter_command where done_at < clock_timestamp() - make_interval(days => $1)""",
        """delete from dead_letter d where (status <> 'open' or not parks)
             and at < clock_timestamp() - make_interval(days => $1)
             and not exists (select 1 from dead_letter_command c where c.dead_letter = d.id)""",
        """delete from set_aside where resent_at < clock_timestamp() - make_interval(days => $1)""",
        """delete from lane where retired_at < clock_timestamp() - make_interval(days => $1)""",
    ):
        await conn.execute(statement, KEEP_DAYS)


async def _days(conn: Conn, table: str) -> set[date]:
    rows = await conn.fetch(
        "select c.relname from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = $1::regclass",
        table,
    )
    return {date.fromisoformat(row["relname"].rsplit("_", 1)[1]) for row in rows}


async def publish_tallies(
    lane: Lane[Any], service: str, oldest_unpublished: float, said: dict[tuple[str, int], int]
) -> None:
    """What changed since it was last said. The sums are over all lanes, so of all instances."""
    async with lane.batch() as batch:
        rows = await batch.conn.fetch(
            """select topic, partition, sum(subjects)::bigint as subjects, sum(events)::bigint as events
               from tally group by 1, 2"""
        )
        for row in rows:
            where = (row["topic"], row["partition"])
            if said.get(where) == row["events"]:
                continue
            batch.emit(
                "lapor.tallies",
                f"{service}:{row['topic']}:{row['partition']}",
                Tally(
                    service=service, topic=row["topic"], partition=row["partition"], subjects=row["subjects"],
                    events=row["events"], as_of=wall_now(), oldest_unpublished_seconds=round(oldest_unpublished, 3),
                ),
            )  # fmt: skip
    # Only now: what was rolled back was not said.
    said.update({(row["topic"], row["partition"]): row["events"] for row in rows})


async def watch_waiting(pool: Pool, metrics: Metrics, after_seconds: float, reads: Collection[str]) -> None:
    """Gauges, and an alarm for each event that has waited too long: what for, where, `lapor resend` at the writer."""
    row = await pool.fetchrow(
        """select (select count(*) from waiting) as waiting,
             (select coalesce(extract(epoch from clock_timestamp() - min(since)), 0)::float from waiting) as oldest,
             (select count(*) from subject where parked_at is not null) as parked,
             (select coalesce(extract(epoch from clock_timestamp() - min(parked_at)), 0)::float
              from subject where parked_at is not null) as parked_oldest"""
    )
    assert row is not None  # noqa: S101 - an aggregate always has a row
    metrics.waiting.set(row["waiting"])
    metrics.waiting_oldest.set(row["oldest"])
    metrics.parked.set(row["parked"])
    metrics.parked_oldest.set(row["parked_oldest"])
    if row["parked"]:
        log.error(
            "parked subjects: see `lapor dlq list`",
            count=row["parked"],
            oldest_seconds=round(row["parked_oldest"]),
        )
    if row["oldest"] < after_seconds:
        return
    late = await pool.fetch(
        """select w.subject, w.topic, w.number, w.headers, s.applied from waiting w join subject s on s.id = w.subject
           where s.parked_at is null and w.since < clock_timestamp() - make_interval(secs => $1)
           order by w.since limit 20""",
        after_seconds,
    )
    for event in late:
        log.error(
            "an event waits for one that does not come: `lapor resend` at its writer",
            subject=str(event["subject"]), topic=event["topic"], number=event["number"],
            waits_for=_waits_for(event, frozenset(reads)),
        )  # fmt: skip


def _waits_for(row: asyncpg.Record, reads: frozenset[str]) -> str:
    headers = {name: value for name, value in headers_from_json(row["headers"]) if value is not None}
    after = decode_after(headers.get("ce_after", b"").decode())
    applied = msgspec.json.decode(row["applied"], type=dict[str, int])
    return missing(applied, row["topic"], row["number"], after, reads)
