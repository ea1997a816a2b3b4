"""A complaint as its reporter sees it: status, what can be done, what has happened. No identity."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lapor_contracts.status import STATUS_ID

from lapor_intake.domain.policy import Policy
from lapor_intake.domain.possible import possible
from lapor_intake.domain.state import IntakeState, Step
from lapor_intake.domain.texts import ACTIONS, STATUS_EN, STEPS


def shown(state: IntakeState, now: datetime, policy: Policy) -> dict[str, Any]:
    status = state.status
    return {
        "tracking_id": state.tracking_id,
        "title": state.title,
        "status": {"code": status, "text_id": STATUS_ID[status], "text_en": STATUS_EN[status]},
        "registered_at": state.registered_at.isoformat() if state.registered_at else None,
        "missing": list(state.missing),
        "possible": [
            {"action": action, "text_id": ACTIONS[action].id, "text_en": ACTIONS[action].en}
            for action in possible(state, now, policy)
        ],
        "timeline": [_step(step) for step in state.steps],
    }


def _step(step: Step) -> dict[str, Any]:
    words = STEPS[step.code]
    line: dict[str, Any] = {
        "at": step.at.isoformat(), "code": step.code, "text_id": words.id, "text_en": words.en,
    }  # fmt: skip
    if step.who:
        line["who"] = step.who
    if step.text:
        line["text"] = step.text
    return line
