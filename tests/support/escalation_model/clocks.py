"""The clocks of one complaint: what starts, stops and counts them again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from lapor_contracts import complaints
from lapor_contracts.base import Agency

from tests.support.escalation_model.office import OFFICE_DAY, Office, minute
from tests.support.escalation_model.ombudsman import Cases
from tests.support.escalation_model.watch import Hold, Watch, limit

STEPS = ("reminded", "limit_missed", "superior_told", "alerted")
EASTERN = {"81", "82", "91", "92", "93", "94", "95", "96"}
CENTRAL = {"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"}
# The Ombudsman has an office in every province but those that were split off from Papua and Papua Barat.
MOTHERS = {"93": "91", "94": "91", "95": "91", "96": "92"}
NATIONAL = "ombudsman-ri"
Said = tuple[Any, ...]  # what, at which minute, and what it names


def zone_of(area: str | None) -> str:
    province = (area or "")[:2]
    return "WITA" if province in CENTRAL else "WIT" if province in EASTERN else "WIB"


@dataclass(frozen=True)
class Special:
    """A limit of one agency's own, for clocks that start on `since` or later."""

    rule: str
    agency: str
    value: int
    unit: str
    since: date


@dataclass(frozen=True)
class Numbers:
    """Limits as value and unit; `steps` in working days, `reminded` before the limit, the others after a step."""

    limits: Mapping[str, tuple[int, str]]
    by_type: Mapping[str, int]
    steps: Mapping[str, int]
    special: tuple[Special, ...] = ()


@dataclass(eq=False)
class Question:
    """A person was asked whose complaint it is."""

    watch: Watch
    told: bool = False


@dataclass(eq=False)
class Clock:
    """`grace`: the time that the last step gave, at `given`. `sent`: the steps so far. `assignment` None: the
    citizen's. `limit`: its value and unit, which never change."""

    rule: str
    assignment: int | None
    watch: Watch
    limit: tuple[int, str]
    stopped: str | None = None
    given: int | None = None
    grace: Watch | None = None
    sent: list[str] = field(default_factory=list)
    reminder: int | None = None


@dataclass
class Clocks:
    """`said`: what was fired, in order. `up`: the service runs. `waits`: something it heard waits for its cause."""

    numbers: Numbers
    office: Office
    now: int
    up: bool = True
    waits: Callable[[], bool] = lambda: False
    registered: complaints.Registered | None = None
    area: str | None = None
    closed: str | None = None
    lead: tuple[int, Agency, int] | None = None
    followed_up: int | None = None
    replied: int | None = None
    question: Question | None = None
    holds: list[Hold] = field(default_factory=list)
    clocks: list[Clock] = field(default_factory=list)
    cases: Cases = field(default_factory=Cases)
    said: list[Said] = field(default_factory=list)

    @property
    def held(self) -> int | None:
        return self.holds[-1][0] if self.holds and self.holds[-1][1] is None else None

    def _citizens(self, rule: str) -> None:
        """Once in a complaint's life, and from its registration on."""
        assert self.registered is not None
        if not any(c.rule == rule and c.assignment is None for c in self.clocks):
            self._run(rule, None, minute(self.registered.received_at), zone_of(self.area))

    def _start(self, rule: str, at: int) -> None:
        assert self.lead is not None
        self._run(rule, self.lead[0], at, self.lead[1].zone)

    def _run(self, rule: str, assignment: int | None, start: int, zone: str) -> None:
        numbers, day = self.numbers, self.office.day(start, zone)
        assert self.registered is not None
        value = numbers.limits.get(rule, (numbers.by_type[self.registered.report_type], "working_days"))
        for special in numbers.special:
            own = assignment is not None and self.lead is not None and self.lead[1].code == special.agency
            if own and special.rule == rule and day >= special.since:
                value = (special.value, special.unit)
        self.clocks.append(Clock(rule, assignment, limit(start, *value, zone, self.office), value))

    def _stop(self, cause: str, which: Callable[[Clock], bool]) -> None:
        for clock in self.clocks:
            if clock.stopped is None and which(clock):
                clock.stopped = cause

    def _end(self, why: str) -> None:
        if self.closed != "withdrawn":
            self.closed = why
        self.question = None
        self._stop({"silence": "closed", "out_of_scope": "closed"}.get(why, why), lambda _: True)

    def _open_again(self, at: int) -> None:
        if self.closed not in (None, "withdrawn"):
            self.closed = None
            self._go_on(at, lambda c: c.rule == "whole")

    def _go_on(self, at: int, which: Callable[[Clock], bool]) -> None:
        """As if it had never stood still; but what was sent before gives its time anew."""
        for clock in self.clocks:
            if clock.assignment is None and clock.stopped is not None and which(clock):
                clock.stopped = None
                clock.given = max(at, clock.given or at)
                self._give(clock)

    def _may_run(self, clock: Clock) -> bool:
        return clock.stopped is None or (clock.assignment is None and clock.stopped != "answered")

    def _count_again(self) -> None:
        for clock in self.clocks:
            clock.reminder = None
            clock.watch.rewind()
            self._give(clock)
        if self.question is not None:
            start = self.question.watch.start
            self.question.watch = limit(start, *self.numbers.limits["decision"], zone_of(self.area), self.office)

    def _give(self, clock: Clock) -> None:
        """The time from the last step to the next: from when it was sent, and never from before the limit."""
        following = STEPS[len(clock.sent)] if len(clock.sent) < len(STEPS) else None
        if clock.given is not None and following in ("superior_told", "alerted"):
            start = max(clock.given, clock.watch.runs_out(self.office, self.holds))
            clock.grace = Watch(start, self.numbers.steps[following] * OFFICE_DAY, clock.watch.zone)
