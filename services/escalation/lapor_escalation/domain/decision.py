"""What a rule decided: the new state and the events, in the order in which they are to be written."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from lapor_contracts.base import Event

from lapor_escalation.domain.calendar import Calendar
from lapor_escalation.domain.policy import Policy
from lapor_escalation.domain.state import Escalation

ESCALATIONS: Final = "lapor.escalations"
ALERTS: Final = "lapor.ombudsman.alerts"


@dataclass(slots=True, eq=False)
class Rules:
    """What all decisions are made by. A service has one: its calendar is replaced while it runs, when the operator's
    file has changed."""

    calendar: Calendar
    policy: Policy


@dataclass(frozen=True, slots=True)
class Decision:
    """`events`: topic and event."""

    state: Escalation
    events: tuple[tuple[str, Event], ...] = ()

    def then(self, rule: Callable[[Escalation], Decision]) -> Decision:
        """The next rule sees the state that this one left."""
        following = rule(self.state)
        return Decision(following.state, self.events + following.events)


class Refused(Exception):  # noqa: N818 - an outcome, not a fault
    """An outsider's message that is not taken; `reason` is a code, `field` where it is."""

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.field = field
