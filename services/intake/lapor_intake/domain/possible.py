"""What the reporter can do with a complaint in its status."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from lapor_contracts.status import Status

from lapor_intake.domain.policy import Policy
from lapor_intake.domain.state import IntakeState

Action = Literal["complete", "amend", "reply", "reopen", "withdraw", "rate"]

_BY_STATUS: dict[Status, tuple[Action, ...]] = {
    "UNVERIFIED": ("amend", "reply", "withdraw"),
    "ON_HOLD": ("complete", "withdraw"),
    "ASSIGNED": ("amend", "reply", "withdraw"),
    "IN_PROGRESS": ("amend", "reply", "withdraw"),
    "REOPENED": ("amend", "reply", "withdraw"),
    "RESOLVED": ("reopen", "rate"),
    "ARCHIVED": (),
    "REJECTED": (),
}


def possible(state: IntakeState, now: datetime, policy: Policy) -> tuple[Action, ...]:
    return tuple(action for action in _BY_STATUS[state.status] if _still(action, state, now, policy))


def _still(action: Action, state: IntakeState, now: datetime, policy: Policy) -> bool:
    """A resolution is reopened within the limit, and rated once."""
    match action:
        case "reopen":
            return state.resolved_at is not None and now <= state.resolved_at + policy.reopen_within
        case "rate":
            return state.rated != state.facts.assignment
        case _:
            return True
