"""Core topics: numbers, `after`, waiting room, parking; and the handlers of the service."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from functools import cache
from typing import Any, Generic, TypeVar
from uuid import UUID

from lapor_contracts.base import Event
from lapor_contracts.catalogue import topic as topic_of
from lapor_contracts.operations import DeadLetter

from lapor_chassis import store
from lapor_chassis.batch import Batch, Source, Work
from lapor_chassis.clock import DomainClock
from lapor_chassis.errors import Invalid
from lapor_chassis.logging import get_logger
from lapor_chassis.numbers import verdict
from lapor_chassis.record import Record
from lapor_chassis.subject import Subject
from lapor_chassis.telemetry import Metrics, trace_id

S = TypeVar("S")
Handler = Callable[[Work[Any], Any], None]
log = get_logger("lapor.inbound")


class Inbound(Generic[S]):
    """Applies records to subjects inside a batch. `reads`: the core topics of this service."""

    def __init__(
        self,
        *,
        service: str,
        reads: Collection[str],
        handlers: Mapping[type[Event], Handler],
        edge_handlers: Mapping[type[Event], Handler],
        clock: DomainClock,
        metrics: Metrics,
        allows: Callable[[str], bool] = lambda _: True,
    ) -> None:
        self._service = service
        self._reads = frozenset(reads)
        self._handlers = handlers
        self._edge_handlers = edge_handlers
        self._clock = clock
        self._metrics = metrics
        self._applied = cache(metrics.applied.labels)
        self._allows = allows

    async def core(self, batch: Batch[S], records: Sequence[Record]) -> None:
        """One batch of core records, from any of the service's core topics."""
        known = [(record, record.subject) for record in records]
        partitions = {subject: record.partition for record, subject in known if subject}
        subjects = await batch.load(partitions, create=True, partitions=partitions)
        await self.open_rooms(batch, subjects.values())
        buried = await store.buried(batch.conn, [record for record in records if not _numbered(record)])
        for record, subject_id in known:
            if subject_id is None or not _numbered(record):
                if record.position not in buried:
                    self.bury(batch, record, subject_id, _fault_of(record), parks=False)
                continue
            subject = subjects[subject_id]
            if self.take(batch, subject, record):
                self.drain(batch, subject)

    async def open_rooms(self, batch: Batch[S], subjects: Collection[Subject[S]]) -> None:
        """Loads what waits for these subjects."""
        batch.rooms.update(await store.load_waiting(batch.conn, [s.id for s in subjects if s.has_waiting]))

    def take(self, batch: Batch[S], subject: Subject[S], record: Record) -> bool:
        """Applies, drops or keeps one record; True when the subject moved on."""
        if subject.parked:
            self._keep(batch, subject, record)
            return False
        assert record.envelope is not None and record.envelope.number is not None  # noqa: S101 - `core` saw to it
        number, after = record.envelope.number, record.envelope.after
        match verdict(subject.applied, record.topic, number, after, self._reads):
            case "repeat":
                self._metrics.repeats.labels(record.topic).inc()
                return False
            case "wait":
                self._metrics.waits.labels(record.topic).inc()
                self._keep(batch, subject, record)
                return False
            case "apply":
                return self._apply(batch, subject, record, number)

    def _keep(self, batch: Batch[S], subject: Subject[S], record: Record) -> None:
        batch.rooms.setdefault(subject.id, []).append(record)
        subject.has_waiting = True
        subject.touched = True

    def drain(self, batch: Batch[S], subject: Subject[S]) -> None:
        """Applies what can be applied now of what waits, in order of arrival, until nothing moves."""
        moved = subject.has_waiting
        while moved and not subject.parked:
            moved = False
            room = batch.rooms.pop(subject.id, [])
            for record in room:
                if subject.parked or not self._due(subject, record):
                    batch.rooms.setdefault(subject.id, []).append(record)
                    continue
                self._from_room(batch, subject, record)
                moved = True
        subject.has_waiting = bool(batch.rooms.get(subject.id))

    def _due(self, subject: Subject[S], record: Record) -> bool:
        if topic_of(record.topic).kind == "edge":
            return True
        envelope = record.envelope
        if envelope is None or envelope.number is None:
            return True
        return verdict(subject.applied, record.topic, envelope.number, envelope.after, self._reads) != "wait"

    def _from_room(self, batch: Batch[S], subject: Subject[S], record: Record) -> None:
        if record.arrival is not None:
            batch.waited.append((subject.id, record.arrival))
        if topic_of(record.topic).kind == "edge":
            self.edge(batch, subject, record)
        else:
            self.take(batch, subject, record)

    def _apply(self, batch: Batch[S], subject: Subject[S], record: Record, number: int) -> bool:
        try:
            event = record.event(strict=False)
            self._handle(batch, subject, record, event, self._handlers, number)
        except Invalid as invalid:
            self.bury(batch, record, subject.id, invalid, parks=True)
            subject.parked = True
            subject.touched = True
            return False
        self._applied(record.topic).inc()
        return True

    def _handle(
        self, batch: Batch[S], subject: Subject[S], record: Record, event: Event | None,
        handlers: Mapping[type[Event], Handler], number: int | None,
    ) -> None:  # fmt: skip
        """All or nothing: what an Invalid interrupts is taken back."""
        savepoint = batch.savepoint()
        before = (subject.state, dict(subject.applied), dict(subject.written), subject.due_at)
        try:
            if number is not None:
                subject.applied[record.topic] = number
            subject.touched = True
            handler = handlers.get(type(event)) if event is not None else None
            if handler is not None:
                handler(batch.work(subject, record.envelope, self.source(record)), event)
        except Invalid:
            batch.undo_to(savepoint)
            subject.state, subject.applied, subject.written, subject.due_at = before
            raise

    def edge(self, batch: Batch[S], subject: Subject[S], record: Record) -> None:
        """One checked edge event for a subject. Invalid: a dead letter without its body, nothing parks."""
        if subject.parked:
            self._keep(batch, subject, record)
            return
        try:
            self._handle(batch, subject, record, record.event(strict=True), self._edge_handlers, None)
        except Invalid as invalid:
            self.bury(batch, record, subject.id, invalid, parks=False)

    def source(self, record: Record) -> Source:
        entry = topic_of(record.topic)
        outsider = None
        if entry.kind == "edge":
            outsider = entry.code_of(record.topic) if entry.family else entry.writer
        return Source(record.topic, record.partition, record.offset, outsider, record.received_at(self._clock))

    def bury(self, batch: Batch[S], record: Record, subject: UUID | None, invalid: Invalid, *, parks: bool) -> bool:
        """False where the outsider has had too many lately: it is only counted."""
        if topic_of(record.topic).kind == "edge" and not self._allows(record.topic):
            self._metrics.dead_letters.labels("edge", "throttled").inc()
            return False
        bury(self._service, self._metrics, batch, record, subject, invalid, parks=parks)
        return True


def bury(
    service: str, metrics: Metrics, batch: Batch[Any], record: Record, subject: UUID | None, invalid: Invalid, *,
    parks: bool,
) -> None:  # fmt: skip
    """A dead letter: a row here, and an event for the operator. From an edge topic it holds nothing of the body."""
    kind = topic_of(record.topic).kind
    keep = kind != "edge"
    envelope = record.envelope
    batch.dead.append(store.DeadRow(record, subject, invalid.reason, invalid.field, parks, keep))
    batch.emit(
        f"lapor.dlq.{service}",
        str(subject or record.topic),
        DeadLetter(
            service=service, topic=record.topic, partition=record.partition, offset=record.offset,
            event_id=str(envelope.id) if envelope else None, subject=subject,
            number=envelope.number if envelope else None, reason=invalid.reason, field=invalid.field,
        ),
        cause=envelope,
    )  # fmt: skip
    metrics.dead_letters.labels(kind, invalid.reason.partition(":")[0]).inc()
    log.error(
        "dead letter", topic=record.topic, partition=record.partition, offset=record.offset, reason=invalid.reason,
        field=invalid.field, subject=str(subject) if subject else None, parked=parks,
        trace_id=trace_id(envelope.traceparent) if envelope else None,
    )  # fmt: skip


def _numbered(record: Record) -> bool:
    return record.envelope is not None and record.envelope.number is not None and record.subject is not None


def _fault_of(record: Record) -> Invalid:
    if record.fault:
        return record.fault
    return Invalid("no_number", "ce_sequence") if record.subject else Invalid("not_a_uuid", "ce_subject")
