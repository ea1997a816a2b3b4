"""The SQL of numbered delivery, set-based: one statement a table and batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any
from uuid import UUID

import asyncpg

from lapor_chassis.db import Conn
from lapor_chassis.errors import Transient
from lapor_chassis.record import Record, headers_from_json, headers_to_json
from lapor_chassis.subject import Codec, Subject, to_json

if TYPE_CHECKING:
    from lapor_chassis.batch import OutboxRow

OUTBOX_COLUMNS = (
    "lane", "seq", "day", "topic", "partition", "key", "number", "event_id", "type", "time", "after",
    "traceparent", "body", "reference",
)  # fmt: skip


# By name: a column that a later version adds does not end the statements of this one.
LOCKED_SUBJECTS = """select id, partition, plain, packed, applied, written, has_waiting, parked_at, due_at
  from subject where id = any($1::uuid[]) order by id for update"""


@dataclass(frozen=True, slots=True)
class DeadRow:
    """`parks`: its subject stands still until someone replays or dismisses it. `keep`: with its body."""

    record: Record
    subject: UUID | None
    reason: str
    field: str | None
    parks: bool
    keep: bool


async def lock_subjects(conn: Conn, ids: Sequence[UUID]) -> list[asyncpg.Record]:
    """Those that there are. `ids` sorted."""
    rows: list[asyncpg.Record] = await conn.fetch(LOCKED_SUBJECTS, ids)
    return rows


async def save_subjects(conn: Conn, subjects: Sequence[Subject[Any]], codec: Codec[Any]) -> None:
    """In id order. Raises Transient where another transaction has made one of the new ones meanwhile."""
    new = [subject for subject in subjects if subject.new]
    if new:
        await _insert_subjects(conn, new, codec)
    known = [subject for subject in subjects if not subject.new]
    if known:
        await _update_subjects(conn, known, codec)


async def _insert_subjects(conn: Conn, subjects: Sequence[Subject[Any]], codec: Codec[Any]) -> None:
    states = [codec.columns(subject.state) for subject in subjects]
    try:
        await conn.execute(
            """insert into subject (id, partition, plain, packed, applied, written, has_waiting, parked_at, due_at)
               select id, partition, plain::json, packed, applied::json, written::json, has_waiting,
                 case when parked then clock_timestamp() end, due_at
               from unnest($1::uuid[], $2::smallint[], $3::text[], $4::bytea[], $5::text[], $6::text[], $7::bool[],
                   $8::bool[], $9::timestamptz[])
                 as u (id, partition, plain, packed, applied, written, has_waiting, parked, due_at)""",
            [subject.id for subject in subjects],
            [subject.partition for subject in subjects],
            [plain for plain, _ in states],
            [packed for _, packed in states],
            [to_json(subject.applied) for subject in subjects],
            [to_json(subject.written) for subject in subjects],
            [subject.has_waiting for subject in subjects],
            [subject.parked for subject in subjects],
            [subject.due_at for subject in subjects],
        )
    except asyncpg.UniqueViolationError as error:
        if error.constraint_name != "subject_pkey":
            raise
        raise Transient("another transaction made the same subject") from error


async def _update_subjects(conn: Conn, subjects: Sequence[Subject[Any]], codec: Codec[Any]) -> None:
    states = [codec.columns(subject.state) for subject in subjects]
    await conn.execute(
        """update subject s set plain = u.plain::json, packed = u.packed, applied = u.applied::json,
             written = u.written::json, has_waiting = u.has_waiting,
             parked_at = case when u.parked then coalesce(s.parked_at, clock_timestamp()) end,
             due_at = u.due_at
           from unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[], $5::text[], $6::bool[], $7::bool[],
               $8::timestamptz[])
             as u (id, plain, packed, applied, written, has_waiting, parked, due_at)
           where s.id = u.id""",
        [subject.id for subject in subjects],
        [plain for plain, _ in states],
        [packed for _, packed in states],
        [to_json(subject.applied) for subject in subjects],
        [to_json(subject.written) for subject in subjects],
        [subject.has_waiting for subject in subjects],
        [subject.parked for subject in subjects],
        [subject.due_at for subject in subjects],
    )


async def save_waiting(conn: Conn, came: Sequence[tuple[UUID, Record]], waited: Sequence[tuple[UUID, int]]) -> None:
    """`came`: to keep; `waited`: (subject, arrival) that were applied or dropped."""
    if waited:
        await conn.execute(
            """delete from waiting w using unnest($1::uuid[], $2::bigint[]) as u (subject, arrival)
               where w.subject = u.subject and w.arrival = u.arrival""",
            [subject for subject, _ in waited],
            [arrival for _, arrival in waited],
        )
    if came:
        await conn.executemany(
            """insert into waiting (subject, topic, partition, kafka_offset, kafka_time, number, key, headers, value)
               values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing""",
            [
                (
                    subject, r.topic, r.partition, r.offset, r.time_ms, r.envelope.number if r.envelope else None,
                    r.key, headers_to_json(r.headers), r.value,
                )
                for subject, r in came
            ],
        )  # fmt: skip


async def load_waiting(conn: Conn, ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
    """What waits for each subject, in order of arrival."""
    found: dict[UUID, list[Record]] = {}
    if ids:
        for row in await conn.fetch("select * from waiting where subject = any($1::uuid[]) order by arrival", ids):
            found.setdefault(row["subject"], []).append(record_of(row, row["arrival"]))
    return found


def record_of(row: asyncpg.Record, arrival: int | None = None) -> Record:
    """A record again, from a row of `waiting` or `dead_letter`."""
    return Record(
        topic=row["topic"],
        partition=row["partition"],
        offset=row["kafka_offset"],
        time_ms=row["kafka_time"],
        key=row["key"],
        value=row["value"],
        headers=headers_from_json(row["headers"]) if row["headers"] else (),
        arrival=arrival,
    )


async def buried(conn: Conn, records: Sequence[Record]) -> set[tuple[str, int, int]]:
    """Which of these positions have a dead letter already: after a crash a record comes again."""
    if not records:
        return set()
    rows = await conn.fetch(
        """select topic, partition, kafka_offset from dead_letter
           join unnest($1::text[], $2::int[], $3::bigint[]) as u (topic, partition, kafka_offset)
             using (topic, partition, kafka_offset)""",
        [record.topic for record in records],
        [record.partition for record in records],
        [record.offset for record in records],
    )
    return {(row["topic"], row["partition"], row["kafka_offset"]) for row in rows}


async def first_seen(conn: Conn, keys: Sequence[tuple[str, UUID, date]]) -> set[tuple[str, UUID]]:
    """Notes edge events by (outsider, id, day of the id); gives those that had not been seen."""
    rows = await conn.fetch(
        """insert into edge_seen (outsider, id, day)
           select * from unnest($1::text[], $2::uuid[], $3::date[]) on conflict do nothing returning outsider, id""",
        [outsider for outsider, _, _ in keys],
        [event for _, event, _ in keys],
        [day for _, _, day in keys],
    )
    return {(row["outsider"], row["id"]) for row in rows}


async def save_dead_letters(conn: Conn, dead: Sequence[DeadRow]) -> None:
    if not dead:
        return
    await conn.executemany(
        """insert into dead_letter (topic, partition, kafka_offset, kafka_time, subject, number, event_id, reason,
             field, parks, key, headers, value)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13) on conflict do nothing""",
        [_dead_values(row) for row in dead],
    )


def _dead_values(dead: DeadRow) -> tuple[object, ...]:
    record, envelope = dead.record, dead.record.envelope
    return (
        record.topic,
        record.partition,
        record.offset,
        record.time_ms,
        dead.subject,
        envelope.number if envelope else None,
        str(envelope.id) if envelope else None,
        dead.reason,
        dead.field,
        dead.parks,
        record.key if dead.keep else None,
        headers_to_json(record.headers) if dead.keep else None,
        record.value if dead.keep else None,
    )


async def save_outbox(conn: Conn, lane: int, day: date, rows: Sequence[OutboxRow]) -> None:
    if not rows:
        return
    await conn.copy_records_to_table(
        "outbox",
        columns=OUTBOX_COLUMNS,
        records=[
            (
                lane, row.seq, day, row.topic, row.partition, row.key, row.number, row.event_id, row.type, row.time,
                row.after, row.traceparent, row.body, row.reference,
            )
            for row in rows
        ],
    )  # fmt: skip


async def save_tallies(conn: Conn, lane: int, tallies: dict[tuple[str, int], list[int]]) -> None:
    if not tallies:
        return
    await conn.execute(
        """insert into tally (lane, topic, partition, subjects, events)
           select $1, * from unnest($2::text[], $3::smallint[], $4::bigint[], $5::bigint[])
           on conflict (lane, topic, partition) do update
             set subjects = tally.subjects + excluded.subjects, events = tally.events + excluded.events""",
        lane,
        [topic for topic, _ in tallies],
        [partition for _, partition in tallies],
        [counts[0] for counts in tallies.values()],
        [counts[1] for counts in tallies.values()],
    )
