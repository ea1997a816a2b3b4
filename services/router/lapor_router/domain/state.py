"""What the router keeps of a complaint. Old rows must load: every field has a default."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal

from lapor_router.domain.findings import Reading
from lapor_router.domain.policy import MAX_TOLD

Phase = Literal["held", "assigned", "closed", "deciding", "ended"]
ReportType = Literal["complaint", "aspiration", "information_request"]
AssignmentReason = Literal["authority", "declined", "reopened", "moved", "decision"]
# What became of an assignment. `arbiter`: a binding decision; one that is declined or moved away is no proof.
Outcome = Literal["accepted", "resolved", "arbiter", "declined", "moved"]
CONFIRMING: frozenset[Outcome] = frozenset({"accepted", "resolved", "arbiter"})
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Evidence:
    """An attachment by reference."""

    id: str = ""
    media_type: str = ""
    size: int = 0
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the reporter wrote after the registration.

    `to`: what had been asked last; None: nothing. `lead`: the agency that got it at once, as it had the complaint;
    None: the complaint was nobody's, so that it belongs to what is decided about. `given`: who has it by now.
    """

    text: str = ""
    attachments: tuple[Evidence, ...] = ()
    to: str | None = None
    lead: str | None = None
    at: datetime | None = None
    given: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Report:
    """The complaint as it is now, after the reporter's changes; the narrative is redacted already.

    `answers`: the oldest first; redacted too.
    """

    tracking_id: str = ""
    channel: str = ""
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
    answers: tuple[Answer, ...] = ()
    anonymous: bool = False
    secret: bool = False
    received_at: datetime = _EPOCH

    @property
    def deciding(self) -> tuple[Answer, ...]:
        """The answers that say whose matter it is. What is written to an agency is a talk about its work."""
        return tuple(answer for answer in self.answers if answer.lead is None)


@dataclass(frozen=True, slots=True)
class Copy:
    """A body that got a copy; `outlet_number`: the number of its `assigned` in its outlet."""

    agency: str = ""
    outlet_number: int = 0


@dataclass(frozen=True, slots=True)
class Assignment:
    """`number`: on lapor.assignments. `outlet_number`: in the lead's outlet, what its replies name.

    `round`: the how-manieth assignment of this complaint, from 1. `arbiter`: who decided it, and so it binds.
    `suggested`: whom its agency named when it declined. `outcome_at`: on the domain clock.
    """

    number: int = 0
    agency: str = ""
    outlet_number: int = 0
    copies: tuple[Copy, ...] = ()
    reason: AssignmentReason = "authority"
    round: int = 1
    arbiter: str | None = None
    suggested: str | None = None
    outcome: Outcome | None = None
    outcome_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class RouterState:
    """`assignments`: all of them in order; the last one is current while phase is assigned or closed.

    `declined_by`: who said that it is not theirs, in order; kept for ever, so that nobody is asked twice.
    `reading`: how place and subject were understood; None where codes say both.
    `asked`: what the reporter was asked before there was a decision, by the router or by a person.
    `undecided`: why a person has to decide, `undecided_at`: since when, `arbiter`: who has to, where agencies
    declined; while phase is deciding. `ended`: by what, while phase is ended.
    """

    report: Report = Report()
    reading: Reading | None = None
    phase: Phase = "held"
    assignments: tuple[Assignment, ...] = ()
    declined_by: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    undecided: str | None = None
    undecided_at: datetime | None = None
    arbiter: str | None = None
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

    @property
    def confirmed(self) -> Assignment | None:
        """The assignment that is proof of whose matter it is: accepted, resolved, or an arbiter's decision; none
        after it. A reopening asks the agency anew, but takes nothing back."""
        if self.phase in ("held", "deciding"):
            return None
        for assignment in reversed(self.assignments):
            if assignment.outcome is not None:
                return assignment if assignment.outcome in CONFIRMING else None
            if assignment.reason != "reopened":
                return None
        return None

    def noted(self, number: int, outcome: Outcome, at: datetime) -> RouterState:
        """What became of the assignment with this number. An acceptance adds nothing to what is known more surely."""

        def with_it(assignment: Assignment) -> Assignment:
            if assignment.number != number or (outcome == "accepted" and assignment.outcome is not None):
                return assignment
            return replace(assignment, outcome=outcome, outcome_at=at)

        return replace(self, assignments=tuple(with_it(assignment) for assignment in self.assignments))

    def declined(self, assignment: Assignment, suggested: str | None, at: datetime) -> RouterState:
        """By its agency."""
        named = tuple(replace(a, suggested=suggested) if a.number == assignment.number else a for a in self.assignments)
        state = replace(self, assignments=named, declined_by=(*self.declined_by, assignment.agency))
        return state.noted(assignment.number, "declined", at)

    def decided(self, arbiter: str, at: datetime) -> RouterState:
        """The last assignment is an arbiter's decision."""
        *before, last = self.assignments
        binding = replace(last, arbiter=arbiter, outcome="arbiter", outcome_at=at)
        return replace(self, assignments=(*before, binding))

    def asking(self, question: str) -> RouterState:
        """The reporter; the latest questions are kept."""
        return replace(self, asked=(*self.asked, question)[-MAX_TOLD:])

    def assigned(self, assignment: Assignment) -> RouterState:
        return replace(
            self,
            phase="assigned",
            assignments=(*self.assignments, assignment),
            undecided=None,
            undecided_at=None,
            arbiter=None,
            ended=None,
        )

    def in_decision(self, why: str, arbiter: str | None = None, at: datetime | None = None) -> RouterState:
        """Asked for another reason, it still waits since it was first asked."""
        since = self.undecided_at if self.phase == "deciding" else None
        return replace(self, phase="deciding", undecided=why, undecided_at=since or at, arbiter=arbiter, ended=None)

    def closed(self) -> RouterState:
        """Resolved, or closed by the reporter's silence: until it is reopened."""
        return replace(self, phase="closed")

    def over(self, ended: str) -> RouterState:
        return replace(self, phase="ended", ended=ended, undecided=None, undecided_at=None, arbiter=None)
