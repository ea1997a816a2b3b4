"""Events in words, for a person who follows one complaint."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any

from lapor_contracts import alerts, assignments, complaints, escalations, notifications, replies
from lapor_contracts.base import Event

ZONES = {"WIB": timezone(timedelta(hours=7)), "WITA": timezone(timedelta(hours=8)), "WIT": timezone(timedelta(hours=9))}
REPLY_WORDS = {
    replies.Accepted: "accepts the assignment",
    replies.FollowedUp: "posts a follow-up",
    replies.Resolved: "reports it as resolved",
}


def local(at: datetime, zone: str = "WITA") -> str:
    """`Wed 4 Oct 2023 10.00 WITA`: as an office clock shows it."""
    there = at.astimezone(ZONES.get(zone, UTC))
    return f"{there:%a} {there.day} {there:%b %Y %H.%M} {zone}"


def limit_words(limit: escalations.Limit) -> str:
    unit = "working days" if limit.unit == "working_days" else "calendar days"
    return f"{limit.rule.replace('_', ' ')}, {limit.value} {unit}"


def counting_words(counting: escalations.Counting) -> str:
    """Which days were counted, and by which calendar."""
    days = ", ".join(day_words(day) for day in counting.days)
    provisional = ", provisional" if counting.provisional else ""
    return f"received {day_words(counting.receipt_day)}; counted {days} ({counting.zone}{provisional})"


def day_words(day: str) -> str:
    """`Wed 4 Oct` of an ISO date; anything else as it is."""
    try:
        parsed = date.fromisoformat(day)
    except ValueError:
        return day
    return f"{parsed:%a} {parsed.day} {parsed:%b}"


def _who(event: Any) -> str:
    return f"{event.agency}" if getattr(event, "agency", None) else "all of us"


def _clock(event: Any) -> str:
    return "the agency's clock" if event.clock == "agency" else "the citizen's clock"


_WORDS: dict[type[Event], Callable[[Any], str]] = {
    complaints.Registered: lambda e: (
        f"registered as {e.tracking_id}: {e.title}" + (" (anonymous)" if e.anonymous else "")
    ),
    complaints.Held: lambda e: f"held: {', '.join(e.missing)} missing, the reporter is asked",
    complaints.Completed: lambda _: "the reporter sent what was missing",
    complaints.Amended: lambda _: "the reporter amended it",
    complaints.ReporterReplied: lambda _: "the reporter replies",
    complaints.Reopened: lambda _: "the reporter does not accept the resolution: reopened",
    complaints.Withdrawn: lambda _: "withdrawn by the reporter",
    complaints.Rated: lambda e: f"rated {e.stars} of 5",
    assignments.Assigned: lambda e: f"assigned to {e.agency.name}",
    assignments.Released: lambda e: f"released from {e.agency} ({e.reason.replace('_', ' ')})",
    assignments.NeedsDecision: lambda e: f"a person has to decide: {e.text_en}",
    assignments.QuestionAsked: lambda _: "the reporter is asked a question",
    assignments.Archived: lambda e: f"archived: {e.text_en}",
    assignments.OutOfScope: lambda e: f"out of scope, pointed to {e.pointed_to}",
    replies.Accepted: lambda e: f"{e.agency} accepts",
    replies.Declined: lambda e: (
        f"{e.agency} declines: not our authority" + (f", suggests {e.suggested}" if e.suggested else "")
    ),
    replies.FollowedUp: lambda e: f"{e.agency} follows up: {e.text}",
    replies.Resolved: lambda e: f"{e.agency} resolves: {e.text}",
    escalations.ClockStarted: lambda e: (
        f"{_clock(e)} starts: {limit_words(e.limit)}, due {local(e.due_at, e.counting.zone)}"
    ),
    escalations.ClockPaused: lambda e: f"{_clock(e)} pauses, {e.left_minutes} office minutes left",
    escalations.ClockResumed: lambda e: f"{_clock(e)} runs again, due {local(e.due_at)}",
    escalations.ClockStopped: lambda e: (
        f"{_clock(e)} stops ({e.limit.replace('_', ' ')}: {e.cause}, " + ("in time)" if e.in_time else "late)")
    ),
    escalations.Reminded: lambda e: f"reminder to {_who(e)}: {limit_words(e.limit)}, due {local(e.due_at)}",
    escalations.LimitMissed: lambda e: f"LIMIT MISSED by {_who(e)}: {limit_words(e.limit)}",
    escalations.SuperiorTold: lambda e: f"superior told: {e.superior or 'oversight'}",
    escalations.Overtaken: lambda e: f"overtaken: {e.step.replace('_', ' ')}",
    escalations.ClosedBySilence: lambda _: "closed: the reporter did not answer the follow-up",
    escalations.Acknowledged: lambda e: f"{e.office} has the alert",
    escalations.ClarificationAsked: lambda e: f"{e.office} asks for a written explanation, round {e.round}",
    escalations.Reprimanded: lambda e: f"REPRIMAND by {e.office}: {e.text}",
    escalations.CaseClosed: lambda e: f"{e.office} closes the case",
    alerts.Alerted: lambda e: f"OMBUDSMAN ALERT to {e.office}: {e.maladministration}, {len(e.proof)} events as proof",
    notifications.Queued: lambda e: f"mail to the {e.role} queued",
    notifications.Sent: lambda _: "mail sent",
    notifications.Failed: lambda e: f"mail failed: {e.reason.replace('_', ' ')}",
    notifications.Replaced: lambda _: "mail replaced by a later one",
}


def words(event: Event | None) -> str:
    """One line; for an event without words its type."""
    if event is None:
        return "(a type that this version does not know)"
    speak = _WORDS.get(type(event))
    return speak(event) if speak else event.type
