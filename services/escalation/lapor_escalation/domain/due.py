"""When a limit is reached: from its start over the working days that count, moved by what the holds took.

Always computed from the beginning, so the order in which events came does not matter and a changed
calendar changes it.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from lapor_contracts.base import Zone
from lapor_contracts.escalations import Unit

from lapor_escalation.domain.calendar import MINUTE, OFFICE_MINUTES, Calendar
from lapor_escalation.domain.state import Hold
from lapor_escalation.domain.zones import OFFSETS

_WORKING: Final[Unit] = "working_days"


@dataclass(frozen=True, slots=True)
class Span:
    """A limit of `value` `unit` from `start` on, in the agency's (or the place's) own zone."""

    start: datetime
    value: int
    unit: Unit
    zone: Zone


def due_at(calendar: Calendar, span: Span, holds: tuple[Hold, ...]) -> datetime:
    """The due date. While a hold lasts: the one that held before it."""
    return _moved(calendar, span, _undisturbed(calendar, span), holds)


def grace_until(
    calendar: Calendar, sent_at: datetime, working_days: int, zone: Zone, holds: tuple[Hold, ...]
) -> datetime:
    """When the time that a step gave has run out: whole working days in office minutes from its sending."""
    span = Span(sent_at, working_days, "working_days", zone)
    return _moved(calendar, span, calendar.advance(sent_at, working_days * OFFICE_MINUTES, zone), holds)


def left_minutes(calendar: Calendar, span: Span, due: datetime, at: datetime) -> int:
    """What is kept at a pause: office minutes of working days, plain minutes of calendar days."""
    start = max(at, span.start)
    if span.unit == _WORKING:
        return calendar.minutes_between(start, due, span.zone)
    return max(0, -((start - due) // MINUTE))


def counted_days(calendar: Calendar, span: Span, due: datetime, holds: tuple[Hold, ...]) -> tuple[date, ...]:
    """The days that count: of each at least a minute of office time was outside of every hold."""
    if span.unit == _WORKING:
        days = calendar.counted(span.start, due, span.zone)
    else:
        first = span.start.astimezone(OFFSETS[span.zone]).date()
        length = (due.astimezone(OFFSETS[span.zone]).date() - first).days
        days = tuple(first + timedelta(days=n) for n in range(1, length + 1))
    if not holds:
        return days
    return tuple(day for day in days if not any(_covers(calendar, hold, day, span.zone) for hold in holds))


def _undisturbed(calendar: Calendar, span: Span) -> datetime:
    if span.unit == _WORKING:
        return calendar.due(span.start, span.value, span.zone)
    return calendar.due_in_calendar_days(span.start, span.value, span.zone)


def _moved(calendar: Calendar, span: Span, due: datetime, holds: tuple[Hold, ...]) -> datetime:
    for hold in holds:
        if hold.until is None or hold.until <= span.start or hold.since >= due:
            continue
        left = left_minutes(calendar, span, due, hold.since)
        working = span.unit == _WORKING
        due = calendar.advance(hold.until, left, span.zone) if working else hold.until + left * MINUTE
    return due


def _covers(calendar: Calendar, hold: Hold, day: date, zone: Zone) -> bool:
    """The hold takes the whole office time of `day`."""
    opening, closing = calendar.office_time(day, zone)
    return hold.since <= opening and (hold.until is None or hold.until >= closing)
