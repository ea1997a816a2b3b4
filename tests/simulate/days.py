"""The chaos run's working days, which it walks one by one, remembered: a year has few days and many clocks."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from tests.chaos.days import CLOSES, Days, Span, _local


@dataclass
class KnownDays(Days):
    _working: dict[date, bool] = field(default_factory=dict)
    _last: dict[Any, datetime] = field(default_factory=dict)
    _before: dict[Any, datetime] = field(default_factory=dict)

    def is_working(self, day: date) -> bool:
        if day not in self._working:
            self._working[day] = super().is_working(day)
        return self._working[day]

    def before(self, at: datetime, need: timedelta, zone: str) -> datetime:
        key = (at, need, zone)
        if key not in self._before:
            self._before[key] = super().before(at, need, zone)
        return self._before[key]

    def _last_day(self, span: Span) -> datetime:
        """Whoever starts on the same day, before its closing or after it, has the same last one."""
        local = _local(span.start, span.zone)
        key = (local.date(), local.time() < CLOSES, span.value, span.working, span.zone)
        if key not in self._last:
            self._last[key] = super()._last_day(span)
        return self._last[key]
