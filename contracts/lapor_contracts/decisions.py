"""lapor.decisions, written by the persons who decide what the router could not: checked by the router.

ce_id: a UUIDv7; ce_subject: the complaint's id; `decided_by`: a function, never a person's name.
"""

from __future__ import annotations

from typing import ClassVar, Literal

from lapor_contracts.base import Code, Event, Line, Text


class DecisionRouted(Event):
    type: ClassVar[str] = "id.lapor.decision.routed.v1"

    decided_by: Line
    agency: Code
    copies: tuple[Code, ...] = ()
    reason: Text


class DecisionArchived(Event):
    type: ClassVar[str] = "id.lapor.decision.archived.v1"

    decided_by: Line
    reason: Literal["too_general", "wrong_format", "not_about_government"]
    text: Text


class DecisionOutOfScope(Event):
    type: ClassVar[str] = "id.lapor.decision.out-of-scope.v1"

    decided_by: Line
    reason: Literal["criminal_law", "legislation", "corruption", "personal", "political", "sara"]
    pointed_to: Line
    text: Text


class DecisionAsked(Event):
    type: ClassVar[str] = "id.lapor.decision.asked.v1"

    decided_by: Line
    question: Text
