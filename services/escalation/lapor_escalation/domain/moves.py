"""What another calendar would change: each running deadline as it is, and as it would be. Nothing is decided here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lapor_escalation.domain import clocks
from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.state import Clock, Escalation


@dataclass(frozen=True, slots=True)
class Move:
    clock: Clock
    due_at: datetime


def moves(state: Escalation, rules: Rules) -> tuple[Move, ...]:
    """The deadlines that would move."""
    if state.calendar == rules.calendar.version:
        return ()
    return tuple(
        Move(clock, counted.due_at)
        for clock in state.running
        for counted in [clocks.counted(clock, rules, state.holds)]
        if counted.due_at != clock.due_at
    )
