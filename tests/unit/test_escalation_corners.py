"""Corner cases of the clocks: holds in holds, the second of the limit, decrees for today, leap days, year ends."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from lapor_contracts import complaints, replies
from lapor_contracts.base import Zone
from lapor_contracts.escalations import (
    ClockMoved,
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    LimitMissed,
    Overtaken,
    Reminded,
    SuperiorTold,
)
from lapor_escalation.domain import assignment, clocks, complaint
from lapor_escalation.domain.calendar import calendar
from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.decrees import Kind, Override, decrees
from lapor_escalation.domain.zones import OFFSETS

from tests.support.escalation import CALENDAR, DLH, PUPR, RULES, World, wita

AGENCYS = {"clock": "agency"}


def silent_world() -> World:
    """Assigned on Wed 4 October 2023. Due Wed 11th 16.00."""
    world = World().register(wita(4))
    world.assign(wita(4))
    return world


def hold(world: World, at: datetime) -> None:
    world.apply(complaint.held(world.known, world.rules, at), at)


def complete(world: World, at: datetime) -> None:
    world.apply(complaint.completed(world.known, world.rules, None, at), at)


# --- holds -----------------------------------------------------------------------------------------------------


def test_a_hold_inside_of_a_hold_adds_nothing_and_the_first_completion_ends_both() -> None:
    world = silent_world()
    hold(world, wita(9))
    said = len(world.said)
    hold(world, wita(10))
    assert len(world.said) == said
    complete(world, wita(12, 13))
    assert world.of(ClockResumed, **AGENCYS)[0].due_at == wita(17, 10, 30)
    said = len(world.said)
    complete(world, wita(13))  # what belongs to the inner one
    assert len(world.said) == said
    assert len(world.known.holds) == 1


def test_two_holds_take_both_their_times() -> None:
    world = silent_world()
    hold(world, wita(5, 7, 30))
    complete(world, wita(6, 7, 30))
    hold(world, wita(9, 7, 30))
    complete(world, wita(11, 7, 30))
    assert world.of(ClockResumed, **AGENCYS)[-1].due_at == wita(16, 16)


def test_a_hold_outlives_a_change_of_the_agency() -> None:
    """The reporter owes the data to whoever has the complaint: the next agency's time begins when they come."""
    world = silent_world()
    hold(world, wita(5))
    world.apply(assignment.released(world.known, 1, wita(6)), wita(6))
    second = world.assign(wita(9), PUPR)
    assert [type(e).__name__ for _, _, e in world.said if getattr(e, "assignment", None) == second] == [
        "ClockStarted", "ClockPaused"
    ]  # fmt: skip
    world.until(wita(31))
    assert world.of(Reminded) == world.of(LimitMissed) == []
    complete(world, wita(31, 8))
    resumed = {(r.clock, r.limit): r.due_at for r in world.of(ClockResumed)}
    # Of the second: Mon 9th from 10.00 on (360 minutes) and five days; from Tue 31st 8.00 on 480 + 4 x 510 + 390.
    assert resumed["agency", "first_response"] == wita(7, 14, month=11)
    assert ("agency", "first_response", 1) not in {(c.kind, c.rule, c.assignment) for c in world.known.running}


def test_holds_outside_of_office_hours_take_nothing() -> None:
    world = silent_world()
    hold(world, wita(6, 18))
    complete(world, wita(9, 7))
    assert world.of(ClockResumed, **AGENCYS)[0].due_at == wita(11, 16)
    assert world.of(ClockPaused, **AGENCYS)[0].left_minutes == 3 * 510


def test_a_reopened_complaint_says_that_it_is() -> None:
    world = silent_world()
    world.reply(replies.Resolved, wita(6))
    world.apply(complaint.reopened(world.known, complaints.Reopened(assignment=1, reason="-"), wita(16)), wita(16))
    hold(world, wita(17))
    complete(world, wita(18))
    assert [(r.limit, r.why) for r in world.of(ClockResumed)] == [("whole", "reopened"), ("whole", "completed")]
    assert len(world.of(ClockStarted, rule="whole")) == 1


# --- the second of the limit ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("late", "in_time"), [(timedelta(milliseconds=-1), True), (timedelta(0), True), (timedelta(milliseconds=1), False)]
)
def test_a_reply_at_the_limit_is_in_time_and_the_broker_says_when(late: timedelta, in_time: bool) -> None:
    """16.00.00.000 by the broker's stamp is in time; a millisecond later is not."""
    world = silent_world()
    world.reply(replies.Accepted, wita(11, 16) + late)
    assert world.of(ClockStopped, limit="first_response")[0].in_time is in_time


def test_both_at_once_the_limit_is_missed_and_the_reply_of_that_second_takes_it_back() -> None:
    """The router was still checking the reply when the timer fired."""
    world = silent_world().until(wita(11, 16))
    assert world.times(LimitMissed, **AGENCYS) == [wita(11, 16)]
    world.reply(replies.Accepted, wita(11, 16), now=wita(11, 16, 1))
    stopped = world.of(ClockStopped, limit="first_response")[0]
    assert (stopped.in_time, stopped.withdrawn_steps) == (True, ("limit_missed",))
    assert world.until(wita(20)).of(SuperiorTold, **AGENCYS) == []


# --- decrees ---------------------------------------------------------------------------------------------------


def decree(world: World, now: datetime, *rows: tuple[date, Kind]) -> None:
    changed = calendar(decrees([Override(day, kind, "Keputusan baru") for day, kind in rows]))
    world.rules = Rules(changed, RULES.policy)
    world.apply(clocks.recount(world.known, world.rules), now)


def test_a_day_off_decreed_on_the_day_itself_moves_what_was_due_today() -> None:
    world = silent_world().until(wita(11, 9))
    decree(world, wita(11, 9), (date(2023, 10, 11), "cuti_bersama"))
    moved = world.of(ClockMoved, **AGENCYS)[0]
    assert (moved.due_before, moved.due_at) == (wita(11, 16), wita(12, 16))
    assert "kalender" in moved.why_id.lower() and "calendar" in moved.why_en.lower()
    assert world.until(wita(12, 16)).times(LimitMissed, **AGENCYS) == [wita(12, 16)]
    assert world.times(Reminded, **AGENCYS) == [wita(10, 16)]  # and not once more


def test_decreed_after_the_limit_was_called_missed_the_superior_waits_for_the_new_limit() -> None:
    """A week of joint leave, decreed too late: nobody is escalated before the limit that now holds."""
    world = silent_world().until(wita(11, 16))
    rows: list[tuple[date, Kind]] = [(date(2023, 10, day), "cuti_bersama") for day in (11, 12, 13, 16, 17)]
    decree(world, wita(11, 17), *rows)
    assert world.of(ClockMoved, **AGENCYS)[0].due_at == wita(18, 16)
    assert world.until(wita(31)).times(SuperiorTold, **AGENCYS) == [wita(20, 16)]
    assert len(world.of(LimitMissed, **AGENCYS)) == 1


def test_kept_by_the_new_limit_what_was_called_missed_is_taken_back() -> None:
    world = silent_world().until(wita(11, 16))
    decree(world, wita(11, 17), (date(2023, 10, 11), "cuti_bersama"))
    world.reply(replies.Accepted, wita(12, 15))
    stopped = world.of(ClockStopped, limit="first_response")[0]
    assert (stopped.in_time, stopped.withdrawn_steps) == (True, ("limit_missed",))


def test_a_leave_that_is_cancelled_brings_the_limit_forward_and_the_notice_period_stays() -> None:
    """28 September 2023 (a holiday) becomes a working day on the 5th of October: due the day before."""
    world = World().register(wita(27, month=9))
    world.assign(wita(27, month=9))
    assert world.of(ClockStarted, **AGENCYS)[0].due_at == wita(5, 16)
    world.until(wita(4, 15))
    decree(world, wita(5, 9), (date(2023, 9, 28), "hari_kerja"))
    world.fire(wita(5, 9))
    assert world.of(ClockMoved, **AGENCYS)[0].due_at == wita(4, 16)
    assert [(o.step, o.was_due_at) for o in world.of(Overtaken, **AGENCYS)] == [("reminded", wita(3, 16))]
    assert world.times(LimitMissed, **AGENCYS) == [wita(5, 9)]
    assert world.until(wita(10)).times(SuperiorTold, **AGENCYS) == [wita(9, 9)]


def test_a_decree_about_days_that_are_over_or_outside_moves_nothing() -> None:
    world = silent_world().until(wita(9))
    decree(world, wita(9), (date(2023, 10, 4), "cuti_bersama"), (date(2023, 12, 12), "cuti_bersama"))
    # The day of receipt is the next working day where it is none itself: that moves it.
    assert world.of(ClockMoved, **AGENCYS)[0].due_at == wita(12, 16)
    again = silent_world().until(wita(9))
    decree(again, wita(9), (date(2023, 10, 3), "cuti_bersama"), (date(2023, 12, 12), "cuti_bersama"))
    assert again.of(ClockMoved) == []
    assert again.known.calendar == again.rules.calendar.version


def test_on_hold_the_deadline_moves_too_and_is_said() -> None:
    world = silent_world()
    hold(world, wita(9))
    decree(world, wita(10), (date(2023, 10, 16), "cuti_bersama"))
    complete(world, wita(12, 13))
    assert world.of(ClockResumed, **AGENCYS)[0].due_at == wita(18, 10, 30)


# --- leap days and year ends ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("received", "working_days", "due"),
    [
        (datetime(2024, 2, 27, 10), 2, date(2024, 2, 29)),  # noqa: DTZ001 - local below
        (datetime(2024, 2, 28, 16), 1, date(2024, 3, 1)),  # noqa: DTZ001
        (datetime(2024, 2, 29, 10), 1, date(2024, 3, 1)),  # noqa: DTZ001
        (datetime(2023, 2, 28, 10), 1, date(2023, 3, 1)),  # noqa: DTZ001
        (datetime(2023, 12, 29, 16), 1, date(2024, 1, 3)),  # noqa: DTZ001 - received on Tue 2nd, the 1st is off
        (datetime(2023, 12, 31, 23, 59), 1, date(2024, 1, 3)),  # noqa: DTZ001
        (datetime(2025, 12, 31, 15, 59), 1, date(2026, 1, 2)),  # noqa: DTZ001
        (datetime(2025, 12, 31, 16), 1, date(2026, 1, 5)),  # noqa: DTZ001
    ],
)
@pytest.mark.parametrize("zone", ["WIB", "WITA", "WIT"])
def test_leap_days_and_year_ends(received: datetime, working_days: int, due: date, zone: Zone) -> None:
    at = received.replace(tzinfo=OFFSETS[zone])
    assert CALENDAR.due(at, working_days, zone) == datetime(due.year, due.month, due.day, 16, tzinfo=OFFSETS[zone])


def test_midnight_of_the_new_year_is_another_year_in_each_zone() -> None:
    """31 December 2027, 23.30 WIB is the new year in the east: provisional there, and decreed in the west."""
    at = datetime(2027, 12, 31, 23, 30, tzinfo=OFFSETS["WIB"])
    assert [CALENDAR.is_provisional(at, zone) for zone in ("WIB", "WITA", "WIT")] == [False, True, True]


def test_a_limit_over_the_last_decree_is_flagged_in_its_event() -> None:
    world = World().register(datetime(2027, 12, 28, 10, tzinfo=OFFSETS["WITA"]))
    whole, verification = world.of(ClockStarted)
    assert (whole.counting.provisional, verification.counting.provisional) == (True, verification.due_at.year > 2027)


def test_the_agency_is_the_same_before_and_after_new_year() -> None:
    world = World().register(datetime(2024, 12, 27, 10, tzinfo=OFFSETS["WITA"]))
    world.assign(datetime(2024, 12, 27, 10, tzinfo=OFFSETS["WITA"]), DLH)
    first = world.of(ClockStarted, **AGENCYS)[0]
    assert first.counting.days == ("2024-12-30", "2024-12-31", "2025-01-02", "2025-01-03", "2025-01-06")
