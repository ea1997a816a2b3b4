"""The reporter answers a follow-up or a question."""

from __future__ import annotations

from datetime import datetime

from lapor_contracts.complaints import ReporterReplied
from lapor_contracts.submissions import Reply

from lapor_intake.domain import redacting
from lapor_intake.domain.decision import Decision
from lapor_intake.domain.redacting import Redact
from lapor_intake.domain.state import IntakeState, with_step


def reply(state: IntakeState, given: Reply, redact: Redact, now: datetime) -> Decision:
    event = ReporterReplied(text=redacting.text(given.text, redact), attachments=given.attachments)
    return Decision(with_step(state, "reporter_replied", now, text=event.text), (event,))
