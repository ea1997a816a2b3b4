"""The alert to the Ombudsman, with its proof: what was handed in when, to whom it was assigned, every
reminder, every missed limit, whom else was told (UU 37/2008 Ps 24: the body concerned had its chance)."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from lapor_contracts import alerts, assignments, complaints, escalations
from lapor_contracts.base import Agency, Event

from lapor_escalation.domain import policy
from lapor_escalation.domain.state import Case, Clock, Escalation, Evidence, Lead
from lapor_escalation.domain.zones import province_of


def office_of(state: Escalation, lead: Lead | None) -> str:
    """The Ombudsman's office of the agency's place, else of the complaint's, else the national one."""
    if lead is not None and lead.ombudsman_office is not None:
        return lead.ombudsman_office
    return policy.OMBUDSMAN_OFFICES.get(province_of(state.area_code) or "", policy.NATIONAL_OMBUDSMAN)


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
    )


def opened_case(state: Escalation, clock: Clock, now: datetime) -> Case:
    lead = accused(state, clock)
    return Case(
        office=office_of(state, lead), alerted_at=now, assignment=clock.assignment, agency=lead.code if lead else None
    )


def describe(event: Event) -> str | None:
    """What an event proves, in the words of an alert; None for one that proves nothing."""
    match event:
        case complaints.Registered():
            return "registered"
        case assignments.Assigned():
            return f"assigned: {event.agency.name} ({event.agency.code})"[:200]
        case escalations.Reminded():
            return f"reminded: {event.limit.rule}"
        case escalations.LimitMissed():
            return f"limit_missed: {event.limit.rule}"
        case escalations.SuperiorTold():
            return f"superior_told: {event.superior or '-'}"
        case _:
            return None


def evidence_of(event: Event, *, at: datetime, topic: str, number: int, event_id: UUID) -> Evidence | None:
    what = describe(event)
    return None if what is None else Evidence(what, at, topic, number, event_id)


def _proof(evidence: Evidence) -> alerts.Proof:
    return alerts.Proof(
        what=evidence.what, at=evidence.at, topic=evidence.topic, number=evidence.number, event_id=evidence.event_id
    )


def _agency(lead: Lead | None) -> Agency | None:
    if lead is None:
        return None
    return Agency(
        code=lead.code, name=lead.name, zone=lead.zone, superior=lead.superior, ombudsman_office=lead.ombudsman_office
    )
