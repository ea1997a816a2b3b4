"""A person was asked to decide whose complaint it is: that silence has a clock of its own.

Before the first assignment the citizen's clock of verification runs anyway. After it nothing else would wait for the
person: so the time for verification is given once more, from the question on, and when it is over the admin of the
province hears of it, once a question. The citizen's other clocks go on all the while.
"""

from __future__ import annotations

from datetime import datetime

from lapor_contracts import escalations
from msgspec.structs import replace

from lapor_escalation.domain import due, offices
from lapor_escalation.domain.decision import ESCALATIONS, Decision, Rules
from lapor_escalation.domain.due import Span
from lapor_escalation.domain.policy import limit_of
from lapor_escalation.domain.state import Asked, Escalation


def asked(state: Escalation, rules: Rules, arbiter: str | None, at: datetime) -> Escalation:
    """A second question before the first is answered is none."""
    verified = all(clock.rule != "verification" for clock in state.running)
    if state.asked is not None or not verified:
        return state
    limit = rules.policy.decision
    question = Asked(at, at, limit.value, limit.unit, limit.source, arbiter)
    return counted(replace(state, asked=question), rules)


def answered(state: Escalation) -> Escalation:
    return replace(state, asked=None) if state.asked is not None else state


def counted(state: Escalation, rules: Rules) -> Escalation:
    """Its due date by the calendar and the holds as they are now."""
    if state.asked is None:
        return state
    until = due.due_at(rules.calendar, span_of(state.asked, state), state.holds)
    return replace(state, asked=replace(state.asked, due_at=until))


def waits(state: Escalation) -> Asked | None:
    """The question, as long as its time runs."""
    running = state.asked is not None and state.asked.told_at is None and state.held_since is None
    return state.asked if running and state.closed is None else None


def tell(state: Escalation, rules: Rules, question: Asked, now: datetime) -> Decision:
    span = span_of(question, state)
    days = due.counted_days(rules.calendar, span, question.due_at, state.holds)
    event = escalations.Undecided(
        clock="citizen", asked_at=question.at, arbiter=question.arbiter, superior=offices.admin_of(state.area_code),
        limit=limit_of("verification", question.value, question.unit, question.source), due_at=question.due_at,
        counting=rules.calendar.counting(question.at, question.due_at, days, span.zone),
    )  # fmt: skip
    return Decision(replace(state, asked=replace(question, told_at=now)), ((ESCALATIONS, event),))


def span_of(question: Asked, state: Escalation) -> Span:
    return Span(question.at, question.value, question.unit, state.zone)
