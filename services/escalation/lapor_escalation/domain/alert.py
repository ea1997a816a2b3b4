"""The alert to the Ombudsman, with its proof: what was handed in when, to whom it was assigned, what it answered, every
reminder, every missed limit, whom else was told (UU 37/2008 Ps 24: the body concerned had its chance)."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

from lapor_contracts import alerts, assignments, complaints, escalations, replies
from lapor_contracts.base import Agency, Event
from msgspec.structs import replace

from lapor_escalation.domain import offices
from lapor_escalation.domain.state import Case, Clock, Escalation, Evidence, Lead

# An agency may follow up as often as it likes, and an event has a greatest size: beyond so many, only what the
# ladder and the assignments say is kept.
MOST: Final = 200
COMMON: Final = (complaints.Held, complaints.Completed, complaints.Reopened, replies.FollowedUp, escalations.ClockMoved)


def office_of(state: Escalation, lead: Lead | None) -> str:
    """The Ombudsman's office of the agency's place, else of the complaint's, else the national one."""
    if lead is not None and lead.ombudsman_office is not None:
        return lead.ombudsman_office
    place = offices.place_of(lead.code) if lead is not None else None
    return offices.office_at(place or state.area_code)


def accused(state: Escalation, clock: Clock) -> Lead | None:
    """The agency whose limit it is; nobody's where the system itself was silent."""
    return state.lead if state.lead is not None and clock.assignment == state.lead.assignment else None


def alerted(state: Escalation, clock: Clock) -> alerts.Alerted:
    lead = accused(state, clock)
    return alerts.Alerted(
        tracking_id=state.tracking_id,
        office=office_of(state, lead),
        agency=_agency(lead),
        assignment=clock.assignment,
        title=state.title,
        secret=state.secret,
        anonymous=state.anonymous,
        limit=clock.limit,
        due_at=clock.due_at,
        proof=tuple(_proof(evidence) for evidence in state.evidence),
        proof_cut=len(state.evidence) >= MOST,
    )


def opened_case(state: Escalation, clock: Clock, now: datetime) -> Case:
    lead = accused(state, clock)
    return Case(
        office=office_of(state, lead), alerted_at=now, assignment=clock.assignment, agency=lead.code if lead else None
    )


def describe(event: Event) -> str | None:
    """What an event proves, in the words of an alert; None for one that proves nothing."""
    match event:
        case complaints.Registered() | complaints.Held() | complaints.Completed() | assignments.NeedsDecision():
            return WORDS[type(event)]
        case complaints.Reopened():
            return f"reopened: #{event.assignment}"
        case assignments.Assigned():
            return f"assigned: {event.agency.name} ({event.agency.code})"[:200]
        case assignments.Released():
            return f"released: #{event.assignment}"
        case replies.Accepted() | replies.Declined() | replies.FollowedUp() | replies.Resolved():
            return f"{WORDS[type(event)]}: {event.agency}"
        case _:
            return _said(event)


def _said(event: Event) -> str | None:
    """Of our own."""
    match event:
        case escalations.Reminded() | escalations.LimitMissed() | escalations.ClockMoved():
            return f"{WORDS[type(event)]}: {event.limit.rule}"
        case escalations.SuperiorTold() | escalations.Undecided():
            return f"{WORDS[type(event)]}: {event.superior or '-'}"
        case escalations.Overtaken():
            return f"overtaken: {event.step}"
        case _:
            return None


WORDS: Final[dict[type[Event], str]] = {
    complaints.Registered: "registered",
    complaints.Held: "held",
    complaints.Completed: "completed",
    assignments.NeedsDecision: "needs_decision",
    replies.Accepted: "accepted",
    replies.Declined: "declined",
    replies.FollowedUp: "followed_up",
    replies.Resolved: "resolved",
    escalations.Reminded: "reminded",
    escalations.LimitMissed: "limit_missed",
    escalations.ClockMoved: "clock_moved",
    escalations.SuperiorTold: "superior_told",
    escalations.Undecided: "undecided",
}


def evidence_of(
    event: Event, *, at: datetime, topic: str, number: int, event_id: UUID, partition: int | None = None,
    offset: int | None = None,
) -> Evidence | None:  # fmt: skip
    what = describe(event)
    return None if what is None else Evidence(what, at, topic, number, event_id, partition, offset)


def proven(state: Escalation, event: Event, evidence: Evidence) -> Escalation:
    if isinstance(event, COMMON) and len(state.evidence) >= MOST:
        return state
    return replace(state, evidence=(*state.evidence, evidence))


def _proof(evidence: Evidence) -> alerts.Proof:
    return alerts.Proof(
        what=evidence.what, at=evidence.at, topic=evidence.topic, number=evidence.number, event_id=evidence.event_id,
        partition=evidence.partition, offset=evidence.offset,
    )  # fmt: skip


def _agency(lead: Lead | None) -> Agency | None:
    if lead is None:
        return None
    return Agency(
        code=lead.code, name=lead.name, zone=lead.zone, superior=lead.superior, ombudsman_office=lead.ombudsman_office
    )
