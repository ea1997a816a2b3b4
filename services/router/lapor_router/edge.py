"""The gatekeeper: agencies' replies and persons' decisions, checked before they count.

A reply that may not be given is answered in its agency's outlet; a decision that may not be taken raises
Invalid, and becomes a dead letter with the reason.
"""

from __future__ import annotations

from datetime import date, datetime

from lapor_chassis.batch import Work
from lapor_chassis.errors import Invalid
from lapor_contracts import agency_replies, decisions, replies
from lapor_contracts.agencies import AgencyEntry

from lapor_router.desk import Desk
from lapor_router.domain import declines, explain, report, texts
from lapor_router.domain.authority import Choice
from lapor_router.domain.officers import evidence, said, suggested
from lapor_router.domain.register import is_member
from lapor_router.domain.replies import ReplyKind, answered
from lapor_router.domain.state import Assignment, RouterState
from lapor_router.moves import ASSIGNMENTS, REPLIES, ask, assign, known, outlet, release

RouterWork = Work[RouterState]


def on_accepted(desk: Desk, work: RouterWork, event: agency_replies.AgencyAccepted) -> None:
    if checked := _check(desk, work, event.assignment, "accepted"):
        agency, assignment = checked
        work.emit(
            REPLIES,
            replies.Accepted(agency=agency, assignment=assignment.number, received_at=_received_at(work)),
        )
        work.subject.state = known(work).noted(assignment.number, "accepted", _received_at(work))


def on_followed_up(desk: Desk, work: RouterWork, event: agency_replies.AgencyFollowedUp) -> None:
    """Also after the closing, from the lead: it may owe the Ombudsman an explanation. It opens nothing."""
    if checked := _check(desk, work, event.assignment, "followed_up"):
        agency, assignment = checked
        work.emit(
            REPLIES,
            replies.FollowedUp(
                agency=agency,
                assignment=assignment.number,
                received_at=_received_at(work),
                text=said(event.text),
                attachments=evidence(event.attachments),
                lead=assignment.agency == agency,
            ),
        )


def on_resolved(desk: Desk, work: RouterWork, event: agency_replies.AgencyResolved) -> None:
    """It closes the complaint; only the reporter can reopen it."""
    if checked := _check(desk, work, event.assignment, "resolved"):
        agency, assignment = checked
        work.emit(
            REPLIES,
            replies.Resolved(
                agency=agency,
                assignment=assignment.number,
                received_at=_received_at(work),
                text=said(event.text),
                attachments=evidence(event.attachments),
            ),
        )
        work.subject.state = known(work).noted(assignment.number, "resolved", _received_at(work)).closed()


def on_declined(desk: Desk, work: RouterWork, event: agency_replies.AgencyDeclined) -> None:
    """Re-assigned at once, or a person decides: it is never nobody's."""
    checked = _check(desk, work, event.assignment, "declined")
    if checked is None:
        return
    agency, assignment = checked
    suggestion = suggested(event.suggested)
    work.emit(
        REPLIES,
        replies.Declined(
            agency=agency,
            assignment=assignment.number,
            received_at=_received_at(work),
            reason=said(event.reason),
            suggested=suggestion,
        ),
    )
    first = known(work).before_reopening(assignment)
    release(work, assignment, "declined")
    work.subject.state = state = known(work).declined(assignment, suggestion, _received_at(work))
    outcome = declines.next_after(first, suggestion, report.question(state, work.now), desk.context)
    if isinstance(outcome, Choice):
        assign(desk, work, outcome, "declined")
    else:
        work.emit(ASSIGNMENTS, outcome)
        work.subject.state = state.in_decision(outcome.why, outcome.arbiter, work.now)


def _check(desk: Desk, work: RouterWork, outlet_number: int, kind: ReplyKind) -> tuple[str, Assignment] | None:
    """The agency and the assignment that it answers; None where it got the reason in its outlet.

    Raises Invalid for a topic of an agency that was never in the register: it has no outlet.
    """
    assert work.source is not None and work.envelope is not None  # noqa: S101 - an edge event has both
    agency = work.source.outsider
    entry = desk.register.get(agency)
    if entry is None:
        raise Invalid("unknown_agency", "topic")
    state = work.subject.state
    today = report.question(state or RouterState(), work.now).today
    found = answered(state, entry.code, outlet_number, kind, member=is_member(entry, today))
    if isinstance(found, str):
        work.emit(outlet(entry.code), texts.rejected(work.envelope.id, found))
        return None
    return entry.code, found


def _received_at(work: RouterWork) -> datetime:
    assert work.source is not None  # noqa: S101 - an edge event has one
    return work.source.received_at


def on_decision_routed(desk: Desk, work: RouterWork, event: decisions.DecisionRouted) -> None:
    """Where a person was asked, and to move what an agency has; it binds, and an arbiter's is learned from."""
    state = _open_for_decision(work, may_move=True)
    question = report.question(state, work.now)
    lead = _member(desk, event.agency, "agency", question.today)
    copies = tuple(_member(desk, code, "copies", question.today) for code in event.copies if code != lead.code)
    if copies and state.report.secret:
        raise Invalid("secret_has_no_copies", "copies")
    current = state.current
    if current and current.agency == lead.code:
        raise Invalid("has_it_already", "agency")
    why = explain.by_decision(lead, said(event.decided_by), said(event.reason), question, desk.rules)
    if current:
        release(work, current, "moved")
        work.subject.state = state.noted(current.number, "moved", work.now)
    assign(desk, work, Choice(lead, copies, why), "moved" if current else "decision")
    if state.arbiter:
        work.subject.state = known(work).decided(state.arbiter, work.now)


def on_decision_archived(_: Desk, work: RouterWork, event: decisions.DecisionArchived) -> None:
    state = _open_for_decision(work)
    work.emit(ASSIGNMENTS, texts.archived(event.reason, said(event.text)))
    work.subject.state = state.over("archived")


def on_decision_out_of_scope(_: Desk, work: RouterWork, event: decisions.DecisionOutOfScope) -> None:
    state = _open_for_decision(work)
    pointed_to = explain.line(said(event.pointed_to))
    work.emit(ASSIGNMENTS, texts.out_of_scope(event.reason, pointed_to, said(event.text)))
    work.subject.state = state.over("out_of_scope")


def on_decision_asked(_: Desk, work: RouterWork, event: decisions.DecisionAsked) -> None:
    """The decision stays open."""
    _open_for_decision(work)
    ask(work, said(event.question))


def _open_for_decision(work: RouterWork, *, may_move: bool = False) -> RouterState:
    """Raises Invalid where there is nothing to decide."""
    state = known(work)
    if state.phase == "deciding" or (may_move and state.phase == "assigned"):
        return state
    raise Invalid("nothing_to_decide", f"phase:{state.phase}")


def _member(desk: Desk, code: str, field: str, today: date) -> AgencyEntry:
    entry = desk.register.get(code)
    if entry is None or not is_member(entry, today):
        raise Invalid("unknown_agency", field)
    return entry
