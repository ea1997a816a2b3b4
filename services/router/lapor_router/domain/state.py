"""What the router keeps of a complaint. Old rows must load: every field has a default."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal

from lapor_router.domain.findings import Reading

Phase = Literal["held", "assigned", "closed", "deciding", "ended"]
ReportType = Literal["complaint", "aspiration", "information_request"]
AssignmentReason = Literal["authority", "declined", "reopened", "moved", "decision"]
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Evidence:
    """An attachment by reference."""

    id: str = ""
    media_type: str = ""
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """The complaint as it is now, after the reporter's changes; the narrative is redacted already."""

    tracking_id: str = ""
    report_type: ReportType = "complaint"
    title: str = ""
    narrative: str = ""
    category: str | None = None
    area_code: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    address: str | None = None
    occurred_on: date | None = None
    attachments: tuple[Evidence, ...] = ()
    anonymous: bool = False
    secret: bool = False
    received_at: datetime = _EPOCH


@dataclass(frozen=True, slots=True)
class Copy:
    """A body that got a copy; `outlet_number`: the number of its `assigned` in its outlet."""

    agency: str = ""
    outlet_number: int = 0


@dataclass(frozen=True, slots=True)
class Assignment:
    """`number`: on lapor.assignments. `outlet_number`: in the lead's outlet, what its replies name.

    `round`: the how-manieth assignment of this complaint, from 1.
    """

    number: int = 0
    agency: str = ""
    outlet_number: int = 0
    copies: tuple[Copy, ...] = ()
    reason: AssignmentReason = "authority"
    round: int = 1


@dataclass(frozen=True, slots=True)
class RouterState:
    """`assignments`: all of them in order; the last one is current while phase is assigned or closed.

    `declined_by`: who said that it is not theirs, in order; kept for ever, so that nobody is asked twice.
    `reading`: how place and subject were understood; None where codes say both.
    `undecided`: why a person has to decide, while phase is deciding. `ended`: by what, while phase is ended.
    """

    report: Report = Report()
    reading: Reading | None = None
    phase: Phase = "held"
    assignments: tuple[Assignment, ...] = ()
    declined_by: tuple[str, ...] = ()
    undecided: str | None = None
    ended: str | None = None

    @property
    def current(self) -> Assignment | None:
        """The assignment that is being worked on or was closed; None before, between and after."""
        return self.assignments[-1] if self.phase in ("assigned", "closed") and self.assignments else None

    @property
    def next_round(self) -> int:
        return len(self.assignments) + 1

    def assignment(self, number: int | None) -> Assignment | None:
        """By its number on lapor.assignments."""
        return next((a for a in self.assignments if a.number == number), None)

    def before_reopening(self, assignment: Assignment) -> Assignment:
        """What a reopened assignment goes on with, of the same agency: why it is theirs was said there."""
        earlier = self.assignments[: self.assignments.index(assignment)]
        if assignment.reason != "reopened" or not earlier:
            return assignment
        return self.before_reopening(earlier[-1])

    def assigned(self, assignment: Assignment) -> RouterState:
        return replace(
            self,
            phase="assigned",
            assignments=(*self.assignments, assignment),
            undecided=None,
            ended=None,
        )

    def in_decision(self, why: str) -> RouterState:
        return replace(self, phase="deciding", undecided=why, ended=None)

    def closed(self) -> RouterState:
        """Resolved, or closed by the reporter's silence: until it is reopened."""
        return replace(self, phase="closed")

    def over(self, ended: str) -> RouterState:
        return replace(self, phase="ended", ended=ended, undecided=None)
