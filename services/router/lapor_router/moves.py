"""How a decision becomes events: the agencies' outlets and lapor.assignments, in one transaction."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

from lapor_chassis.batch import Work
from lapor_contracts.agency import AgencyReleased
from lapor_contracts.assignments import Assigned, NeedsDecision, OutOfScope, QuestionAsked, Released
from lapor_contracts.base import Event
from lapor_contracts.catalogue import topic

from lapor_router.desk import Desk
from lapor_router.domain import report, texts
from lapor_router.domain.authority import Choice, Outcome
from lapor_router.domain.register import as_agency
from lapor_router.domain.state import Assignment, AssignmentReason, Copy, RouterState

ASSIGNMENTS = "lapor.assignments"
REPLIES = "lapor.replies"
_OUTLET = topic("lapor.agency.{code}")
# What new content may decide, unless somebody has declined: then a person does.
OPEN_TO_CONTENT = ("no_area", "no_category", "no_rule", "not_joined")
ReleaseReason = Literal["declined", "moved", "agency_left", "withdrawn", "decision"]


def outlet(code: str) -> str:
    return _OUTLET.of(code)


def known(work: Work[RouterState]) -> RouterState:
    """The complaint's state. A handler is called without one only where an operator has dismissed its
    registration: then there is nothing that could be routed."""
    return work.subject.state or RouterState(phase="ended", ended="dismissed")


def route(desk: Desk, work: Work[RouterState]) -> None:
    """By the rules of the complaint's day."""
    state = known(work)
    carry_out(desk, work, desk.decide(report.question(state, work.now)), "authority")


def carry_out(desk: Desk, work: Work[RouterState], outcome: Outcome, reason: AssignmentReason) -> None:
    state = known(work)
    match outcome:
        case Choice():
            assign(desk, work, outcome, reason)
        case NeedsDecision():
            # Asked again for the same reason, a person has nothing new to decide.
            if (state.phase, state.undecided) != ("deciding", outcome.why):
                work.emit(ASSIGNMENTS, outcome)
            work.subject.state = state.in_decision(outcome.why, outcome.arbiter, work.now)
            _ask_where(work)
        case OutOfScope():
            work.emit(ASSIGNMENTS, outcome)
            work.subject.state = state.over("out_of_scope")


def _ask_where(work: Work[RouterState]) -> None:
    """Once, while it is open to what the reporter says. The decision stays open: a person may know the place."""
    state = known(work)
    if texts.WHERE in state.asked or state.declined_by or state.undecided not in OPEN_TO_CONTENT:
        return
    if state.undecided == "no_area" or report.place_is_open(state.report, report.question(state, work.now)):
        ask(work, texts.WHERE)


def ask(work: Work[RouterState], question: str) -> None:
    """The reporter; `question`: redacted."""
    work.emit(ASSIGNMENTS, QuestionAsked(question=question))
    work.subject.state = known(work).asking(question)


def assign(desk: Desk, work: Work[RouterState], choice: Choice, reason: AssignmentReason) -> None:
    """The outlets first: `assigned` on lapor.assignments names the number in the lead's. What the reporter wrote
    before, to nobody or to another agency, goes to the lead alone, as every answer."""
    state = known(work)
    today = report.question(state, work.now).today
    outlet_number = work.emit(outlet(choice.lead.code), report.for_agency(state.report, choice.explanation, lead=True))
    copies: tuple[Copy, ...] = ()
    if choice.copies:
        copy = report.for_agency(state.report, choice.explanation, lead=False)
        copies = tuple(Copy(entry.code, work.emit(outlet(entry.code), copy)) for entry in choice.copies)
    event = Assigned(
        agency=as_agency(choice.lead, today, desk.rules.former_names),
        copies=tuple(copy.agency for copy in copies),
        reason=reason,
        round=state.next_round,
        outlet_number=outlet_number,
        explanation=choice.explanation,
    )
    work.subject.state = state.assigned(
        Assignment(
            number=work.emit(ASSIGNMENTS, event),
            agency=choice.lead.code,
            outlet_number=outlet_number,
            copies=copies,
            reason=reason,
            round=event.round,
        )
    )
    if state.report.answers:
        known_to_lead, news = report.given_to(state.report, choice.lead.code)
        for told in news:
            work.emit(outlet(choice.lead.code), told)
        work.subject.state = replace(known(work), report=known_to_lead)
    work.subject.due_at = None


def release(work: Work[RouterState], assignment: Assignment, reason: ReleaseReason) -> None:
    """The assignment is over without a resolution; whoever had it, or a copy, is told."""
    work.emit(ASSIGNMENTS, Released(assignment=assignment.number, agency=assignment.agency, reason=reason))
    work.emit(outlet(assignment.agency), AgencyReleased(assignment=assignment.outlet_number, reason=reason))
    for copy in assignment.copies:
        work.emit(outlet(copy.agency), AgencyReleased(assignment=copy.outlet_number, reason=reason))


def tell(work: Work[RouterState], assignment: Assignment, event: Event, *, copies: bool = True) -> None:
    """An event for the lead's outlet and, with `copies`, for theirs."""
    for code in (assignment.agency, *(copy.agency for copy in assignment.copies if copies)):
        work.emit(outlet(code), event)
