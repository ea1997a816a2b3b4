"""How long a complaint may wait for a person: the citizen's clock, which escalation keeps, as a decider is shown it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

from lapor_router.domain.state import ReportType, RouterState

# Working days from the registration, as escalation's policy has them (a test holds both together).
VERIFICATION_DAYS = 3
ACCEPTANCE_DAYS = 8
WHOLE_DAYS: dict[ReportType, int] = {"information_request": 5, "complaint": 14, "aspiration": 14}
SATURDAY = 5

LimitName = Literal["verification", "acceptance", "whole"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """`used`: of `days` working days since the registration; holidays are counted as if they were worked."""

    limit: LimitName
    days: int
    used: int

    @property
    def over(self) -> bool:
        return self.used > self.days


def waiting(state: RouterState, today: date, received_on: date) -> Waiting:
    """The limit that comes first of those that may still run: until somebody has it, until its agency accepts, the
    whole. Local dates."""
    limits: list[tuple[int, LimitName]] = [
        (ACCEPTANCE_DAYS, "acceptance") if state.assignments else (VERIFICATION_DAYS, "verification"),
        (WHOLE_DAYS[state.report.report_type], "whole"),
    ]
    days, limit = min(limits)
    return Waiting(limit, days, weekdays_after(received_on, today))


def weekdays_after(start: date, end: date) -> int:
    """Mondays to Fridays after `start`, to `end` inclusive."""
    weeks, rest = divmod(max((end - start).days, 0), 7)
    return weeks * 5 + sum((start + timedelta(days=day)).weekday() < SATURDAY for day in range(1, rest + 1))
