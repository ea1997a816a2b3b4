"""Complaints as escalation itself would have them: made by its handlers, event by event, without broker or database."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from lapor_chassis.batch import Batch, Source
from lapor_chassis.subject import Codec, Subject, to_json
from lapor_contracts.envelope import decode
from lapor_contracts.events import EVENTS
from lapor_escalation import handlers
from lapor_escalation.domain.state import Escalation
from lapor_escalation.settings import rules_of

from tests.simulate.people import Office
from tests.simulate.stories import Act, What
from tests.simulate.writing import ASSIGNMENTS, COMPLAINTS, Complaint

# In the zone of Kaltim (UTC+8): assigned on Wed 4 October 2023 at 10.00, so the first response is due a week later.
RECEIVED = datetime(2023, 10, 4, 2, 0, tzinfo=UTC)
REMINDED = datetime(2023, 10, 10, 8, 0, tzinfo=UTC)
# Those of the burst came a week later: their limit is after all that the others are fired for.
LATER = timedelta(days=7)
LIMIT = datetime(2023, 10, 11, 8, 0, tzinfo=UTC) + LATER
# The missed limit was said on Thursday at some moment of the office day: the superior is told two working days
# later, on Monday, at the same moment to the microsecond.
MISSED = datetime(2023, 10, 12, 2, 0, 0, 123457, tzinfo=UTC)
OTHER_REMINDER = datetime(2023, 10, 13, 8, 0, tzinfo=UTC)
GRACE = timedelta(days=4)
TRACKING = 1_234_567_890
OFFICE = next(office for office in map(Office, range(100)) if office.area.startswith("64."))


@dataclass(frozen=True)
class Template:
    """A row of `subject`; its state holds `at` and the tracking id as text, to be replaced."""

    state: str
    applied: str
    written: str
    due_at: datetime


def templates() -> tuple[Template, Template]:
    """One whose limit comes next (at LIMIT), and one whose superior is told next (GRACE after MISSED)."""
    later = _Walk(RECEIVED + LATER)
    later.wakes(REMINDED + LATER)
    walk = _Walk(RECEIVED)
    walk.wakes(REMINDED)
    walk.wakes(MISSED)
    walk.wakes(OTHER_REMINDER)
    return later.template(LIMIT), walk.template(MISSED + GRACE)


def text_of(at: datetime) -> str:
    """As it stands in a state."""
    return (to_json(at) or "").strip('"')


class _Walk:
    """Registered and assigned at one moment."""

    def __init__(self, received: datetime) -> None:
        self._received = received
        self._rules = rules_of(None, None)
        self._handlers = handlers.bound(handlers.HANDLERS, self._rules)
        self._story = Complaint(TRACKING, [])
        self._subject: Subject[Escalation] = Subject(id=self._story.id, partition=0, new=True)
        self._hears(COMPLAINTS, "registered")
        self._hears(ASSIGNMENTS, "assigned")

    def _hears(self, topic: str, what: What) -> None:
        row = self._story.row(Act(self._received, what, office=0), self._received, [OFFICE])
        envelope = decode([(name, v.encode() if isinstance(v, str) else v) for name, v in row.headers])
        event = EVENTS[envelope.type].model_validate_json(row.value)
        batch = self._batch(self._received)
        source = Source(topic, 0, 1_000_000, None, self._received)
        self._handlers[type(event)](batch.work(self._subject, envelope, source), event)
        self._subject.applied[topic] = 1

    def wakes(self, now: datetime) -> None:
        handlers.on_timer(self._rules, self._batch(now).work(self._subject))

    def template(self, due_at: datetime) -> Template:
        subject = self._subject
        if subject.due_at != due_at:
            raise AssertionError(f"due at {subject.due_at}, not at {due_at}")
        return Template(
            to_json(subject.state) or "", to_json(subject.applied) or "", to_json(subject.written) or "", due_at
        )

    def _batch(self, now: datetime) -> Batch[Escalation]:
        nothing: Any = None
        return Batch(conn=nothing, codec=Codec(Escalation), source="bench", now=now, day=now.date(), next_seq=1)
