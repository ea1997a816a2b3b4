"""lapor.assignments, written by the router: whose complaint it is, and why."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from lapor_contracts.base import Agency, Code, Event, Line, Number, Text, Value

Confidence = Annotated[float, Field(ge=0, le=1)]
AssignmentReason = Literal["authority", "declined", "reopened", "moved", "decision"]


class Explanation(Value):
    """Why this agency, in words an officer understands; `legal_basis` as cited in the matrix.

    `confidence`: how sure it is, 0 to 1, where the reporter gave words and no codes; None: by codes or by a person.
    """

    rule: Line
    legal_basis: Line
    matrix_version: Line
    evidence: tuple[Line, ...]
    runner_up: Code | None = None
    confidence: Confidence | None = None
    text_id: Text
    text_en: Text


class Candidate(Value):
    agency: Code
    why: Line


class Assigned(Event):
    """The complaint is `agency`'s from now on. `outlet_number`: the number in lapor.agency.<code>."""

    type: ClassVar[str] = "id.lapor.assignment.assigned.v1"

    agency: Agency
    copies: tuple[Code, ...] = ()
    reason: AssignmentReason
    round: int
    outlet_number: Number
    explanation: Explanation


class Released(Event):
    """`assignment` (its number on lapor.assignments) is over without a resolution."""

    type: ClassVar[str] = "id.lapor.assignment.released.v1"

    assignment: Number
    agency: Code
    reason: Literal["declined", "moved", "agency_left", "withdrawn", "decision"]


class NeedsDecision(Event):
    """A person has to decide: the router does not guess.

    `arbiter`: after declines, the body one level above those that declined; its decision binds.
    """

    type: ClassVar[str] = "id.lapor.assignment.needs-decision.v1"

    why: Literal["no_area", "no_category", "no_rule", "not_joined", "declined_twice", "ping_pong"]
    candidates: tuple[Candidate, ...] = ()
    arbiter: Code | None = None
    text_id: Text
    text_en: Text


class QuestionAsked(Event):
    """A person asks the reporter something before deciding."""

    type: ClassVar[str] = "id.lapor.assignment.question-asked.v1"

    question: Text


class Archived(Event):
    """An end: decided by a person, or by a rule (`no_data`: what was missing never came)."""

    type: ClassVar[str] = "id.lapor.assignment.archived.v1"

    reason: Literal["no_data", "too_general", "wrong_format", "not_about_government", "withdrawn"]
    text_id: Text
    text_en: Text


class OutOfScope(Event):
    """An end: another body's matter by law; the reporter is pointed to it."""

    type: ClassVar[str] = "id.lapor.assignment.out-of-scope.v1"

    reason: Literal["criminal_law", "legislation", "corruption", "personal", "political", "sara"]
    pointed_to: Line
    text_id: Text
    text_en: Text
