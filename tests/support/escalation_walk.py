"""One complaint in the hands of escalation's own handlers, event by event, without broker or database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from lapor_chassis.batch import Batch, Source
from lapor_chassis.subject import Subject
from lapor_contracts.envelope import decode
from lapor_contracts.events import EVENTS
from lapor_escalation import handlers
from lapor_escalation.domain.state import Escalation
from lapor_escalation.settings import rules_of

from tests.simulate.people import Office
from tests.simulate.stories import Act
from tests.simulate.writing import Complaint

RULES = rules_of(None, None)
_HANDLERS = handlers.bound(handlers.HANDLERS, RULES)


class Walk:
    """`offices`: whom its acts name by number."""

    def __init__(self, complaint: Complaint, offices: Sequence[Office]) -> None:
        self.subject: Subject[Escalation] = Subject(id=complaint.id, partition=0, new=True)
        self._complaint = complaint
        self._offices = offices

    def hears(self, act: Act, partition: int, offset: int) -> None:
        """What was written in the moment of the act, read there."""
        row = self._complaint.row(act, act.at, self._offices)
        envelope = decode([(name, v.encode() if isinstance(v, str) else v) for name, v in row.headers])
        event = EVENTS[envelope.type].model_validate_json(row.value)
        source = Source(row.topic, partition, offset, None, act.at)
        _HANDLERS[type(event)](self._batch(act.at).work(self.subject, envelope, source), event)
        self.subject.applied[row.topic] = envelope.number or 0

    def wakes(self, now: datetime) -> None:
        handlers.on_timer(RULES, self._batch(now).work(self.subject))

    @staticmethod
    def _batch(now: datetime) -> Batch[Escalation]:
        nothing: Any = None
        return Batch(conn=nothing, codec=nothing, source="walk", now=now, day=now.date(), next_seq=1)
