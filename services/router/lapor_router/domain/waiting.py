"""How long a complaint may wait for a person, as a decider is shown it; the clock itself is escalation's."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

# Working days: verify and forward, by whoever does it (service standard; escalation's policy has it too, and a test
# holds both together).
DECISION_DAYS = 3
SATURDAY = 5


@dataclass(frozen=True, slots=True)
class Waiting:
    """`used`: of `days` working days since a person was asked; holidays are counted as if they were worked."""

    days: int
    used: int

    @property
    def over(self) -> bool:
        return self.used > self.days


def waiting(asked_on: date, today: date) -> Waiting:
    """Local dates."""
    return Waiting(DECISION_DAYS, weekdays_after(asked_on, today))


def weekdays_after(start: date, end: date) -> int:
    """Mondays to Fridays after `start`, to `end` inclusive."""
    weeks, rest = divmod(max((end - start).days, 0), 7)
    return weeks * 5 + sum((start + timedelta(days=day)).weekday() < SATURDAY for day in range(1, rest + 1))
