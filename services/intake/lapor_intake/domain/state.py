"""What intake keeps of a complaint: no identity, and the reporter's texts only after redaction."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from lapor_contracts.complaints import Missing
from lapor_contracts.status import Facts, Status
from lapor_contracts.status import status as status_of

from lapor_intake.domain.policy import TIMELINE_STEPS, TIMELINE_TEXT

StepCode = Literal[
    "registered", "held", "completed", "amended", "reporter_replied", "reopened", "withdrawn", "rated",
    "assigned", "released", "needs_decision", "question_asked", "archived", "out_of_scope",
    "accepted", "declined", "followed_up", "resolved",
    "reminded", "limit_missed", "superior_told", "closed_by_silence", "acknowledged", "clarification_asked",
    "reply_waived", "reprimanded", "case_closed",
]  # fmt: skip


NOTHING = Facts()


@dataclass(frozen=True, slots=True)
class Step:
    """One line of the reporter's view. `who`: an agency's name or an office's code, never a person."""

    code: StepCode
    at: datetime
    who: str | None = None
    text: str | None = None


@dataclass(frozen=True, slots=True)
class IntakeState:
    """`rated`: the number of the assignment that was rated last. `resolved_at`: of the current resolution."""

    tracking_id: str = ""
    title: str = ""
    registered_at: datetime | None = None
    facts: Facts = NOTHING
    missing: tuple[Missing, ...] = ()
    resolved_at: datetime | None = None
    rated: int = 0
    steps: tuple[Step, ...] = ()

    @property
    def status(self) -> Status:
        return status_of(self.facts)


def with_step(
    state: IntakeState, code: StepCode, at: datetime, who: str | None = None, text: str | None = None
) -> IntakeState:
    """The latest steps are kept, with the beginning of their texts."""
    if text is not None and len(text) > TIMELINE_TEXT:
        text = text[: TIMELINE_TEXT - 1] + "…"
    return replace(state, steps=(*state.steps, Step(code, at, who, text))[-TIMELINE_STEPS:])
