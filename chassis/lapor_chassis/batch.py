"""One batch = one PostgreSQL transaction: subjects locked in id order, events numbered, all written at the end."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Generic, TypeVar
from uuid import UUID

from lapor_contracts.base import Event
from lapor_contracts.catalogue import topic as topic_of
from lapor_contracts.catalogue import topics
from lapor_contracts.envelope import Envelope, encode_after

from lapor_chassis import store
from lapor_chassis.db import Conn
from lapor_chassis.errors import Invalid
from lapor_chassis.ids import uuid7
from lapor_chassis.record import MAX_BODY_BYTES, Record
from lapor_chassis.subject import Codec, Subject, partition_of
from lapor_chassis.telemetry import child_of, current_span_id

S = TypeVar("S")
# A topic that is kept for days only (lapor.contacts) is left out: who reads later would wait for what is gone.
CAUSAL = frozenset(
    topic.name
    for topic in topics()
    if topic.kind == "core" and topic.retention_days == max(t.retention_days for t in topics() if t.kind == "core")
)


@dataclass(slots=True)
class OutboxRow:
    """What will be published. `body` None: it is made from `reference` when it is published."""

    seq: int
    topic: str
    partition: int
    key: str
    number: int | None
    event_id: UUID
    type: str
    time: datetime
    after: str | None
    traceparent: str | None
    body: bytes | None
    reference: str | None
    committed: float = 0.0


@dataclass(frozen=True, slots=True)
class Source:
    """Where an input came from. `outsider`: whose edge topic it is. `received_at`: on the domain clock."""

    topic: str
    partition: int
    offset: int
    outsider: str | None
    received_at: datetime


@dataclass(slots=True)
class Work(Generic[S]):
    """One input for one subject. `envelope` and `source` are None for a timer or a request."""

    subject: Subject[S]
    now: datetime
    batch: Batch[S]
    envelope: Envelope | None = None
    source: Source | None = None

    def emit(self, topic: str, event: Event, *, reference: str | None = None) -> int:
        """Numbers the event and puts it into the outbox; gives its number."""
        return self.batch.emit_for(self.subject, topic, event, reference=reference, cause=self.envelope)

    def next_number(self, topic: str) -> int:
        return self.subject.written.get(topic, 0) + 1


class Batch(Generic[S]):
    """Made by `Lane.batch()`. `now`: the domain's time, one for the whole batch."""

    def __init__(
        self,
        *,
        conn: Conn,
        codec: Codec[S],
        source: str,
        now: datetime,
        day: date,
        next_seq: int,
    ) -> None:
        self.conn = conn
        self.now = now
        self.day = day
        self.rows: list[OutboxRow] = []
        self.subjects: dict[UUID, Subject[S]] = {}
        self.tallies: dict[tuple[str, int], list[int]] = {}
        self.rooms: dict[UUID, list[Record]] = {}
        self.waited: list[tuple[UUID, int]] = []
        self.dead: list[store.DeadRow] = []
        self.last_event_id: UUID | None = None
        self._codec = codec
        self._source = source
        self._next_seq = next_seq
        self._span_id = current_span_id()
        self._deferred: dict[str, list[tuple[object, ...]]] = {}
        self._by_column: set[str] = set()

    async def load(
        self, ids: Collection[UUID], *, create: bool, partitions: Mapping[UUID, int] | None = None
    ) -> dict[UUID, Subject[S]]:
        """Locks the subjects in id order; `create` makes what is missing. Call it once a batch: a second call
        with smaller ids could deadlock (and would then be tried again). `partitions`: where they are known, as
        a core record's own is: the core topics are shared out alike."""
        wanted = sorted(set(ids) - self.subjects.keys())
        if wanted:
            for row in await store.lock_subjects(self.conn, wanted):
                subject = self._codec.load(row)
                self.subjects[subject.id] = subject
            if create:
                known = partitions or {}
                for new in wanted:
                    if new not in self.subjects:
                        partition = known[new] if new in known else partition_of(new)
                        self.subjects[new] = Subject(id=new, partition=partition, new=True)
        return {subject: self.subjects[subject] for subject in ids if subject in self.subjects}

    def work(self, subject: Subject[S], envelope: Envelope | None = None, source: Source | None = None) -> Work[S]:
        subject.touched = True
        return Work(subject=subject, now=self.now, batch=self, envelope=envelope, source=source)

    def defer(self, sql: str, *args: object) -> None:
        """A statement for the end of the batch; the same text is executed once for all its arguments."""
        self._deferred.setdefault(sql, []).append(args)

    def defer_rows(self, sql: str, *row: object) -> None:
        """As `defer`, but it is executed once for all rows, with a column in each parameter: `unnest($1::uuid[], ..)`.
        So it must bear that a row comes twice."""
        self._by_column.add(sql)
        self.defer(sql, *row)

    def emit_for(
        self,
        subject: Subject[S],
        topic: str,
        event: Event,
        *,
        reference: str | None = None,
        cause: Envelope | None = None,
    ) -> int:
        """The event gets the subject's next number on `topic`."""
        entry = topic_of(topic)
        number = subject.written.get(topic, 0) + 1
        core = entry.kind == "core"
        partition = subject.partition if core else 0
        after = _after(subject, topic) if core else None
        self._append(topic, partition, str(subject.id), event, number, after, reference, cause)
        subject.written[topic] = number
        subject.touched = True
        tally = self.tallies.setdefault((topic, partition), [0, 0])
        tally[0] += number == 1
        tally[1] += 1
        return number

    def emit(
        self, topic: str, key: str, event: Event, *, reference: str | None = None, cause: Envelope | None = None,
        number: int | None = None,
    ) -> None:  # fmt: skip
        """An event without a number of a subject's: receipts, dead letters, tallies; registers bring their own."""
        self._append(topic, 0, key, event, number, None, reference, cause)

    def _append(
        self, topic: str, partition: int, key: str, event: Event, number: int | None, after: str | None,
        reference: str | None, cause: Envelope | None,
    ) -> None:  # fmt: skip
        body = None if reference else type(event).__pydantic_serializer__.to_json(event)
        if body is not None and len(body) > MAX_BODY_BYTES:
            raise Invalid("too_large")
        self.last_event_id = event_id = uuid7()
        self.rows.append(
            OutboxRow(
                seq=self._next_seq + len(self.rows),
                topic=topic,
                partition=partition,
                key=key,
                number=number,
                event_id=event_id,
                type=event.type,
                time=self.now,
                after=after,
                traceparent=child_of(cause.traceparent if cause else None, self._span_id, event_id),
                body=body,
                reference=reference,
            )
        )

    def savepoint(self) -> tuple[int, dict[str, int]]:
        return len(self.rows), {sql: len(rows) for sql, rows in self._deferred.items()}

    def undo_to(self, savepoint: tuple[int, dict[str, int]]) -> None:
        """Takes back what was emitted and deferred since, with its tallies."""
        rows, deferred = savepoint
        for row in self.rows[rows:]:
            if row.number is not None and (row.topic, row.partition) in self.tallies:
                tally = self.tallies[row.topic, row.partition]
                tally[0] -= row.number == 1
                tally[1] -= 1
        del self.rows[rows:]
        self._deferred = {sql: args[: deferred[sql]] for sql, args in self._deferred.items() if sql in deferred}

    async def flush(self, lane: int) -> None:
        """Writes everything. Called by the lane, before its commit."""
        touched = sorted((s for s in self.subjects.values() if s.touched), key=lambda subject: subject.id)
        await store.save_subjects(self.conn, touched, self._codec)
        came = [(subject, r) for subject, room in self.rooms.items() for r in room if r.arrival is None]
        await store.save_waiting(self.conn, came, self.waited)
        await store.save_dead_letters(self.conn, self.dead)
        for sql, args in self._deferred.items():
            if sql in self._by_column:
                await self.conn.execute(sql, *zip(*args, strict=True))
            else:
                await self.conn.executemany(sql, args)
        await store.save_outbox(self.conn, lane, self.day, self.rows)
        await store.save_tallies(self.conn, lane, self.tallies)


def _after(subject: Subject[Any], topic: str) -> str | None:
    """Complete causal order: everything that this service had applied and written for the subject on core
    topics when it wrote this. Readers skip the topics that they do not read."""
    after: Mapping[str, int] = {
        other: number
        for numbers in (subject.applied, subject.written)
        for other, number in numbers.items()
        if other != topic and other in CAUSAL
    }
    return encode_after(after) or None
