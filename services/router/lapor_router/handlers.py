"""What the router does at each event; the tables at the foot are the contents.

Handlers do no I/O: they change the complaint's state and emit events, all in the batch's transaction.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lapor_chassis.batch import Work
from lapor_contracts import agency_replies, complaints, decisions, escalations
from lapor_contracts.agency import (
    AgencyClarificationAsked,
    AgencyLimitMissed,
    AgencyReminded,
    AgencyReporterReplied,
    AgencyReprimanded,
    AgencyWithdrawn,
)
from lapor_contracts.base import Event

from lapor_router import edge
from lapor_router.desk import Desk
from lapor_router.domain import explain, report, texts
from lapor_router.domain.authority import Choice
from lapor_router.domain.life import in_place_of
from lapor_router.domain.policy import HELD_FOR
from lapor_router.domain.state import Assignment, RouterState
from lapor_router.handing_over import hand_over, still_members
from lapor_router.moves import ASSIGNMENTS, OPEN_TO_CONTENT, assign, known, outlet, release, route, tell

RouterWork = Work[RouterState]


def on_registered(desk: Desk, work: RouterWork, event: complaints.Registered) -> None:
    """A complete complaint is routed at once; an incomplete one waits for its reporter."""
    work.subject.state = desk.understand(RouterState(report=report.registered(event)))
    if event.complete:
        route(desk, work)
    else:
        work.subject.due_at = event.received_at + HELD_FOR


def on_held(_: Desk, work: RouterWork, event: complaints.Held) -> None:
    """The time runs from when the reporter was asked."""
    if known(work).phase == "held" and work.envelope is not None:
        work.subject.due_at = work.envelope.time + HELD_FOR


def on_completed(desk: Desk, work: RouterWork, event: complaints.Completed) -> None:
    """Routed now, also where the time was over already: a report is not lost for being late."""
    state = known(work)
    changed = desk.understand(replace(state, report=report.completed(state.report, event)))
    if state.phase == "held" or state.ended == "no_data":
        work.subject.state = changed
        route(desk, work)
    else:
        _content_changed(desk, work, changed)


def on_amended(desk: Desk, work: RouterWork, event: complaints.Amended) -> None:
    state = known(work)
    changed = replace(state, report=report.amended(state.report, event))
    _content_changed(desk, work, desk.understand(changed))


def _content_changed(desk: Desk, work: RouterWork, changed: RouterState) -> None:
    if changed.phase == "ended":
        return
    work.subject.state = changed
    if changed.current:
        tell(work, changed.current, report.as_it_is_now(changed.report))
    elif changed.phase == "deciding" and changed.undecided in OPEN_TO_CONTENT and not changed.declined_by:
        route(desk, work)


def on_reporter_replied(desk: Desk, work: RouterWork, event: complaints.ReporterReplied) -> None:
    """To the lead alone: it is an answer to what the lead wrote. Before there is one, it is the answer to a question,
    and part of the complaint."""
    state = known(work)
    at = work.envelope.time if work.envelope else work.now
    changed = replace(state, report=report.answered(state, event, at))
    if state.current:
        told = AgencyReporterReplied(text=event.text, attachments=event.attachments)
        tell(work, state.current, told, copies=False)
        work.subject.state = changed
    else:
        _content_changed(desk, work, desk.understand(changed))


def on_reopened(desk: Desk, work: RouterWork, event: complaints.Reopened) -> None:
    """A new assignment to the same agency, with limits of its own; if it has left, by the rules."""
    state = known(work)
    current = state.current
    if state.phase != "closed" or current is None or current.number != event.assignment:
        return
    question = report.question(state, work.now)
    lead = in_place_of(current.agency, desk.register, question.today)
    if lead is None or lead.code in question.tried:
        route(desk, work)
        return
    copies = still_members(current, lead, desk.register, question)
    assign(desk, work, Choice(lead, copies, explain.reopened(lead, question, desk.rules)), "reopened")


def on_withdrawn(_: Desk, work: RouterWork, event: complaints.Withdrawn) -> None:
    state = known(work)
    if state.phase == "ended":
        return
    if state.phase == "assigned" and state.current:
        _withdraw(work, state.current)
    elif state.phase != "closed":
        work.emit(ASSIGNMENTS, texts.archived("withdrawn"))
    work.subject.state = state.over("withdrawn")
    work.subject.due_at = None


def _withdraw(work: RouterWork, current: Assignment) -> None:
    release(work, current, "withdrawn")
    tell(work, current, AgencyWithdrawn())


def on_reminded(_: Desk, work: RouterWork, event: escalations.Reminded) -> None:
    if current := _concerned(work, event.clock, event.assignment):
        told = AgencyReminded(assignment=current.outlet_number, limit=event.limit, due_at=event.due_at)
        tell(work, current, told, copies=False)


def on_limit_missed(_: Desk, work: RouterWork, event: escalations.LimitMissed) -> None:
    if current := _concerned(work, event.clock, event.assignment):
        told = AgencyLimitMissed(assignment=current.outlet_number, limit=event.limit, due_at=event.due_at)
        tell(work, current, told, copies=False)


def _concerned(work: RouterWork, clock: escalations.Clock, assignment: int | None) -> Assignment | None:
    """The assignment, if it is still being worked on: nobody is reminded of what is no longer theirs, and
    the citizen's clock is against the system, not against an agency."""
    state = known(work)
    current = state.current
    if clock != "agency" or state.phase != "assigned" or current is None or current.number != assignment:
        return None
    return current


def on_clarification_asked(desk: Desk, work: RouterWork, event: escalations.ClarificationAsked) -> None:
    agency, number = _meant(desk, work, event)
    if agency is not None:
        told = AgencyClarificationAsked(
            assignment=number, round=event.round, text=event.text, answer_by=event.answer_by
        )
        work.emit(outlet(agency), told)


def on_reprimanded(desk: Desk, work: RouterWork, event: escalations.Reprimanded) -> None:
    agency, number = _meant(desk, work, event)
    if agency is not None:
        work.emit(outlet(agency), AgencyReprimanded(assignment=number, text=event.text))


def _meant(
    desk: Desk, work: RouterWork, event: escalations.ClarificationAsked | escalations.Reprimanded
) -> tuple[str | None, int | None]:
    """Whom the Ombudsman means, and the assignment's number in its outlet: the agency that did it or left it
    undone, also when the complaint is no longer its own. On the citizen's clock no agency is meant, and
    whoever has the complaint today is not to answer for yesterday."""
    meant = known(work).assignment(event.assignment)
    agency = meant.agency if meant else event.agency
    if desk.register.get(agency) is None:
        return None, None
    return agency, meant.outlet_number if meant else None


def on_closed_by_silence(_: Desk, work: RouterWork, event: escalations.ClosedBySilence) -> None:
    """As a resolution: until the reporter reopens it no reply counts."""
    state = known(work)
    if state.phase == "assigned" and state.current and state.current.number == event.assignment:
        work.subject.state = state.closed()


def on_timer(desk: Desk, work: RouterWork) -> None:
    """What was missing did not come; or whose complaint it is may have left."""
    state = known(work)
    if state.phase == "held":
        work.emit(ASSIGNMENTS, texts.archived("no_data"))
        work.subject.state = state.over("no_data")
    else:
        hand_over(desk, work)


RouterHandler = Callable[[Desk, RouterWork, Any], None]

HANDLERS: dict[type[Event], RouterHandler] = {
    complaints.Registered: on_registered,
    complaints.Held: on_held,
    complaints.Completed: on_completed,
    complaints.Amended: on_amended,
    complaints.ReporterReplied: on_reporter_replied,
    complaints.Reopened: on_reopened,
    complaints.Withdrawn: on_withdrawn,
    escalations.Reminded: on_reminded,
    escalations.LimitMissed: on_limit_missed,
    escalations.ClarificationAsked: on_clarification_asked,
    escalations.Reprimanded: on_reprimanded,
    escalations.ClosedBySilence: on_closed_by_silence,
}

EDGE_HANDLERS: dict[type[Event], RouterHandler] = {
    agency_replies.AgencyAccepted: edge.on_accepted,
    agency_replies.AgencyDeclined: edge.on_declined,
    agency_replies.AgencyFollowedUp: edge.on_followed_up,
    agency_replies.AgencyResolved: edge.on_resolved,
    decisions.DecisionRouted: edge.on_decision_routed,
    decisions.DecisionArchived: edge.on_decision_archived,
    decisions.DecisionOutOfScope: edge.on_decision_out_of_scope,
    decisions.DecisionAsked: edge.on_decision_asked,
}
