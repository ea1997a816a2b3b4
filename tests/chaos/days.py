"""Working days and office hours, walked day by day: slow, and with nothing of escalation's tables in it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta, timezone

import holidays

OPENS, CLOSES = time(7, 30), time(16, 0)
OFFICE_DAY = timedelta(minutes=510)
MINUTE = timedelta(minutes=1)
ZERO = timedelta(0)
DAY = timedelta(days=1)
HOURS = {"WIB": 7, "WITA": 8, "WIT": 9}
LONGEST = 5_000  # days; a walk that goes on beyond is a fault of ours

Hold = tuple[datetime, datetime | None]


@dataclass(frozen=True)
class Span:
    """A limit of `value` working (or calendar) days from `start` on, in a zone."""

    start: datetime
    value: int
    working: bool
    zone: str


@dataclass
class Days:
    """`off`: national holidays and joint leave; years are looked up when they are needed."""

    off: holidays.HolidayBase = field(
        default_factory=lambda: holidays.country_holidays("ID", categories=("public", "government"))
    )

    def is_working(self, day: date) -> bool:
        return day.weekday() < 5 and day not in self.off

    def due(self, span: Span, holds: Sequence[Hold] = ()) -> datetime:
        """16.00 of the last day, moved by what the holds took."""
        return self._moved(span, self._last_day(span), holds)

    def grace(self, sent: datetime, days: int, zone: str, holds: Sequence[Hold] = ()) -> datetime:
        """When `days` whole office days have passed since `sent`."""
        span = Span(sent, days, True, zone)
        return self._moved(span, self.advance(sent, days * OFFICE_DAY, zone), holds)

    def advance(self, at: datetime, need: timedelta, zone: str) -> datetime:
        for opening, closing in self._offices(at, zone, DAY):
            begins = max(at, opening)
            if closing - begins >= need:
                return begins + need
            need -= max(ZERO, closing - begins)
        raise AssertionError("a walk without an end")

    def before(self, at: datetime, need: timedelta, zone: str) -> datetime:
        """The instant that many office hours before; at the end of a day rather than at the start of the next."""
        for opening, closing in self._offices(at, zone, -DAY):
            ends = min(at, closing)
            if ends - opening > need:
                return ends - need
            need -= max(ZERO, ends - opening)
        raise AssertionError("a walk without an end")

    def minutes_left(self, span: Span, due: datetime, at: datetime) -> int:
        """Office minutes (plain ones of calendar days) from `at` to the due date; a begun one counts whole."""
        begins = max(at, span.start)
        if begins >= due:
            return 0
        if not span.working:
            return math.ceil((due - begins) / MINUTE)
        total = ZERO
        for opening, closing in self._offices(begins, span.zone, DAY):
            if opening >= due:
                break
            total += max(ZERO, min(closing, due) - max(opening, begins))
        return math.ceil(total / MINUTE)

    def last_moment(self, at: datetime, calendar_days: int, zone: str) -> datetime:
        """16.00 of that day, be it a working day or not."""
        return self._at(_local(at, zone).date() + calendar_days * DAY, CLOSES, zone)

    def _last_day(self, span: Span) -> datetime:
        if not span.working:
            return self.last_moment(span.start, span.value, span.zone)
        local = _local(span.start, span.zone)
        day = local.date()
        if not self.is_working(day) or local.time() >= CLOSES:
            day = self._next(day)
        for _ in range(span.value):
            day = self._next(day)
        return self._at(day, CLOSES, span.zone)

    def _moved(self, span: Span, due: datetime, holds: Sequence[Hold]) -> datetime:
        """While a hold lasts, the due date is the one before it."""
        for since, until in holds:
            if until is None or until <= span.start or since >= due:
                continue
            left = self.minutes_left(span, due, since) * MINUTE
            due = self.advance(until, left, span.zone) if span.working else until + left
        return due

    def _next(self, day: date) -> date:
        day += DAY
        while not self.is_working(day):
            day += DAY
        return day

    def _offices(self, at: datetime, zone: str, step: timedelta) -> Iterator[tuple[datetime, datetime]]:
        """Opening and closing of each working day from that of `at` on, forwards or backwards."""
        day = _local(at, zone).date()
        for _ in range(LONGEST):
            if self.is_working(day):
                yield self._at(day, OPENS, zone), self._at(day, CLOSES, zone)
            day += step

    def _at(self, day: date, clock: time, zone: str) -> datetime:
        return datetime.combine(day, clock, timezone(timedelta(hours=HOURS[zone])))


def _local(at: datetime, zone: str) -> datetime:
    return at.astimezone(timezone(timedelta(hours=HOURS[zone])))
