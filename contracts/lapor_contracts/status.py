"""A complaint's status: a pure function of its events, one for all readers.

It depends on each topic's own order (the numbers) but not on how topics interleave, so two readers that
have applied the same events always agree.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from lapor_contracts import assignments, complaints, escalations, replies
from lapor_contracts.base import Event

Status = Literal["UNVERIFIED", "ON_HOLD", "ASSIGNED", "IN_PROGRESS", "RESOLVED", "REOPENED", "ARCHIVED", "REJECTED"]

# Names on the public site.
STATUS_ID: dict[Status, str] = {
    "UNVERIFIED": "Belum Terverifikasi",
    "ON_HOLD": "Ditunda",
    "ASSIGNED": "Terdisposisi",
    "IN_PROGRESS": "Dalam Proses",
    "RESOLVED": "Selesai",
    "REOPENED": "Terdisposisi",
    "ARCHIVED": "Diarsipkan",
    "REJECTED": "Ditolak",
}


@dataclass(frozen=True, slots=True)
class Facts:
    """What a status needs to know of a complaint's events. Assignments by their number."""

    held: bool = False
    withdrawn: bool = False
    assignment: int | None = None
    agency: str | None = None
    ended: Literal["ARCHIVED", "REJECTED"] | None = None
    followed_up: int = 0
    resolved: int = 0
    reopened: int = 0


def apply(facts: Facts, event: Event, number: int) -> Facts:  # noqa: PLR0911 - one line an event
    """`number`: the event's number on its topic. An event that says nothing about the status changes nothing."""
    match event:
        case complaints.Held():
            return replace(facts, held=True)
        case complaints.Completed():
            return replace(facts, held=False)
        case complaints.Withdrawn():
            return replace(facts, withdrawn=True)
        case complaints.Reopened():
            return replace(facts, reopened=max(facts.reopened, event.assignment))
        case assignments.Assigned():
            return replace(facts, assignment=number, agency=event.agency.code, ended=None)
        case assignments.Released():
            return replace(facts, assignment=None, agency=None)
        case assignments.NeedsDecision():
            return replace(facts, ended=None)
        case assignments.Archived():
            return replace(facts, ended="ARCHIVED")
        case assignments.OutOfScope():
            return replace(facts, ended="REJECTED")
        case replies.FollowedUp(lead=True):
            return replace(facts, followed_up=max(facts.followed_up, event.assignment))
        case replies.Resolved() | escalations.ClosedBySilence():
            return replace(facts, resolved=max(facts.resolved, event.assignment))
        case _:
            return facts


def status(facts: Facts) -> Status:
    if facts.withdrawn:
        return "ARCHIVED"
    if facts.ended:
        return facts.ended
    if facts.held:
        return "ON_HOLD"
    current = facts.assignment
    if current is None:
        return "UNVERIFIED"
    if facts.resolved == current:
        return "REOPENED" if facts.reopened == current else "RESOLVED"
    return "IN_PROGRESS" if facts.followed_up == current else "ASSIGNED"
