"""What happens to one complaint, and when: by seed and number, the same each time it is asked for.

Times are planned: who writes late writes with the time at which it does. Only what people do is here; the clocks are
escalation's.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Literal

from tests.simulate.people import Office

START = datetime(2025, 12, 31, 17, tzinfo=UTC)  # New Year in Jakarta
YEAR = timedelta(days=365)
LAST_ARRIVAL = timedelta(days=350)
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
# Of a week: fewer on weekends; of a day: by the hour in Jakarta.
BY_DAY = (19, 18, 17, 16, 15, 8, 7)
BY_HOUR = (2, 1, 1, 1, 1, 2, 4, 7, 10, 12, 12, 10, 8, 9, 9, 8, 7, 6, 6, 7, 7, 6, 5, 3)
MEDIAN_DAYS = {"prompt": 1.8, "slow": 6.5, "silent": 25.0}
MOST_AGENCIES = 3

What = Literal[
    "registered", "held", "completed", "reporter_replied", "reopened", "withdrawn", "assigned", "released",
    "needs_decision", "archived", "accepted", "declined", "followed_up", "resolved",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Act:
    """`office`: the agency's. `assignment`: which one it is about, the first is 1; not its number on the topic."""

    at: datetime
    what: What
    office: int = -1
    assignment: int = 0


def arrival(seed: int, number: int) -> datetime:
    """A day of the year, a weekday rather than not, and an hour."""
    chance = random.Random(f"{seed}/{number}/arrival")  # noqa: S311 - a plan, not a secret
    while True:
        day = chance.randrange(LAST_ARRIVAL // DAY)
        if chance.random() * max(BY_DAY) < BY_DAY[(START + (day + 1) * DAY).weekday()]:
            break
    hour = chance.choices(range(24), BY_HOUR)[0]
    return START + day * DAY + hour * HOUR + chance.random() * HOUR


def story(seed: int, number: int, offices: Sequence[Office]) -> list[Act]:
    """In order of time."""
    return Story(random.Random(f"{seed}/{number}"), offices, arrival(seed, number)).acts()  # noqa: S311


class Story:
    def __init__(self, chance: random.Random, offices: Sequence[Office], at: datetime) -> None:
        self._chance = chance
        self._offices = offices
        self._at = at
        self._acts = [Act(at, "registered")]
        self._assignments = 0

    def acts(self) -> list[Act]:
        self._begins()
        acts = sorted(self._acts, key=lambda act: act.at)
        if self._happens(0.01):
            left = self._at + self._days(1, 20)
            acts = [act for act in acts if act.at < left] + [Act(left, "withdrawn")]
        return acts

    def _begins(self) -> None:
        goes_on = True
        if self._happens(0.3):
            goes_on = self._incomplete()
        if goes_on and self._happens(0.12):
            self._add("needs_decision", self._days(0.001, 0.05))
            goes_on = self._happens(0.96)  # else nobody ever decides
            self._at += self._days(0.1, 6)
        if goes_on:
            self._at += self._days(0.001, 0.05)
            self._assign(self._chance.randrange(len(self._offices)))

    def _incomplete(self) -> bool:
        """Data is missing; the reporter sends it in some days, or it is archived."""
        self._add("held", timedelta(minutes=1))
        if self._happens(0.7):
            self._add("completed", self._days(0.2, 9))
            return True
        self._add("archived", self._days(10, 11))
        return False

    def _assign(self, office: int) -> None:
        self._assignments += 1
        self._add("assigned", timedelta(0), office, self._assignments)
        manner = self._offices[office].manner
        if manner == "silent" and self._happens(0.6):
            return
        self._at += timedelta(days=MEDIAN_DAYS[manner] * self._chance.lognormvariate(0, 0.7))
        if self._assignments < MOST_AGENCIES and self._happens(0.08):
            self._declines(office)
        else:
            self._answers(office, manner == "slow")

    def _declines(self, office: int) -> None:
        number = self._assignments
        self._add("declined", timedelta(0), office, number)
        self._add("released", timedelta(minutes=1), office, number)
        if self._happens(0.3):
            self._add("needs_decision", timedelta(minutes=1))
            self._at += self._days(0.1, 5)
        self._at += self._days(0.01, 0.5)
        self._assign(self._chance.randrange(len(self._offices)))

    def _answers(self, office: int, slow: bool) -> None:
        number = self._assignments
        if self._happens(0.6):
            self._add("accepted", timedelta(0), office, number)
            self._at += self._days(0.5, 8 if slow else 3)
        for _ in range(self._chance.choice((1, 1, 1, 2))):
            self._add("followed_up", timedelta(0), office, number)
            if self._happens(0.15):
                self._hold()
            if self._happens(0.3):
                self._add("reporter_replied", self._days(0.3, 9))
            self._at += self._days(1, 12 if slow else 6)
        if self._happens(0.75):
            self._add("resolved", timedelta(0), office, number)
            if self._happens(0.05) and self._assignments < MOST_AGENCIES:
                self._add("reopened", self._days(0.5, 6), office, number)
                self._at += timedelta(minutes=5)
                self._assign(office)

    def _hold(self) -> None:
        """In the middle of it, and sometimes doubled."""
        self._add("held", self._days(0.1, 1))
        if self._happens(0.2):
            self._add("held", self._days(0.1, 1))
        self._add("completed", self._days(0.3, 8))

    def _add(self, what: What, after: timedelta, office: int = -1, assignment: int = 0) -> None:
        self._at += after
        self._acts.append(Act(self._at, what, office, assignment))

    def _happens(self, share: float) -> bool:
        return self._chance.random() < share

    def _days(self, least: float, most: float) -> timedelta:
        return timedelta(days=self._chance.uniform(least, most))
