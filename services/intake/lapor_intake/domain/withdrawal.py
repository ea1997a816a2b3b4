"""The reporter takes the complaint back; there is no way back from it."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lapor_contracts.complaints import Withdrawn
from lapor_contracts.status import apply
from lapor_contracts.submissions import Withdrawal

from lapor_intake.domain import redacting
from lapor_intake.domain.decision import Decision
from lapor_intake.domain.redacting import Redact
from lapor_intake.domain.state import IntakeState, with_step


def withdraw(state: IntakeState, given: Withdrawal, redact: Redact, now: datetime) -> Decision:
    event = Withdrawn(reason=redacting.maybe(given.reason, redact))
    state = replace(state, facts=apply(state.facts, event, 1))
    return Decision(with_step(state, "withdrawn", now, text=event.reason), (event,))
