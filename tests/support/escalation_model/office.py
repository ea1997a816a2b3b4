"""Which minutes count. A minute is a whole number: how many have passed since 1970 in UTC, when it begins."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta

HOUR, DAY = 60, 1440
AHEAD = {"WIB": 7 * HOUR, "WITA": 8 * HOUR, "WIT": 9 * HOUR}
OPENS, CLOSES = 7 * HOUR + 30, 16 * HOUR
OFFICE_DAY = CLOSES - OPENS
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
THURSDAY = 3  # the first day
# In between every office is closed: the last one in the west has shut, the first one in the east has not opened.
LAST_CLOSES, FIRST_OPENS = CLOSES - AHEAD["WIB"], OPENS - AHEAD["WIT"] + DAY


def minute(at: datetime) -> int:
    """Raises ValueError inside of a minute: the model knows none."""
    whole, rest = divmod(at - EPOCH, timedelta(minutes=1))
    if rest:
        raise ValueError(f"{at} is inside of a minute")
    return whole


def instant(at: int) -> datetime:
    return EPOCH + timedelta(minutes=at)


@dataclass
class Office:
    """`off`: the days, besides weekends, on which nobody works."""

    off: Collection[date]
    _working: dict[int, bool] = field(default_factory=dict)

    def works(self, day: int) -> bool:
        """`day`: since 1970, of the place's own calendar."""
        if day not in self._working:
            weekend = (day + THURSDAY) % 7 >= 5
            self._working[day] = not weekend and (EPOCH + timedelta(days=day)).date() not in self.off
        return self._working[day]

    def day(self, at: int, zone: str) -> date:
        return (EPOCH + timedelta(minutes=at + AHEAD[zone])).date()

    def is_open(self, at: int, zone: str) -> bool:
        day, of_day = divmod(at + AHEAD[zone], DAY)
        return OPENS <= of_day < CLOSES and self.works(day)

    def following(self, at: int) -> int:
        """The next minute in which any office may be open: the night is passed over in one step."""
        day, of_day = divmod(at + 1, DAY)
        return day * DAY + (FIRST_OPENS if LAST_CLOSES < of_day < FIRST_OPENS else of_day)

    def last_closing(self, start: int, working_days: int, zone: str) -> int:
        """16.00 of the last day. Day 1 is the first working day after the day of receipt, which is the local day if
        it is a working day and before 16.00, else the next working day."""
        day, of_day = divmod(start + AHEAD[zone], DAY)
        if not self.works(day) or of_day >= CLOSES:
            day = self._next(day)
        for _ in range(working_days):
            day = self._next(day)
        return day * DAY + CLOSES - AHEAD[zone]

    def closing_of_day(self, start: int, calendar_days: int, zone: str) -> int:
        """16.00 of that day, be it a working day or not."""
        return ((start + AHEAD[zone]) // DAY + calendar_days) * DAY + CLOSES - AHEAD[zone]

    def open_minutes(self, start: int, end: int, zone: str) -> int:
        count = 0
        while start < end:
            count += self.is_open(start, zone)
            start = self.following(start)
        return count

    def back(self, at: int, office_minutes: int, zone: str) -> int:
        """That many office minutes before, and then to the end of the office time before those."""
        while office_minutes or not self.is_open(at - 1, zone):
            at -= 1
            office_minutes -= self.is_open(at, zone)
        return at

    def _next(self, day: int) -> int:
        day += 1
        while not self.works(day):
            day += 1
        return day
