"""What other services' events change in the reporter's view."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lapor_contracts import assignments, escalations, replies
from lapor_contracts.base import Event
from lapor_contracts.status import apply

from lapor_intake.domain.state import IntakeState, StepCode, with_step


def progressed(state: IntakeState, event: Event, number: int, at: datetime) -> IntakeState:
    """`number`: the event's on its topic; `at`: when it was written. Unknown events change nothing."""
    state = replace(state, facts=apply(state.facts, event, number))
    match event:
        case replies.Resolved():
            state, at = replace(state, resolved_at=event.received_at), event.received_at
        case escalations.ClosedBySilence():
            state = replace(state, resolved_at=at)
        case replies.Accepted() | replies.Declined() | replies.FollowedUp():
            at = event.received_at
        case _:
            pass
    step = _step(event)
    return with_step(state, step[0], at, *step[1:]) if step else state


def _step(event: Event) -> tuple[StepCode, str | None, str | None] | None:  # noqa: PLR0911 - a line an event
    match event:
        case assignments.Assigned():
            return "assigned", event.agency.name, event.explanation.text_id
        case assignments.Released():
            return "released", event.agency, None
        case assignments.NeedsDecision():
            return "needs_decision", None, event.text_id
        case assignments.QuestionAsked():
            return "question_asked", None, event.question
        case assignments.Archived():
            return "archived", None, event.text_id
        case assignments.OutOfScope():
            return "out_of_scope", event.pointed_to, event.text_id
        case replies.Accepted():
            return "accepted", event.agency, None
        case replies.Declined():
            return "declined", event.agency, event.reason
        case replies.FollowedUp():
            return "followed_up", event.agency, event.text
        case replies.Resolved():
            return "resolved", event.agency, event.text
        case _:
            return _escalated(event)


def _escalated(event: Event) -> tuple[StepCode, str | None, str | None] | None:  # noqa: PLR0911 - a line an event
    match event:
        case escalations.Reminded():
            return "reminded", event.agency, None
        case escalations.LimitMissed():
            return "limit_missed", event.agency, None
        case escalations.SuperiorTold():
            return "superior_told", event.superior, None
        case escalations.ClosedBySilence():
            return "closed_by_silence", None, None
        case escalations.Acknowledged():
            return "acknowledged", event.office, None
        case escalations.ClarificationAsked():
            return "clarification_asked", event.office, event.text
        case escalations.ReplyWaived():
            return "reply_waived", event.office, None
        case escalations.Reprimanded():
            return "reprimanded", event.office, event.text
        case escalations.CaseClosed():
            return "case_closed", event.office, event.text
        case _:
            return None
