"""The gatekeeper of an edge topic: nothing there is trusted, repeats are dropped by (outsider, id)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from lapor_contracts.base import Event
from lapor_contracts.envelope import Envelope

from lapor_chassis import store
from lapor_chassis.batch import Batch, Source
from lapor_chassis.clock import wall_now
from lapor_chassis.errors import Invalid
from lapor_chassis.ids import uuid7_time
from lapor_chassis.inbound import Inbound
from lapor_chassis.record import Record
from lapor_chassis.telemetry import Metrics

S = TypeVar("S")
MAX_AGE = timedelta(days=30)  # ids are remembered as long; an older one could be a repeat
MAX_AHEAD = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class EdgeMessage:
    """An outsider's event whose form is right; what it says is not checked."""

    envelope: Envelope
    event: Event
    source: Source
    record: Record


@dataclass(frozen=True, slots=True)
class EdgeRefused:
    """An outsider's record that cannot be taken. `event_id` None: not even that could be read."""

    event_id: UUID | None
    source: Source
    reason: str
    field: str | None


OnEdge = Callable[[Batch[Any], list[EdgeMessage]], Awaitable[None]]
OnRefused = Callable[[Batch[Any], EdgeRefused], None]


class Edge(Generic[S]):
    def __init__(
        self,
        *,
        service: str,
        inbound: Inbound[S],
        metrics: Metrics,
        on_edge: OnEdge,
        on_refused: OnRefused | None,
    ) -> None:
        self._service = service
        self._inbound = inbound
        self._metrics = metrics
        self._on_edge = on_edge
        self._on_refused = on_refused

    async def process(self, batch: Batch[S], records: Sequence[Record]) -> None:
        read: dict[tuple[str, UUID], EdgeMessage] = {}
        bad: list[tuple[Record, Invalid]] = []
        for record in records:
            try:
                message = self._read(record)
                read.setdefault((message.source.outsider or "", message.envelope.id), message)
            except Invalid as invalid:
                bad.append((record, invalid))
        await self._refuse(batch, bad)
        keys = [(outsider, event, _day(event)) for outsider, event in read]
        new = await store.first_seen(batch.conn, keys) if keys else set()
        for key, message in read.items():
            if key not in new:
                self._metrics.repeats.labels(message.record.topic).inc()
        messages = [message for key, message in read.items() if key in new]
        if messages:
            await self._on_edge(batch, messages)

    def _read(self, record: Record) -> EdgeMessage:
        if record.fault:
            raise record.fault
        envelope = record.envelope
        assert envelope is not None  # noqa: S101 - no fault
        made = uuid7_time(envelope.id)
        if made is None:
            raise Invalid("id_not_uuid7", "ce_id")
        now = wall_now()
        if made < now - MAX_AGE:
            raise Invalid("id_too_old", "ce_id")
        if made > now + MAX_AHEAD:
            raise Invalid("id_from_the_future", "ce_id")
        event = record.event(strict=True)
        assert event is not None  # noqa: S101 - strict
        return EdgeMessage(envelope, event, self._inbound.source(record), record)

    async def _refuse(self, batch: Batch[S], bad: Sequence[tuple[Record, Invalid]]) -> None:
        buried = await store.buried(batch.conn, [record for record, _ in bad])
        for record, invalid in bad:
            if record.position in buried:
                continue
            self.refuse(batch, record, invalid)

    def refuse(self, batch: Batch[S], record: Record, invalid: Invalid) -> None:
        """A dead letter without the body, and the service's answer to the outsider where it has one."""
        buried = self._inbound.bury(batch, record, record.subject, invalid, parks=False)
        if buried and self._on_refused is not None:
            event_id = record.envelope.id if record.envelope else None
            self._on_refused(batch, EdgeRefused(event_id, self._inbound.source(record), invalid.reason, invalid.field))

    async def apply(self, batch: Batch[S], messages: Sequence[EdgeMessage]) -> None:
        """For events about existing subjects: one by one, by the service's edge handlers."""
        known = [(message, message.record.subject) for message in messages]
        subjects = await batch.load({subject for _, subject in known if subject}, create=False)
        await self._inbound.open_rooms(batch, subjects.values())
        for message, subject_id in known:
            subject = subjects.get(subject_id) if subject_id else None
            if subject is None:
                self.refuse(batch, message.record, Invalid("unknown_complaint", "ce_subject"))
            else:
                self._inbound.edge(batch, subject, message.record)


def _day(event: UUID) -> Any:
    made = uuid7_time(event)
    assert made is not None  # noqa: S101 - `_read` refused others
    return made.date()
