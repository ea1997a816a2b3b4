"""The reporter's mark for the handling: once for each resolution."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lapor_contracts.complaints import Rated
from lapor_contracts.submissions import Rating

from lapor_intake.domain import redacting
from lapor_intake.domain.decision import Decision
from lapor_intake.domain.redacting import Redact
from lapor_intake.domain.state import IntakeState, with_step


def rate(state: IntakeState, given: Rating, redact: Redact, now: datetime) -> Decision:
    event = Rated(stars=given.stars, comment=redacting.maybe(given.comment, redact))
    state = replace(state, rated=state.facts.assignment or 0)
    return Decision(with_step(state, "rated", now, text=event.comment), (event,))
