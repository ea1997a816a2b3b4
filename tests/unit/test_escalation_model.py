"""The minute model itself, on domain.md's worked examples: what proves others has to be right first."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from lapor_escalation.domain.zones import OFFSETS

from tests.support.escalation_model import Office, instant, minute
from tests.support.escalation_model.watch import limit

OFFICE = Office(frozenset())


def wita(day: int, hour: int, of_hour: int = 0) -> int:
    return minute(datetime(2023, 10, day, hour, of_hour, tzinfo=OFFSETS["WITA"]))


@pytest.mark.parametrize(
    ("received", "due"),
    [(wita(4, 10), wita(11, 16)), (wita(4, 17), wita(12, 16)), (wita(7, 9), wita(16, 16)), (wita(4, 16), wita(12, 16))],
)
def test_five_working_days(received: int, due: int) -> None:
    assert limit(received, 5, "working_days", "WITA", OFFICE).runs_out(OFFICE, ()) == due


def test_a_hold_keeps_what_is_left_in_office_minutes() -> None:
    watch = limit(wita(4, 10), 5, "working_days", "WITA", OFFICE)
    watch.run(wita(9, 10), OFFICE, ())
    assert watch.left == 1_380
    assert watch.runs_out(OFFICE, [(wita(9, 10), wita(12, 13))]) == wita(17, 10, 30)


def test_a_day_that_is_off_does_not_count() -> None:
    office = Office({datetime(2023, 10, 6).date()})  # noqa: DTZ001 - a day
    assert limit(wita(4, 10), 5, "working_days", "WITA", office).runs_out(office, ()) == wita(12, 16)


def test_calendar_days_count_whatever_day_it_is() -> None:
    assert limit(wita(4, 10), 3, "calendar_days", "WITA", OFFICE).runs_out(OFFICE, ()) == wita(7, 16)


@pytest.mark.parametrize(
    ("due", "before"), [(wita(11, 16), wita(10, 16)), (wita(9, 16), wita(6, 16)), (wita(11, 10, 30), wita(10, 10, 30))]
)
def test_a_working_day_before(due: int, before: int) -> None:
    assert OFFICE.back(due, 510, "WITA") == before


def test_only_nights_are_passed_over() -> None:
    at, seen = wita(4, 0), []
    while at < wita(6, 0):
        at = OFFICE.following(at)
        seen.append(at)
    missed = set(range(wita(4, 0), wita(6, 0))) - set(seen) - {wita(4, 0)}
    assert not any(OFFICE.is_open(at, zone) for at in missed for zone in ("WIB", "WITA", "WIT"))
    assert instant(seen[-1]) - instant(seen[0]) < timedelta(days=3)
