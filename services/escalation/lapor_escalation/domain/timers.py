"""What is due next for a complaint, and doing it: one thing at a time, in the order of the due times."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from lapor_escalation.domain import ladder, ombudsman, silence, undecided
from lapor_escalation.domain.decision import Decision, Rules
from lapor_escalation.domain.state import Asked, Case, Clock, Escalation, Round

What = ladder.NextStep | Clock | Asked | Round | Case
Due = tuple[datetime, What]


def next_due(state: Escalation, rules: Rules) -> Due | None:
    """What comes first, and when."""
    return min(_pending(state, rules), key=_order, default=None)


def fire(state: Escalation, rules: Rules, due: Due, now: datetime) -> Decision:
    """`due`: what comes first, and has come by `now`. Then something else does."""
    _, what = due
    match what:
        case ladder.NextStep():
            return ladder.climb(state, rules, what, now)
        case Clock():
            return silence.close(state, what)
        case Round():
            return ombudsman.expire(state, rules, what)
        case Case():
            return ombudsman.ignore(state, what)
        case Asked():
            return undecided.tell(state, rules, what, now)


def _order(item: Due) -> tuple[datetime, bool]:
    """Of several at one time the agency's first: what the Ombudsman is told of it spares the citizen's alert."""
    at, what = item
    return at, isinstance(what, ladder.NextStep) and what.clock.kind == "citizen"


def _pending(state: Escalation, rules: Rules) -> Iterator[Due]:
    for clock in state.clocks:
        step = ladder.next_step(clock, state, rules)
        if step is not None:
            yield step.due_at, step
        elif silence.waits(clock, state):
            yield clock.due_at, clock
    question = undecided.waits(state)
    if question is not None:
        yield question.due_at, question
    for case in state.cases:
        if case.closed:
            continue
        if case.heed_by is not None and ombudsman.may_heed(state, case):
            yield case.heed_by, case
        for asked in case.rounds:
            if asked.answered_at is None and not asked.expired:
                yield asked.answer_by, asked
