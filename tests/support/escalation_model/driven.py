"""Escalation's own handlers on the chassis' real batches, over a database in memory: what the model is held against."""

from __future__ import annotations

from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from lapor_chassis.batch import OutboxRow
from lapor_chassis.clock import DomainClock
from lapor_chassis.ids import uuid7
from lapor_chassis.inbound import Inbound
from lapor_chassis.record import Record
from lapor_chassis.subject import Codec
from lapor_chassis.telemetry import Metrics
from lapor_contracts.base import Event
from lapor_contracts.envelope import Envelope, encode
from lapor_contracts.events import EVENTS
from lapor_escalation import handlers, packed
from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.state import Escalation
from structlog.testing import capture_logs

from tests.support.escalation_model.clocks import Said
from tests.support.escalation_model.inbox import Letter
from tests.support.escalation_model.office import instant, minute
from tests.support.protocol_memory import Memory

READS = ("lapor.complaints", "lapor.assignments", "lapor.replies")
EDGE = "lapor.ombudsman.replies"
STEPS = {
    "id.lapor.escalation.reminded.v1": "reminded", "id.lapor.escalation.limit-missed.v1": "limit_missed",
    "id.lapor.escalation.superior-told.v1": "superior_told", "id.lapor.ombudsman.alerted.v1": "alerted",
    "id.lapor.escalation.closed-by-silence.v1": "closed_by_silence",
}  # fmt: skip
MOST_AT_ONCE = 60  # steps at one time; more is a loop


@dataclass
class Driven:
    """One complaint in one instance of the service. A batch writes its state as JSON and the next one reads it, so
    every batch is a restart. `memory`: the caller has put it in the place of the store."""

    rules: Rules
    memory: Memory = field(default_factory=Memory)
    complaint: UUID = field(default_factory=uuid7)
    codec: Codec[Escalation] = field(default_factory=packed.codec)
    metrics: Metrics = field(default_factory=lambda: Metrics("escalation"))
    offset: int = 0
    ids: dict[tuple[str, int], UUID] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.inbound: Inbound[Escalation] = Inbound(
            service="escalation", reads=READS, handlers=handlers.bound(handlers.HANDLERS, self.rules),
            edge_handlers=handlers.bound(handlers.EDGE_HANDLERS, self.rules), clock=DomainClock(),
            metrics=self.metrics,
        )  # fmt: skip

    def take(self, letters: Sequence[Letter], now: int) -> None:
        """One batch."""
        batch = self._batch(now)
        _done(self.inbound.core(batch, [self._record(letter) for letter in letters]))
        _done(batch.flush(1))

    def ask(self, event: Event, at: int, now: int) -> None:
        """An office of the Ombudsman wrote; a refusal is a dead letter."""
        record = self._record(Letter(EDGE, 0, {}, event, at))

        async def take() -> None:
            batch = self._batch(now)
            subjects = await batch.load([self.complaint], create=False)
            self.inbound.edge(batch, subjects[self.complaint], record)
            await batch.flush(1)

        with capture_logs():
            _done(take())

    def look(self, now: int) -> None:
        """The timers, as the chassis goes about it: again and again until nothing is due."""
        for _ in range(MOST_AT_ONCE):
            if not self.due_by(now):
                return
            _done(self._on(now, partial(handlers.on_timer, self.rules)))
        raise AssertionError(f"something is due for ever: {self.memory.timers}")

    def due_by(self, now: int) -> bool:
        row, due = self.memory.subjects.get(self.complaint), self.memory.timers.get(self.complaint)
        assert row is None or row["parked_at"] is None, self.memory.dead
        return row is not None and due is not None and due <= instant(now) and not row["has_waiting"]

    @property
    def next_look(self) -> int | None:
        due = self.memory.timers.get(self.complaint)
        return None if due is None else minute(due)

    def change_calendar(self, rules: Rules, now: int) -> None:
        """A start with another calendar: the open complaint is counted again."""
        self.rules = rules
        self.__post_init__()
        if self.complaint in self.memory.timers:
            _done(self._on(now, partial(handlers.on_calendar_changed, rules)))

    async def _on(self, now: int, handler: Any) -> None:
        batch = self._batch(now)
        subject = (await batch.load([self.complaint], create=False))[self.complaint]
        subject.due_at = None
        handler(batch.work(subject))
        await batch.flush(1)

    def _batch(self, now: int) -> Any:
        batch: Any = self.memory.batch(self.codec)
        batch.now = instant(now)
        batch.conn = _Nowhere()
        return batch

    def _record(self, letter: Letter) -> Record:
        self.offset += 1
        event: Event = letter.event
        own = uuid7()
        if letter.number:
            own = self.ids.setdefault((letter.topic, letter.number), own)
        envelope = Envelope(
            id=own, type=event.type, source="urn:test", subject=str(self.complaint), time=instant(letter.at),
            number=letter.number or None, after=letter.after,
        )  # fmt: skip
        return Record(
            letter.topic, 0, self.offset, letter.at * 60_000, str(self.complaint).encode(),
            event.model_dump_json().encode(), tuple(encode(envelope)),
        )  # fmt: skip

    @property
    def said(self) -> list[Said]:
        """What was fired, in the model's words."""
        return [said for row in self.memory.outbox if (said := _said(row)) is not None]


class _Nowhere:
    """The connection: what is no table of the chassis' is told to it directly."""

    async def executemany(self, *_: object) -> None:
        return

    async def execute(self, *_: object) -> None:
        return


def _done(steps: Coroutine[Any, Any, None]) -> None:
    """With a database in memory nothing is ever waited for."""
    try:
        steps.send(None)
    except StopIteration:
        return
    raise AssertionError("it waits for something")


def _said(row: OutboxRow) -> Said | None:
    """None for what no timer fired."""
    if row.type not in EVENTS or row.body is None:
        return None
    said = _fired(row.type, EVENTS[row.type].model_validate_json(row.body))
    return (said[0], minute(row.time), *said[1:]) if said is not None else None


def _fired(kind: str, event: Any) -> Said | None:
    match kind.removeprefix("id.lapor.").removesuffix(".v1"):
        case "escalation.overtaken":
            return "overtaken", event.clock, event.assignment, event.step, minute(event.was_due_at)
        case "escalation.reply-waived":
            return "reply_waived", event.office, event.assignment
        case "escalation.undecided":
            return "undecided", minute(event.due_at)
        case "escalation.published-as-ignored":
            return "published_as_ignored", event.office, event.assignment, minute(event.heed_by)
    if kind not in STEPS:
        return None
    whose = "citizen" if event.assignment is None else "agency"
    return STEPS[kind], whose, event.assignment, event.limit.rule, minute(event.due_at)
