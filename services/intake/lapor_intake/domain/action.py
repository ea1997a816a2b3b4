"""What the reporter does with an existing complaint, when the status allows it."""

from __future__ import annotations

from datetime import datetime

from lapor_contracts.redaction import redactor
from lapor_contracts.submissions import Amendment, Completion, Keyed, Rating, Reopening, Reply, Withdrawal

from lapor_intake.domain.amendment import amend
from lapor_intake.domain.answer import reply
from lapor_intake.domain.completion import complete
from lapor_intake.domain.decision import Decision, Refusal
from lapor_intake.domain.fields import wrong_fields
from lapor_intake.domain.policy import Policy
from lapor_intake.domain.possible import possible
from lapor_intake.domain.rating import rate
from lapor_intake.domain.redacting import Redact
from lapor_intake.domain.reopening import reopen
from lapor_intake.domain.state import IntakeState
from lapor_intake.domain.withdrawal import withdraw


def act(state: IntakeState, given: Keyed, own: tuple[str, ...], now: datetime, policy: Policy) -> Decision | Refusal:
    """The access code was checked before. `own`: the reporter's values, for redaction."""
    if getattr(given, "kind", None) not in possible(state, now, policy):
        return Refusal("not_possible_now")
    if wrong := wrong_fields(given, own, now):
        return Refusal("invalid", wrong)
    return _apply(state, given, redactor(own), now)


def _apply(state: IntakeState, given: Keyed, redact: Redact, now: datetime) -> Decision | Refusal:
    match given:
        case Completion():
            return complete(state, given, redact, now)
        case Amendment():
            return amend(state, given, redact, now)
        case Reply():
            return reply(state, given, redact, now)
        case Reopening():
            return reopen(state, given, redact, now)
        case Withdrawal():
            return withdraw(state, given, redact, now)
        case Rating():
            return rate(state, given, redact, now)
        case _:
            raise TypeError(f"no rule for {type(given).__name__}")
