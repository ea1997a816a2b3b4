"""The states of one story, as escalation's own handlers make them, one after each event and timer."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lapor_chassis.batch import Batch, Source
from lapor_chassis.subject import Subject
from lapor_contracts.envelope import decode
from lapor_contracts.events import EVENTS
from lapor_escalation import handlers
from lapor_escalation.domain.state import Escalation
from lapor_escalation.settings import rules_of

from tests.simulate.people import offices
from tests.simulate.stories import Act, story
from tests.simulate.writing import Complaint

SEED = 1
OFFICES = offices(700)
RULES = rules_of(None, None)
HANDLERS = handlers.bound(handlers.HANDLERS, RULES)
PARTITIONS, OFFSETS, NUMBERS = 8, 40_000_000, 9_999_999_999


def walked(number: int) -> list[Escalation]:
    """All its states, in order."""
    return _Walk(number).states


@dataclass
class _Walk:
    number: int
    states: list[Escalation] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.number)  # noqa: S311 - places and numbers that look like any
        acts = story(SEED, self.number, OFFICES)
        self._complaint = Complaint(self._chance.randrange(NUMBERS), acts)
        self._subject: Subject[Escalation] = Subject(id=self._complaint.id, partition=0, new=True)
        for act in acts:
            self._time_passes(act.at)
            self._hears(act)
        self._time_passes(None)

    def _time_passes(self, until: datetime | None) -> None:
        """`until` None: to the end of the ladder."""
        while (due := self._subject.due_at) is not None and (until is None or due <= until):
            self._subject.due_at = None
            handlers.on_timer(RULES, self._batch(due).work(self._subject))
            self._keep()

    def _hears(self, act: Act) -> None:
        row = self._complaint.row(act, act.at, OFFICES)
        envelope = decode([(name, v.encode() if isinstance(v, str) else v) for name, v in row.headers])
        handler = HANDLERS.get(EVENTS[envelope.type])
        event = EVENTS[envelope.type].model_validate_json(row.value)
        if handler is not None:
            source = Source(
                row.topic, self._chance.randrange(PARTITIONS), self._chance.randrange(OFFSETS), None, act.at
            )
            handler(self._batch(act.at).work(self._subject, envelope, source), event)
            self._keep()
        self._subject.applied[row.topic] = envelope.number or 0

    def _keep(self) -> None:
        if self._subject.state is not None:
            self.states.append(self._subject.state)

    def _batch(self, now: datetime) -> Batch[Escalation]:
        nothing: Any = None
        return Batch(conn=nothing, codec=nothing, source="packing", now=now, day=now.date(), next_seq=1)
