"""Office time: domain rules by worked examples, and against numpy's business days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lapor_contracts.base import Zone
from lapor_escalation.domain import due
from lapor_escalation.domain.calendar import CLOSES, OFFICE_MINUTES, OPENS, calendar
from lapor_escalation.domain.decrees import Override, decrees
from lapor_escalation.domain.state import Hold
from lapor_escalation.domain.workdays import OutsideCalendar
from lapor_escalation.domain.zones import OFFSETS, zone_of

CALENDAR = calendar()
WITA = OFFSETS["WITA"]
ZONES: tuple[Zone, ...] = ("WIB", "WITA", "WIT")


def wita(day: int, hour: int, minute: int = 0, month: int = 10, year: int = 2023) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=WITA)


@pytest.mark.parametrize(
    ("received", "receipt_day", "days", "due_at"),
    [
        (wita(4, 10), date(2023, 10, 4), (5, 6, 9, 10, 11), wita(11, 16)),
        (wita(4, 17), date(2023, 10, 5), (6, 9, 10, 11, 12), wita(12, 16)),
        (wita(7, 9), date(2023, 10, 9), (10, 11, 12, 13, 16), wita(16, 16)),
    ],
)
def test_five_working_days_in_october_2023(
    received: datetime, receipt_day: date, days: tuple[int, ...], due_at: datetime
) -> None:
    assert CALENDAR.receipt_day(received, "WITA") == receipt_day
    assert CALENDAR.due(received, 5, "WITA") == due_at
    assert [d.day for d in CALENDAR.counted(received, due_at, "WITA")] == list(days)


def test_a_hold_keeps_the_office_minutes_that_were_left() -> None:
    received, held, resumed = wita(4, 10), wita(9, 10), wita(12, 13)
    span = due.Span(received, 5, "working_days", "WITA")
    before = CALENDAR.due(received, 5, "WITA")
    assert due.left_minutes(CALENDAR, span, before, held) == 360 + 510 + 510 == 1380
    assert due.due_at(CALENDAR, span, (Hold(held),)) == before
    after = due.due_at(CALENDAR, span, (Hold(held, resumed),))
    assert after == wita(17, 10, 30)
    counted = due.counted_days(CALENDAR, span, after, (Hold(held, resumed),))
    assert [d.day for d in counted] == [5, 6, 9, 12, 13, 16, 17]


def test_exactly_at_16_00_is_the_next_day() -> None:
    assert CALENDAR.receipt_day(wita(4, 15, 59), "WITA") == date(2023, 10, 4)
    assert CALENDAR.receipt_day(wita(4, 16), "WITA") == date(2023, 10, 5)


def test_the_same_instant_is_another_day_of_receipt_in_another_zone() -> None:
    instant = datetime(2023, 10, 4, 8, 30, tzinfo=UTC)  # 15.30 WIB, 16.30 WITA, 17.30 WIT
    assert [CALENDAR.receipt_day(instant, zone).day for zone in ZONES] == [4, 5, 5]


@pytest.mark.parametrize(("year", "expected"), [(2023, 239), (2024, 238), (2025, 237), (2026, 240)])
def test_working_days_of_the_decreed_years(year: int, expected: int) -> None:
    assert CALENDAR.days.between(date(year - 1, 12, 31), date(year, 12, 31)) == expected


def test_past_the_last_decree_it_is_provisional() -> None:
    assert not CALENDAR.is_provisional(datetime(2027, 12, 31, 9, tzinfo=WITA), "WITA")
    assert CALENDAR.is_provisional(datetime(2028, 1, 3, 9, tzinfo=WITA), "WITA")


def test_outside_of_its_years_it_says_so() -> None:
    with pytest.raises(OutsideCalendar):
        CALENDAR.due(datetime(1995, 1, 2, tzinfo=UTC), 5, "WIB")
    with pytest.raises(OutsideCalendar):
        CALENDAR.due(datetime(2060, 12, 30, tzinfo=UTC), 5, "WIB")


def test_overrides_win() -> None:
    closed = calendar(decrees([Override(date(2023, 10, 9), "cuti_bersama", "Cuti tambahan")]))
    assert closed.due(wita(4, 10), 5, "WITA") == wita(12, 16)
    opened = calendar(decrees([Override(date(2023, 12, 26), "hari_kerja", "Dibatalkan")]))
    assert opened.days.is_working(date(2023, 12, 26))
    assert not CALENDAR.days.is_working(date(2023, 12, 26))
    assert len({CALENDAR.version, closed.version, opened.version}) == 3


def test_a_decreed_year_is_taken_from_the_file_alone() -> None:
    rows = [Override(date(2028, 1, 1), "keputusan", "SKB"), Override(date(2028, 8, 17), "libur_nasional", "HUT RI")]
    known = decrees(rows)
    assert known.known_through == 2028
    assert [day for day in known.off if day.year == 2028] == [date(2028, 8, 17)]


def test_a_gap_in_the_decreed_years_is_not_known() -> None:
    assert decrees([Override(date(2029, 1, 1), "keputusan", "SKB")]).known_through == 2027


def test_a_weekend_cannot_become_a_working_day() -> None:
    with pytest.raises(ValueError, match="weekend"):
        decrees([Override(date(2026, 3, 21), "hari_kerja", "x")])


@pytest.mark.parametrize(
    ("area", "zone"),
    [("64.07.16.2004", "WITA"), ("31", "WIB"), ("91.03", "WIT"), ("73", "WITA"), ("61", "WIB"), (None, "WIB")],
)
def test_zone_of_a_place(area: str | None, zone: Zone) -> None:
    assert zone_of(area) == zone


def test_a_working_day_before_the_limit_is_the_same_time_of_the_day_before() -> None:
    assert CALENDAR.rewind(wita(11, 16), OFFICE_MINUTES, "WITA") == wita(10, 16)
    assert CALENDAR.rewind(wita(16, 16), OFFICE_MINUTES, "WITA") == wita(13, 16)
    assert CALENDAR.rewind(wita(17, 10, 30), OFFICE_MINUTES, "WITA") == wita(16, 10, 30)


# --- against numpy -----------------------------------------------------------------------------------------

HOLIDAYS = np.array(sorted(day.isoformat() for day in CALENDAR.off), dtype="datetime64[D]")
instants = st.datetimes(datetime(2015, 1, 1), datetime(2035, 12, 31)).map(lambda at: at.replace(tzinfo=UTC))  # noqa: DTZ001
zones = st.sampled_from(ZONES)


def busday(day: date, offset: int, roll: str = "preceding") -> date:
    moved = np.busday_offset(np.datetime64(day), offset, roll=roll, holidays=HOLIDAYS)  # type: ignore[call-overload]
    result: date = moved.astype(date)
    return result


@given(instants, st.integers(1, 60), zones)
def test_due_as_numpy_counts(at: datetime, n: int, zone: Zone) -> None:
    local = at.astimezone(OFFSETS[zone])
    late = local.time() >= CLOSES
    receipt = busday(local.date() + timedelta(days=late), 0, "following")
    assert CALENDAR.receipt_day(at, zone) == receipt
    assert CALENDAR.due(at, n, zone) == datetime.combine(busday(receipt, n), CLOSES, OFFSETS[zone])


days_of_the_years = st.dates(date(2015, 1, 1), date(2035, 12, 31))
WEEKDAYS = days_of_the_years.filter(lambda day: day.weekday() < 5)


@given(st.lists(WEEKDAYS, max_size=12), st.lists(WEEKDAYS, max_size=12), days_of_the_years, days_of_the_years)
@settings(max_examples=60)
def test_working_days_between_any_two_as_numpy_counts_with_any_decrees(
    off: list[date], on: list[date], one: date, other: date
) -> None:
    rows = [Override(day, "cuti_bersama", "x") for day in set(off) - set(on)]
    rows += [Override(day, "hari_kerja", "x") for day in on]
    known = decrees(rows)
    holidays = np.array(sorted(day.isoformat() for day in known.off), dtype="datetime64[D]")
    start, end = sorted((one, other))
    counted = np.busday_count(np.datetime64(start) + 1, np.datetime64(end) + 1, holidays=holidays)
    days = known.working_days()
    assert days.between(start, end) == counted
    assert days.is_working(one) == bool(np.is_busday(np.datetime64(one), holidays=holidays))
    n = 1 + abs(one.toordinal() - other.toordinal()) % 90
    later = np.busday_offset(np.datetime64(one), n, roll="preceding", holidays=holidays).astype(date)
    earlier = np.busday_offset(np.datetime64(one), -n, roll="following", holidays=holidays).astype(date)
    assert (days.after(one, n), days.before(one, n)) == (later, earlier)


def minutes_by_numpy(start: datetime, end: datetime, zone: Zone) -> float:
    """Office time from start to end in minutes, day by day."""
    total = 0.0
    day = start.astimezone(OFFSETS[zone]).date()
    while day <= end.astimezone(OFFSETS[zone]).date():
        if np.is_busday(np.datetime64(day), holidays=HOLIDAYS):
            opens = datetime.combine(day, OPENS, OFFSETS[zone])
            closes = datetime.combine(day, CLOSES, OFFSETS[zone])
            total += max((min(end, closes) - max(start, opens)).total_seconds(), 0) / 60
        day += timedelta(days=1)
    return total


@given(instants, st.timedeltas(timedelta(0), timedelta(days=40)), zones)
def test_minutes_between_as_numpy_counts(start: datetime, length: timedelta, zone: Zone) -> None:
    counted = CALENDAR.minutes_between(start, start + length, zone)
    assert -1e-6 < counted - minutes_by_numpy(start, start + length, zone) < 1


@given(instants, st.integers(1, 8_000), zones)
def test_advance_takes_exactly_these_minutes_and_lands_in_office_time(at: datetime, minutes: int, zone: Zone) -> None:
    end = CALENDAR.advance(at, minutes, zone)
    assert minutes_by_numpy(at, end, zone) == pytest.approx(minutes)
    assert in_office(end, zone)


@given(instants, st.integers(1, 8_000), zones)
def test_rewind_takes_exactly_these_minutes_and_lands_in_office_time(at: datetime, minutes: int, zone: Zone) -> None:
    start = CALENDAR.rewind(at, minutes, zone)
    assert minutes_by_numpy(start, at, zone) == pytest.approx(minutes)
    assert in_office(start, zone)


def in_office(at: datetime, zone: Zone) -> bool:
    local = at.astimezone(OFFSETS[zone])
    return OPENS < local.time() <= CLOSES and bool(np.is_busday(np.datetime64(local.date()), holidays=HOLIDAYS))


@given(
    instants,
    st.integers(1, 60),
    zones,
    st.timedeltas(timedelta(0), timedelta(days=30)),
    st.timedeltas(timedelta(0), timedelta(days=30)),
)
def test_a_hold_takes_no_office_time_away(at: datetime, n: int, zone: Zone, wait: timedelta, length: timedelta) -> None:
    """What was left before the hold and what ran after it are the whole limit, to the minute."""
    span = due.Span(at, n, "working_days", zone)
    hold = Hold(at + wait, at + wait + length)
    plain, moved = due.due_at(CALENDAR, span, ()), due.due_at(CALENDAR, span, (hold,))
    assert moved >= plain
    if hold.since >= plain:
        assert moved == plain
    else:
        ran = minutes_by_numpy(at, hold.since, zone) + minutes_by_numpy(hold.until or moved, moved, zone)
        assert -1e-6 < ran - minutes_by_numpy(at, plain, zone) < 1


@given(st.integers(1, 30), zones)
def test_calendar_days_end_at_16_00(n: int, zone: Zone) -> None:
    at = datetime(2024, 3, 29, 20, tzinfo=UTC)
    local = at.astimezone(OFFSETS[zone]).date()
    assert CALENDAR.due_in_calendar_days(at, n, zone) == datetime.combine(
        local + timedelta(days=n), time(16), OFFSETS[zone]
    )
