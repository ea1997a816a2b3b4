"""Office time: the day of receipt, the due date, what is left at a pause, and when it runs out again.

An office day is 07.30 to 16.00 local time (start: Perpres 21/2023; end assumed). All instants that come
out of here lie in office time, at 16.00 rather than at 07.30 of the next day.
"""

from __future__ import annotations

import math
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final

from lapor_contracts.base import Zone
from lapor_contracts.escalations import Counting

from lapor_escalation.domain.decrees import Decrees, decrees
from lapor_escalation.domain.workdays import WorkingDays
from lapor_escalation.domain.zones import OFFSETS

OPENS: Final = time(7, 30)
CLOSES: Final = time(16, 0)
OFFICE_MINUTES: Final = 510
MINUTE: Final = timedelta(minutes=1)
REMEMBERED: Final = 20_000
_DAY: Final = timedelta(minutes=OFFICE_MINUTES)
_NOTHING: Final = timedelta(0)


class Calendar:
    """`off`: why a day is off. Made by `calendar()`.

    Most complaints share their due dates with thousands of others, and what is sent in one batch is sent at one
    moment, so what follows from these alone is remembered.
    """

    def __init__(self, days: WorkingDays, off: dict[date, str], known_through: int, version: str) -> None:
        self.days = days
        self.off = off
        self.known_through = known_through
        self.version = version
        self._rewound = lru_cache(REMEMBERED)(self._rewind)
        self._advanced = lru_cache(REMEMBERED)(self._advance)
        self._closing_after = lru_cache(REMEMBERED)(self._closing_of)
        self._spanned = lru_cache(REMEMBERED)(days.span)
        self._described = lru_cache(REMEMBERED)(self._describe)

    def receipt_day(self, at: datetime, zone: Zone) -> date:
        """R: the local day of `at` where it is a working day and before 16.00, else the next working day."""
        local = at.astimezone(OFFSETS[zone])
        if local.time() < CLOSES and self.days.is_working(local.date()):
            return local.date()
        return self.days.after(local.date(), 1)

    def due(self, at: datetime, working_days: int, zone: Zone) -> datetime:
        """16.00 of the last day; day 1 is the first working day after the day of receipt."""
        return self._closing_after(self.receipt_day(at, zone), working_days, zone)

    def due_in_calendar_days(self, at: datetime, calendar_days: int, zone: Zone) -> datetime:
        """16.00 of the last day, be it a working day or not."""
        return _closing(at.astimezone(OFFSETS[zone]).date() + timedelta(days=calendar_days), zone)

    def minutes_between(self, start: datetime, end: datetime, zone: Zone) -> int:
        """Office minutes from `start` to `end`, a begun minute counted whole; 0 where `end` is not later."""
        if end <= start:
            return 0
        first, last = start.astimezone(OFFSETS[zone]), end.astimezone(OFFSETS[zone])
        whole = _DAY * self.days.between(first.date(), last.date())
        return math.ceil((whole + self._left(first) - self._left(last)) / MINUTE)

    def advance(self, at: datetime, minutes: int, zone: Zone) -> datetime:
        """When `minutes` office minutes (1 or more) will have passed after `at`."""
        return self._advanced(at, minutes, zone)

    def rewind(self, at: datetime, minutes: int, zone: Zone) -> datetime:
        """The instant `minutes` office minutes before `at`: a working day before Wed 16.00 is Tue 16.00."""
        return self._rewound(at, minutes, zone)

    def counted(self, start: datetime, due: datetime, zone: Zone) -> tuple[date, ...]:
        """The working days after the day of receipt up to the due date."""
        return self._spanned(self.receipt_day(start, zone), due.astimezone(OFFSETS[zone]).date())

    def is_provisional(self, due: datetime, zone: Zone) -> bool:
        """It runs past the last known decree: days may still change."""
        return due.astimezone(OFFSETS[zone]).year > self.known_through

    def counting(self, start: datetime, due: datetime, days: tuple[date, ...], zone: Zone) -> Counting:
        return self._described(self.receipt_day(start, zone), due.astimezone(OFFSETS[zone]).date(), days, zone)

    def _closing_of(self, receipt_day: date, working_days: int, zone: Zone) -> datetime:
        return _closing(self.days.after(receipt_day, working_days), zone)

    def _advance(self, at: datetime, minutes: int, zone: Zone) -> datetime:
        local = at.astimezone(OFFSETS[zone])
        need, today = timedelta(minutes=minutes), self._left(local)
        if need <= today:
            return max(local, _opening(local.date(), zone)) + need
        need -= today
        days = -(-need // _DAY)
        day = self.days.after(local.date(), days)
        return _opening(day, zone) + (need - (days - 1) * _DAY)

    def _rewind(self, at: datetime, minutes: int, zone: Zone) -> datetime:
        local = at.astimezone(OFFSETS[zone])
        need, today = timedelta(minutes=minutes), self._passed(local)
        if need < today:
            return min(local, _closing(local.date(), zone)) - need
        need -= today
        days = need // _DAY
        return _closing(self.days.before(local.date(), days + 1), zone) - (need - days * _DAY)

    def _describe(self, receipt_day: date, last: date, days: tuple[date, ...], zone: Zone) -> Counting:
        return Counting(
            receipt_day=receipt_day.isoformat(),
            days=tuple(day.isoformat() for day in days),
            zone=zone,
            calendar=self.version,
            provisional=last.year > self.known_through,
        )

    def office_time(self, day: date, zone: Zone) -> tuple[datetime, datetime]:
        return _opening(day, zone), _closing(day, zone)

    def _passed(self, local: datetime) -> timedelta:
        """Office time of its day that is over."""
        return _DAY - self._left(local) if self.days.is_working(local.date()) else _NOTHING

    def _left(self, local: datetime) -> timedelta:
        """Office time of its day that is still to come."""
        if not self.days.is_working(local.date()):
            return _NOTHING
        closing = datetime.combine(local.date(), CLOSES, local.tzinfo)
        return min(max(closing - local, _NOTHING), _DAY)


def calendar(known: Decrees | None = None) -> Calendar:
    known = known or decrees()
    return Calendar(days=known.working_days(), off=known.off, known_through=known.known_through, version=known.version)


def _opening(day: date, zone: Zone) -> datetime:
    return datetime.combine(day, OPENS, OFFSETS[zone])


def _closing(day: date, zone: Zone) -> datetime:
    return datetime.combine(day, CLOSES, OFFSETS[zone])
