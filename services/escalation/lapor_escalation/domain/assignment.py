"""Whose complaint it is: each assignment has its own fair limit, also a second one to the same agency."""

from __future__ import annotations

from datetime import datetime

from lapor_contracts.base import Agency
from msgspec.structs import replace

from lapor_escalation.domain import clocks, undecided
from lapor_escalation.domain.decision import Decision, Rules
from lapor_escalation.domain.ending import end, open_again
from lapor_escalation.domain.state import Clock, Escalation, Lead


def assigned(state: Escalation, rules: Rules, agency: Agency, number: int, at: datetime) -> Decision:
    """Ends the time for verification; from the first one on, some agency has to accept the complaint."""
    if state.closed == "withdrawn":
        return Decision(state)
    lead = Lead(
        assignment=number, code=agency.code, name=agency.name, zone=agency.zone, superior=agency.superior,
        ombudsman_office=agency.ombudsman_office, assigned_at=at,
    )  # fmt: skip
    return (
        open_again(undecided.answered(state), at, "assigned")
        .then(lambda s: clocks.stop(s, _of_another(number), at, "released"))
        .then(lambda s: clocks.stop(replace(s, lead=lead), _verifies, at, "answered"))
        .then(lambda s: clocks.start_citizens(s, rules, "acceptance"))
        .then(lambda s: clocks.start_agencys(s, rules, "first_response", lead, at))
    )


def released(state: Escalation, number: int, at: datetime) -> Decision:
    if state.lead is not None and state.lead.assignment == number:
        state = replace(state, lead=None)
    return clocks.stop(state, lambda clock: clock.assignment == number, at, "released")


def needs_decision(state: Escalation, rules: Rules, at: datetime, arbiter: str | None = None) -> Decision:
    """Nobody's until a person decides, so it is open: also where missing data came after the archiving, or the
    reporter's silence closed what the agency was declining. The system's own clocks go on where they were, and
    the person's time runs."""
    if state.closed == "withdrawn":
        return Decision(state)
    return (
        open_again(replace(state, lead=None), at, "undecided")
        .then(lambda s: clocks.stop(s, lambda clock: clock.kind == "agency", at, "released"))
        .then(lambda s: clocks.go_on(s, _waits_for_the_system, at, "undecided"))
        .then(lambda s: Decision(undecided.asked(s, rules, arbiter, at)))
    )


def archived(state: Escalation, at: datetime) -> Decision:
    return end(state, "archived", at)


def out_of_scope(state: Escalation, at: datetime) -> Decision:
    return end(state, "out_of_scope", at)


def _verifies(clock: Clock) -> bool:
    return clock.rule == "verification"


def _waits_for_the_system(clock: Clock) -> bool:
    """Nobody verified or accepted it: only an end that is undone now had stopped the clock."""
    ended = clock.stopped is not None and clock.stopped.cause in ("archived", "closed")
    return ended and clock.rule in ("verification", "acceptance")


def _of_another(number: int) -> clocks.Matches:
    return lambda clock: clock.kind == "agency" and clock.assignment != number
