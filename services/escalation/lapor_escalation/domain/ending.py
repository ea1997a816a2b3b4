"""What ends a complaint stops every clock; what opens it again lets the citizen's go on."""

from __future__ import annotations

from datetime import datetime
from typing import Final

from lapor_contracts.escalations import Opened
from msgspec.structs import replace

from lapor_escalation.domain import clocks, undecided
from lapor_escalation.domain.decision import Decision
from lapor_escalation.domain.state import Cause, Closed, Escalation

CAUSES: Final[dict[Closed, Cause]] = {
    "resolved": "resolved",
    "silence": "closed",
    "withdrawn": "withdrawn",
    "archived": "archived",
    "out_of_scope": "closed",
}


def end(state: Escalation, why: Closed, at: datetime) -> Decision:
    """A withdrawal is final, whatever comes after it."""
    state = undecided.answered(replace(state, closed=state.closed if state.closed == "withdrawn" else why))
    return clocks.stop(state, lambda _: True, at, CAUSES[why])


def open_again(state: Escalation, at: datetime, why: Opened) -> Decision:
    """Reopened by the reporter, assigned again, or a person is asked after all."""
    if state.closed is None or state.closed == "withdrawn":
        return Decision(state)
    return clocks.go_on(replace(state, closed=None), lambda clock: clock.rule == "whole", at, why)
