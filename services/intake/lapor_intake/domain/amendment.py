"""The reporter changes or adds something while an agency works on it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lapor_contracts.complaints import Amended
from lapor_contracts.submissions import Amendment

from lapor_intake.domain import redacting
from lapor_intake.domain.decision import Decision, Refusal
from lapor_intake.domain.redacting import Redact
from lapor_intake.domain.state import IntakeState, with_step

_CHANGES = ("title", "narrative", "category", "place", "attachments")


def amend(state: IntakeState, given: Amendment, redact: Redact, now: datetime) -> Decision | Refusal:
    if not any(getattr(given, name) for name in _CHANGES):
        return Refusal("invalid", _CHANGES)
    event = Amended(
        title=redacting.line(given.title, redact) if given.title else None,
        narrative=redacting.maybe(given.narrative, redact),
        category=given.category,
        place=redacting.place(given.place, redact) if given.place else None,
        attachments=given.attachments,
    )
    state = replace(state, title=event.title or state.title)
    return Decision(with_step(state, "amended", now), (event,))
