"""Who is told what: the one table. An event that is not in it is told to nobody."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lapor_contracts import alerts, assignments, complaints, escalations, replies
from lapor_contracts.base import Event, Zone
from lapor_contracts.notifications import Role

from lapor_notifier.domain.state import Assignment, NotifierState

# Codes of recipients; (None,) is the reporter, who has no code; () is nobody.
Recipients = tuple[str | None, ...]
Chooser = Callable[[NotifierState, Any], Recipients]


@dataclass(frozen=True, slots=True)
class Telling:
    """`template`: the file in texts/ without its ending."""

    template: str
    role: Role
    to: Chooser


@dataclass(frozen=True, slots=True)
class Message:
    """One mail to be written. `agency` and `zone`: whose assignment it tells of, and where its clock runs.

    `ladder`: the limit of an assignment that a reminder or a missed limit is about, else None.
    """

    template: str
    role: Role
    recipient: str | None
    agency: str | None
    zone: Zone
    ladder: str | None = None


def reporter(state: NotifierState, _event: Event) -> Recipients:
    return (None,) if state.reachable else ()


def reporter_who_may_reply(state: NotifierState, event: replies.FollowedUp) -> Recipients:
    """The lead's follow-up to an open complaint starts the time for the reporter's reply."""
    return reporter(state, event) if _starts_the_reply(state, event) else ()


def reporter_who_is_told(state: NotifierState, event: replies.FollowedUp) -> Recipients:
    """What a body with a copy did, or the lead wrote after the end, closes nothing by silence."""
    return () if _starts_the_reply(state, event) else reporter(state, event)


def _starts_the_reply(state: NotifierState, event: replies.FollowedUp) -> bool:
    return event.lead and event.assignment != state.closed


def lead(state: NotifierState, _event: Event) -> Recipients:
    return (state.assigned.agency,) if state.assigned else ()


def copied(state: NotifierState, _event: Event) -> Recipients:
    told = state.assigned
    return tuple(code for code in told.copies if code != told.agency) if told else ()


def lead_and_copied(state: NotifierState, event: Event) -> Recipients:
    return lead(state, event) + copied(state, event)


def measured(_state: NotifierState, event: escalations.Reminded | escalations.LimitMissed) -> Recipients:
    """The agency on its own clock only: the citizen's clock is against the system, not against the agency
    that got the complaint yesterday."""
    return (event.agency,) if event.clock == "agency" and event.agency else ()


def named(_state: NotifierState, event: escalations.Reprimanded | escalations.ClarificationAsked) -> Recipients:
    return (event.agency,) if event.agency else ()


def superior(_state: NotifierState, event: escalations.SuperiorTold | escalations.Undecided) -> Recipients:
    """On the citizen's clock this is the province's admin; without a code there is nobody to tell."""
    return (event.superior,) if event.superior else ()


def arbiter(_state: NotifierState, event: assignments.NeedsDecision) -> Recipients:
    """Whoever else may decide has a list to work from; an arbiter has to hear of it."""
    return (event.arbiter,) if event.arbiter else ()


def office(_state: NotifierState, event: alerts.Alerted | escalations.ReplyWaived) -> Recipients:
    return (event.office,)


AUDIENCE: dict[type[Event], tuple[Telling, ...]] = {
    complaints.Registered: (Telling("reporter_registered", "reporter", reporter),),
    complaints.Held: (Telling("reporter_held", "reporter", reporter),),
    complaints.ReporterReplied: (Telling("agency_reporter_replied", "agency", lead),),
    complaints.Withdrawn: (Telling("agency_withdrawn", "agency", lead_and_copied),),
    assignments.Assigned: (
        Telling("agency_assigned", "agency", lead),
        Telling("agency_copied", "agency", copied),
        Telling("reporter_assigned", "reporter", reporter),
    ),
    assignments.NeedsDecision: (Telling("arbiter_asked", "superior", arbiter),),
    assignments.QuestionAsked: (Telling("reporter_question_asked", "reporter", reporter),),
    assignments.Archived: (Telling("reporter_archived", "reporter", reporter),),
    assignments.OutOfScope: (Telling("reporter_out_of_scope", "reporter", reporter),),
    replies.FollowedUp: (
        Telling("reporter_followed_up", "reporter", reporter_who_may_reply),
        Telling("reporter_followed_up_also", "reporter", reporter_who_is_told),
    ),
    replies.Resolved: (Telling("reporter_resolved", "reporter", reporter),),
    escalations.Reminded: (Telling("agency_reminded", "agency", measured),),
    escalations.LimitMissed: (Telling("agency_limit_missed", "agency", measured),),
    escalations.SuperiorTold: (Telling("superior_told", "superior", superior),),
    # The system's own silence: a person was asked and has not decided.
    escalations.Undecided: (Telling("superior_told", "superior", superior),),
    escalations.ClosedBySilence: (Telling("reporter_closed_by_silence", "reporter", reporter),),
    escalations.ClarificationAsked: (Telling("agency_clarification_asked", "agency", named),),
    escalations.Reprimanded: (
        Telling("agency_reprimanded", "agency", named),
        Telling("reporter_reprimanded", "reporter", reporter),
    ),
    # So that the office knows, without counting days itself, that it may go on to a reprimand.
    escalations.ReplyWaived: (Telling("ombudsman_reply_waived", "ombudsman", office),),
    # The only source of the alert mail.
    alerts.Alerted: (Telling("ombudsman_alerted", "ombudsman", office),),
}


def messages(state: NotifierState, event: Event) -> tuple[Message, ...]:
    """`state` is the one after the event. Nobody is told the same thing twice in two roles."""
    told = _whose(state, event)
    return tuple(
        Message(
            template=telling.template,
            role=telling.role,
            recipient=recipient,
            agency=told.name if told else None,
            zone=told.zone if told else state.zone,
            ladder=ladder_of(event),
        )
        for telling in AUDIENCE.get(type(event), ())
        for recipient in dict.fromkeys(telling.to(state, event))
    )


def ladder_of(event: Event) -> str | None:
    """`assignment/limit` of a step on the agency's clock. A missed limit replaces its unsent reminder."""
    if isinstance(event, escalations.Reminded | escalations.LimitMissed) and event.clock == "agency":
        return f"{event.assignment}/{event.limit.rule}"
    return None


def _whose(state: NotifierState, event: Event) -> Assignment | None:
    """The assignment that the event names. One that could name an assignment and does not is about the
    citizen's clock and accuses nobody; any other is about the current one."""
    if isinstance(event, alerts.Alerted) and event.agency is not None:
        agency = event.agency
        return Assignment(agency=agency.code, name=agency.name, zone=agency.zone)
    if "assignment" not in type(event).model_fields:
        return state.assigned
    number: int | None = getattr(event, "assignment", None)
    return state.assignments.get(number) if number is not None else None
