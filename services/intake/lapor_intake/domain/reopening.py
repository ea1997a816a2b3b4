"""The reporter does not accept the resolution."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lapor_contracts.complaints import Reopened
from lapor_contracts.status import apply
from lapor_contracts.submissions import Reopening

from lapor_intake.domain import redacting
from lapor_intake.domain.decision import Decision
from lapor_intake.domain.redacting import Redact
from lapor_intake.domain.state import IntakeState, with_step


def reopen(state: IntakeState, given: Reopening, redact: Redact, now: datetime) -> Decision:
    """Only a resolved complaint gets here, so there is an assignment."""
    event = Reopened(assignment=state.facts.assignment or 0, reason=redacting.text(given.reason, redact))
    state = replace(state, facts=apply(state.facts, event, 1))
    return Decision(with_step(state, "reopened", now, text=event.reason), (event,))
