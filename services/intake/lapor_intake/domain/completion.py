"""The reporter sends what was missing: all of it, else the complaint stays on hold and is told what still is."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lapor_contracts.complaints import Completed, Missing
from lapor_contracts.status import apply
from lapor_contracts.submissions import Completion

from lapor_intake.domain import redacting
from lapor_intake.domain.completeness import is_somewhere, says_enough
from lapor_intake.domain.decision import Decision, Refusal
from lapor_intake.domain.redacting import Redact
from lapor_intake.domain.state import IntakeState, with_step


def complete(state: IntakeState, given: Completion, redact: Redact, now: datetime) -> Decision | Refusal:
    still = tuple(name for name in state.missing if not _given(name, given, state.missing))
    if still:
        return Refusal("invalid", still)
    event = Completed(
        narrative=redacting.maybe(given.narrative, redact),
        place=redacting.place(given.place, redact) if given.place else None,
        occurred_on=given.occurred_on,
        attachments=given.attachments,
    )
    state = replace(state, missing=(), facts=apply(state.facts, event, 1))
    return Decision(with_step(state, "completed", now), (event,))


def _given(name: Missing, given: Completion, missing: tuple[Missing, ...]) -> bool:
    """A text that was asked for may name the place too; one that was not would take the old one's place."""
    in_words = given.narrative is not None and says_enough(given.narrative)
    match name:
        case "narrative":
            return in_words
        case "place":
            return (in_words and "narrative" in missing) or (given.place is not None and is_somewhere(given.place))
        case "occurred_on":
            return given.occurred_on is not None
        case "evidence":
            return bool(given.attachments)
