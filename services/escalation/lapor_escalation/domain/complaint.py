"""What the reporter did: registered, held and completed, amended, replied, reopened, withdrawn."""

from __future__ import annotations

from datetime import datetime

from lapor_contracts import complaints
from lapor_contracts.base import Place
from msgspec.structs import replace

from lapor_escalation.domain import clocks, silence
from lapor_escalation.domain.decision import Decision, Rules
from lapor_escalation.domain.ending import end, open_again
from lapor_escalation.domain.state import Escalation
from lapor_escalation.domain.zones import zone_of


def registered(event: complaints.Registered, rules: Rules) -> Decision:
    """The citizen's clock: the whole, and until somebody has verified and forwarded it."""
    state = Escalation(
        tracking_id=event.tracking_id,
        title=event.title,
        report_type=event.report_type,
        anonymous=event.anonymous,
        secret=event.secret,
        received_at=event.received_at,
        zone=zone_of(event.place.area_code),
        calendar=rules.calendar.version,
        area_code=event.place.area_code,
        category=event.category,
    )
    return clocks.start_citizens(state, rules, "whole").then(lambda s: clocks.start_citizens(s, rules, "verification"))


def held(state: Escalation, rules: Rules, at: datetime) -> Decision:
    """A complaint is on hold or it is not: a second hold inside of the first adds nothing, and the first
    `completed` ends it."""
    return Decision(state) if state.held_since is not None else clocks.pause(state, rules, at)


def completed(state: Escalation, rules: Rules, place: Place | None, at: datetime) -> Decision:
    state = _placed(state, place)
    return Decision(state) if state.held_since is None else clocks.resume(state, rules, at)


def amended(state: Escalation, event: complaints.Amended) -> Decision:
    """A clock that runs keeps the zone in which it was counted, and its limit."""
    named = replace(state, title=event.title or state.title, category=event.category or state.category)
    return Decision(_placed(named, event.place))


def reporter_replied(state: Escalation, at: datetime) -> Decision:
    return silence.reporter_replied(state, at)


def reopened(state: Escalation, event: complaints.Reopened, at: datetime) -> Decision:
    """Only what was resolved is reopened; the next assignment, with clocks of its own, is the router's."""
    resolved = state.closed in ("resolved", "silence")
    current = state.lead is None or event.assignment == state.lead.assignment
    return open_again(state, at, "reopened") if resolved and current else Decision(state)


def withdrawn(state: Escalation, at: datetime) -> Decision:
    return end(state, "withdrawn", at)


def _placed(state: Escalation, place: Place | None) -> Escalation:
    if place is None or place.area_code is None:
        return state
    return replace(state, area_code=place.area_code, zone=zone_of(place.area_code))
