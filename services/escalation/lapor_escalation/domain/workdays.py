"""Working days by an ordinal table: the n-th working day after any day is one look-up, however large n is."""

from __future__ import annotations

from array import array
from collections.abc import Collection
from datetime import date

SATURDAY = 5


class OutsideCalendar(ValueError):  # noqa: N818 - a kind of input
    """A day before or after the years that the calendar covers."""


class WorkingDays:
    """Monday to Friday from the first of January of `first_year` to the end of `last_year`, without `closed`."""

    def __init__(self, first_year: int, last_year: int, closed: Collection[date]) -> None:
        self._first = date(first_year, 1, 1).toordinal()
        last = date(last_year, 12, 31).toordinal()
        off = {day.toordinal() for day in closed}
        self._until = array("i")  # for each day: how many working days up to and including it
        self._days = array("i")  # the ordinal of each working day
        for ordinal in range(self._first, last + 1):
            if (ordinal - 1) % 7 < SATURDAY and ordinal not in off:
                self._days.append(ordinal)
            self._until.append(len(self._days))

    def is_working(self, day: date) -> bool:
        return self._count(day.toordinal()) > self._count(day.toordinal() - 1)

    def after(self, day: date, n: int) -> date:
        """The n-th working day after `day`, n >= 1. Raises OutsideCalendar."""
        return self._at(self._count(day.toordinal()) + n - 1)

    def before(self, day: date, n: int) -> date:
        """The n-th working day before `day`, n >= 1. Raises OutsideCalendar."""
        return self._at(self._count(day.toordinal() - 1) - n)

    def between(self, after: date, until: date) -> int:
        """How many working days are after `after`, up to and including `until`."""
        return self._count(until.toordinal()) - self._count(after.toordinal())

    def span(self, after: date, until: date) -> tuple[date, ...]:
        """The working days after `after`, up to and including `until`."""
        first, last = self._count(after.toordinal()), self._count(until.toordinal())
        return tuple(date.fromordinal(ordinal) for ordinal in self._days[first:last])

    def _count(self, ordinal: int) -> int:
        index = ordinal - self._first
        if index == -1:
            return 0
        if not 0 <= index < len(self._until):
            raise OutsideCalendar("the day is outside the years of the calendar")
        return self._until[index]

    def _at(self, index: int) -> date:
        if not 0 <= index < len(self._days):
            raise OutsideCalendar("the day is outside the years of the calendar")
        return date.fromordinal(self._days[index])
