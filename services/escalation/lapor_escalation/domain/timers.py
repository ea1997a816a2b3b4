"""What is due next for a complaint, and doing it: one thing at a time, in the order of the due times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lapor_escalation.domain import ladder, ombudsman, silence
from lapor_escalation.domain.decision import Decision, Rules
from lapor_escalation.domain.state import Clock, Escalation, Round


def next_due(state: Escalation, rules: Rules) -> datetime | None:
    return min((due for due, _ in _pending(state, rules)), default=None)


def fire(state: Escalation, rules: Rules, *, due_by: datetime, now: datetime) -> Decision | None:
    """The first thing that is due by `due_by` (not later than `now`); None where nothing is. Call it until
    it gives None."""
    due = [(at, what) for at, what in _pending(state, rules) if at <= due_by]
    if not due:
        return None
    _, what = min(due, key=_order)
    match what:
        case ladder.NextStep():
            return ladder.climb(state, rules, what, now)
        case Clock():
            return silence.close(state, what)
        case Round():
            return ombudsman.expire(state, what)


def _order(item: tuple[datetime, ladder.NextStep | Clock | Round]) -> tuple[datetime, bool]:
    """Of several at one time the agency's first: what the Ombudsman is told of it spares the citizen's alert."""
    at, what = item
    return at, isinstance(what, ladder.NextStep) and what.clock.kind == "citizen"


def _pending(state: Escalation, rules: Rules) -> Iterator[tuple[datetime, ladder.NextStep | Clock | Round]]:
    for clock in state.clocks:
        step = ladder.next_step(clock, state, rules)
        if step is not None:
            yield step.due_at, step
        elif silence.waits(clock, state):
            yield clock.due_at, clock
    for case in state.cases:
        if case.closed:
            continue
        for asked in case.rounds:
            if asked.answered_at is None and not asked.expired:
                yield asked.answer_by, asked
