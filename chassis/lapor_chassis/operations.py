"""What an operator does to a service's own database: look at dead letters, order a replay, resend events."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import asyncpg

from lapor_chassis import store
from lapor_chassis.batch import Batch
from lapor_chassis.db import Conn, Pool
from lapor_chassis.errors import is_transient
from lapor_chassis.inbound import Inbound
from lapor_chassis.lane import Lane, new_lane
from lapor_chassis.logging import get_logger
from lapor_chassis.telemetry import Metrics

LOOK_SECONDS = 0.5
_ORDERED = "select exists (select from dead_letter_command where done_at is null)"
log = get_logger("lapor.operations")


async def dead_letters(conn: Conn, *, all_of_them: bool = False) -> list[asyncpg.Record]:
    rows: list[asyncpg.Record] = await conn.fetch(
        """select d.*, (select count(*) from waiting w where d.parks and w.subject = d.subject) as waits
           from dead_letter d where $1 or status = 'open' order by id""",
        all_of_them,
    )
    return rows


async def order(conn: Conn, dead_letter: int, action: str, who: str, why: str) -> int:
    """Orders a replay or a dismissal; the service's own loop carries it out. Gives the command's id.

    Raises LookupError with what is wrong.
    """
    row = await conn.fetchrow("select status, value, parks from dead_letter where id = $1", dead_letter)
    if row is None:
        raise LookupError(f"there is no dead letter {dead_letter}")
    if row["status"] != "open":
        raise LookupError(f"dead letter {dead_letter} was {row['status']} already")
    if action == "replay" and not row["parks"]:
        raise LookupError(
            "it came from an edge topic (or had no number): ask its sender to send it again, and dismiss it"
        )
    command: int = await conn.fetchval(
        "insert into dead_letter_command (dead_letter, action, who, why) values ($1, $2, $3, $4) returning id",
        dead_letter,
        action,
        who,
        why,
    )
    return command


async def keep(pool: Pool, lane: Lane[Any], inbound: Inbound[Any], service: str, metrics: Metrics) -> None:
    """For ever: carries out what an operator ordered about dead letters."""
    while True:
        try:
            # Asked before: a batch that finds nothing has four round trips, and writes.
            while await pool.fetchval(_ORDERED) and await carry_out(lane, inbound, service, metrics):
                pass
        except Exception as error:
            if not is_transient(error):
                raise
        await asyncio.sleep(LOOK_SECONDS)


async def carry_out(lane: Lane[Any], inbound: Inbound[Any], service: str, metrics: Metrics) -> bool:
    """The oldest open command, in one transaction: the poison, then what waits. True when there was one."""
    command: asyncpg.Record | None = None
    try:
        async with lane.batch() as batch:
            command = await batch.conn.fetchrow(
                """select c.id as command, c.action, c.who, c.why, d.* from dead_letter_command c
                   join dead_letter d on d.id = c.dead_letter where c.done_at is null
                   order by c.id limit 1 for update of c skip locked"""
            )
            if command is None:
                return False
            outcome = await _settle(batch, inbound, command, service, metrics)
            await _done(batch.conn, command, outcome)
    except Exception as error:
        if command is None or is_transient(error):
            raise
        # Not a reason to stop: the command would be there again at every start.
        log.exception("a bug in a replay", dead_letter=command["id"], error=type(error).__name__)
        outcome = f"a bug: {type(error).__name__}"
        async with lane.batch() as batch:
            await _done(batch.conn, command, outcome)
    log.warning("dead letter settled", dead_letter=command["id"], action=command["action"], outcome=outcome,
                subject=str(command["subject"]))  # fmt: skip
    return True


async def _done(conn: Conn, command: asyncpg.Record, outcome: str) -> None:
    await conn.execute(
        "update dead_letter_command set done_at = clock_timestamp(), outcome = $2 where id = $1",
        command["command"],
        outcome,
    )


async def _settle(
    batch: Batch[Any], inbound: Inbound[Any], command: asyncpg.Record, service: str, metrics: Metrics
) -> str:
    if command["status"] != "open":
        return f"was {command['status']} already"
    if command["parks"]:
        subjects = await batch.load([command["subject"]], create=True)
        subject = subjects[command["subject"]]
        await inbound.open_rooms(batch, [subject])
        subject.parked = False
        subject.touched = True
        if command["action"] == "replay":
            record = store.record_of(command)
            before, savepoint = len(batch.dead), batch.savepoint()
            if not inbound.take(batch, subject, record) and subject.parked:
                reason = batch.dead[-1].reason
                # It is a dead letter already.
                del batch.dead[before:]
                batch.undo_to(savepoint)
                return f"still cannot be processed: {reason}"
        else:
            subject.applied[command["topic"]] = max(subject.applied.get(command["topic"], 0), command["number"])
        await _close(batch, command)
        inbound.drain(batch, subject)
    else:
        await _close(batch, command)
    return "replayed" if command["action"] == "replay" else "dismissed"


async def _close(batch: Batch[Any], command: asyncpg.Record) -> None:
    await batch.conn.execute(
        """update dead_letter set status = $2, settled_at = clock_timestamp(), settled_by = $3, settled_why = $4,
             key = null, headers = null, value = null
           where id = $1""",
        command["id"],
        "replayed" if command["action"] == "replay" else "dismissed",
        command["who"],
        command["why"],
    )


async def resend(conn: Conn, owner: str, key: str, topic: str, numbers: Sequence[int]) -> list[int]:
    """Puts committed events into a lane of its own, which a running instance adopts and publishes.

    The events keep id, number and body, so readers that have them drop them. Gives the numbers found in the
    outbox; older ones are gone from it (see `outbox_days`). Of a topic without numbers, what was set aside goes.
    """
    async with conn.transaction():
        lane = await new_lane(conn, "resend", owner)  # type: ignore[arg-type]
        rows = await conn.fetch(
            """insert into outbox (lane, seq, day, topic, partition, key, number, event_id, type, time, after,
                 traceparent, body, reference)
               select $1, row_number() over (order by number, event_id),
                 (clock_timestamp() at time zone 'utc')::date, topic, partition, key, number, event_id, type, time,
                 after, traceparent, body, reference
               from (select distinct on (event_id) * from outbox o
                     where key = $2 and topic = $3
                       and (number = any($4::int[]) or number is null and exists
                             (select 1 from set_aside s
                              where s.lane = o.lane and s.seq = o.seq and s.resent_at is null))) found
               returning number""",
            lane,
            key,
            topic,
            list(numbers),
        )
        # Not seen for an hour: the next instance that looks takes it for dead, which is the point.
        await conn.execute(
            "update lane set seen_at = clock_timestamp() - interval '1 hour' where id = $1",
            lane,
        )
        await conn.execute(
            """update set_aside set resent_at = clock_timestamp()
               where key = $1 and topic = $2 and (number is null or number = any($3::int[]))""",
            key,
            topic,
            list(numbers),
        )
    return sorted(row["number"] or 0 for row in rows)
