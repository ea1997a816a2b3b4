"""Both clocks: what starts, stops, pauses and resumes them; what counts for a reply."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lapor_contracts import complaints, replies
from lapor_contracts.base import Place
from lapor_contracts.escalations import (
    ClockPaused,
    ClockResumed,
    ClockStarted,
    ClockStopped,
    ClosedBySilence,
    LimitMissed,
)
from lapor_escalation.domain import assignment, complaint

from tests.support.escalation import DLH, PUPR, RULES, World, wita


def test_registration_starts_the_citizens_clock() -> None:
    world = World().register(wita(4))
    whole, verification = world.of(ClockStarted)
    assert (whole.clock, whole.limit.rule, whole.limit.value, whole.due_at) == ("citizen", "whole", 14, wita(24, 16))
    assert (verification.limit.rule, verification.due_at) == ("verification", wita(9, 16))
    assert whole.assignment is None
    assert whole.counting.days[0] == "2023-10-05"


@pytest.mark.parametrize(("kind", "days"), [("information_request", 5), ("complaint", 14), ("aspiration", 14)])
def test_the_whole_by_report_type(kind: str, days: int) -> None:
    world = World().register(wita(4), report_type=kind)
    assert world.of(ClockStarted, rule="whole")[0].limit.value == days


def test_a_place_in_another_zone_and_no_place() -> None:
    assert World().register(wita(4), place=Place(area_code="91")).known.zone == "WIT"
    assert World().register(wita(4), place=Place()).known.zone == "WIB"


def test_assignment_ends_verification_and_starts_the_agencys_clock() -> None:
    world = World().register(wita(4))
    number = world.assign(wita(5))
    stopped = world.of(ClockStopped)
    assert [(s.limit, s.cause, s.in_time) for s in stopped] == [("verification", "answered", True)]
    first = world.of(ClockStarted, clock="agency")
    assert [(s.assignment, s.agency, s.limit.rule, s.due_at) for s in first] == [
        (number, DLH.code, "first_response", wita(12, 16))
    ]
    acceptance = world.of(ClockStarted, rule="acceptance")[0]
    assert (acceptance.clock, acceptance.due_at) == ("citizen", wita(16, 16))


def test_each_assignment_has_its_own_fair_limit_the_citizens_never_resets() -> None:
    world = World().register(wita(4))
    world.assign(wita(4))
    world.reply(replies.Declined, wita(10))
    world.apply(assignment.released(world.known, 1, wita(10)), wita(10))
    second = world.assign(wita(10), PUPR)
    assert world.of(ClockStarted, assignment=second)[0].due_at == wita(17, 16)
    assert len(world.of(ClockStarted, clock="citizen")) == 3  # whole, verification, acceptance: once each
    assert [s.cause for s in world.of(ClockStopped, clock="agency")] == ["declined"]
    assert {c.rule for c in world.known.running} == {"whole", "acceptance", "first_response"}


def test_an_agency_left_out_of_the_complaint_is_released() -> None:
    world = World().register(wita(4))
    world.assign(wita(4))
    world.apply(assignment.released(world.known, 1, wita(6)), wita(6))
    assert [s.cause for s in world.of(ClockStopped, clock="agency")] == ["released"]
    assert {c.rule for c in world.known.running} == {"whole", "acceptance"}


def test_the_first_response_ends_then_completion_runs_from_the_assignment() -> None:
    world = World().register(wita(4))
    world.assign(wita(5))
    world.reply(replies.Accepted, wita(6))
    assert sorted((s.limit, s.cause) for s in world.of(ClockStopped)) == [
        ("acceptance", "answered"), ("first_response", "answered"), ("verification", "answered")
    ]  # fmt: skip
    assert world.of(ClockStarted, rule="completion")[0].due_at == wita(25, 16)
    world.reply(replies.FollowedUp, wita(7))
    assert len(world.of(ClockStarted, rule="completion")) == 1


def test_a_copy_or_an_old_assignment_stops_nothing() -> None:
    world = World().register(wita(4))
    world.assign(wita(5))
    before = len(world.said)
    world.reply(replies.FollowedUp, wita(6), agency="64-dlh")
    world.reply(replies.Accepted, wita(6), assignment=7)
    assert len(world.said) == before


def test_resolution_stops_every_clock() -> None:
    world = World().register(wita(4))
    world.assign(wita(5))
    world.reply(replies.FollowedUp, wita(6))
    world.reply(replies.Resolved, wita(9))
    assert world.known.running == ()
    assert {(s.limit, s.cause) for s in world.of(ClockStopped)} >= {
        ("whole", "resolved"), ("completion", "resolved"), ("reporter_reply", "resolved")
    }  # fmt: skip
    assert world.until(wita(1, month=12)).names()[-1] == "ClockStopped"


def test_in_the_second_of_the_limit_is_in_time_and_after_it_is_not() -> None:
    for late, expected in ((timedelta(0), True), (timedelta(microseconds=1), False)):
        world = World().register(wita(4))
        world.assign(wita(4))
        world.reply(replies.Accepted, wita(11, 16) + late)
        assert world.of(ClockStopped, limit="first_response")[0].in_time is expected


def test_steps_sent_while_an_answer_in_time_was_on_its_way_are_withdrawn() -> None:
    world = World().register(wita(4))
    world.assign(wita(4))
    world.until(wita(11, 16))
    world.reply(replies.Accepted, wita(11, 15), now=wita(11, 17))
    stopped = world.of(ClockStopped, limit="first_response")[0]
    assert stopped.in_time
    assert stopped.withdrawn_steps == ("limit_missed",)  # the reminder of the 10th was right


def test_a_late_answer_withdraws_what_was_sent_after_it() -> None:
    world = World().register(wita(4))
    world.assign(wita(4))
    world.until(wita(13, 16))
    world.reply(replies.Accepted, wita(12, 9), now=wita(13, 17))
    stopped = world.of(ClockStopped, limit="first_response")[0]
    assert not stopped.in_time
    assert stopped.withdrawn_steps == ("superior_told",)


def test_a_hold_pauses_all_and_completion_resumes_them() -> None:
    world = World().register(wita(4))
    world.assign(wita(4))
    world.apply(complaint.held(world.known, RULES, wita(9)), wita(9))
    assert world.of(ClockPaused, clock="agency")[0].left_minutes == 1380
    assert [p.limit for p in world.of(ClockPaused)] == ["whole", "acceptance", "first_response"]
    assert len(world.of(ClockPaused)) == len(world.known.running) == 3
    world.until(wita(30))
    assert world.names()[-1] == "ClockPaused"  # nothing fires in a hold
    world.apply(complaint.completed(world.known, RULES, None, wita(12, 13)), wita(12, 13))
    assert world.of(ClockResumed, clock="agency")[0].due_at == wita(17, 10, 30)
    assert [r.limit for r in world.of(ClockResumed)] == ["whole", "acceptance", "first_response"]


def test_what_starts_in_a_hold_starts_paused() -> None:
    world = World().register(wita(4))
    world.apply(complaint.held(world.known, RULES, wita(4)), wita(4))
    world.assign(wita(5))
    assert world.names(clock="agency") == ["ClockStarted", "ClockPaused"]
    world.apply(complaint.completed(world.known, RULES, None, wita(9, 12)), wita(9, 12))
    # From Thu 5th 10.00 on 360 + 5 x 510 minutes were left: Mon 240, Tue to Fri 510, Mon 510, Tue 120.
    assert world.of(ClockResumed, clock="agency")[0].due_at == wita(17, 9, 30)


def test_a_completed_place_gives_the_citizens_clock_its_zone() -> None:
    world = World().register(wita(4), place=Place())
    world.apply(complaint.held(world.known, RULES, wita(4)), wita(4))
    world.apply(complaint.completed(world.known, RULES, Place(area_code="91"), wita(5)), wita(5))
    assert {clock.zone for clock in world.known.running} == {"WIT"}


def test_the_hold_may_be_heard_of_before_or_after_the_assignment() -> None:
    """Topics interleave as they like: the due date is the same."""
    first, second = World().register(wita(4)), World().register(wita(4))
    first.assign(wita(4, 11))
    for world in (first, second):
        world.apply(complaint.held(world.known, RULES, wita(5)), wita(5))
        world.apply(complaint.completed(world.known, RULES, None, wita(9)), wita(9))
    second.assign(wita(4, 11), now=wita(9))
    assert first.known.running == second.known.running


@pytest.mark.parametrize("end", ["withdrawn", "archived", "out_of_scope"])
def test_the_other_ends_stop_every_clock(end: str) -> None:
    world = World().register(wita(4))
    world.assign(wita(5))
    rule = {"withdrawn": complaint.withdrawn, "archived": assignment.archived, "out_of_scope": assignment.out_of_scope}
    world.apply(rule[end](world.known, wita(6)), wita(6))
    assert world.known.running == ()
    assert world.known.closed == end


def test_a_withdrawal_is_final() -> None:
    world = World().register(wita(4))
    world.apply(complaint.withdrawn(world.known, wita(4, 11)), wita(4, 11))
    world.assign(wita(4, 10, 30), now=wita(4, 12))
    assert world.known.running == ()
    assert world.of(ClockStarted, clock="agency") == []


def reopened_world() -> World:
    world = World().register(wita(4))
    world.assign(wita(4))
    world.reply(replies.Resolved, wita(6))
    event = complaints.Reopened(assignment=1, reason="Belum selesai")
    world.apply(complaint.reopened(world.known, event, wita(16)), wita(16))
    return world


def test_reopened_the_citizens_clock_goes_on_where_it_was() -> None:
    world = reopened_world()
    assert [(r.clock, r.due_at) for r in world.of(ClockResumed)] == [("citizen", wita(24, 16))]
    second = world.assign(wita(16))
    assert world.of(ClockStarted, assignment=second)[0].due_at == wita(23, 16)
    assert {clock.rule for clock in world.known.running} == {"whole", "first_response"}


def test_a_reopening_of_an_older_resolution_opens_nothing() -> None:
    world = reopened_world()
    world.assign(wita(16))
    world.reply(replies.Resolved, wita(17))
    event = complaints.Reopened(assignment=1, reason="-")
    world.apply(complaint.reopened(world.known, event, wita(18)), wita(18))
    assert world.known.closed == "resolved"


def test_an_archived_complaint_that_a_person_assigns_after_all_is_open_again() -> None:
    world = World().register(wita(4))
    world.apply(assignment.archived(world.known, wita(5)), wita(5))
    world.assign(wita(6))
    assert world.known.closed is None
    assert {clock.rule for clock in world.known.running} == {"whole", "acceptance", "first_response"}


# --- the reporter's silence ----------------------------------------------------------------------------------


def followed_up_world() -> World:
    world = World().register(wita(4))
    world.assign(wita(4))
    world.reply(replies.FollowedUp, wita(5))
    return world


def test_no_reply_to_a_follow_up_in_ten_working_days_closes() -> None:
    world = followed_up_world().until(wita(19, 15, 59))
    assert world.of(ClosedBySilence) == []
    world.until(wita(19, 16))
    closed = world.of(ClosedBySilence)[0]
    assert (closed.assignment, closed.limit.value, closed.due_at) == (1, 10, wita(19, 16))
    assert world.known.closed == "silence"
    assert world.known.running == ()
    timer = world.of(ClockStopped, limit="reporter_reply")[0]
    assert (timer.cause, timer.in_time) == ("closed", False)


def test_a_reply_stops_the_timer_and_only_the_next_follow_up_starts_it_again() -> None:
    world = followed_up_world()
    world.apply(complaint.reporter_replied(world.known, wita(6)), wita(6))
    assert world.of(ClockStopped, limit="reporter_reply")[0].cause == "answered"
    world.until(wita(20))
    assert world.of(ClosedBySilence) == []
    world.reply(replies.FollowedUp, wita(20))
    assert world.of(ClockStarted, rule="reporter_reply")[-1].due_at == wita(3, 16, month=11)


def test_a_second_follow_up_counts_anew() -> None:
    world = followed_up_world()
    world.reply(replies.FollowedUp, wita(9))
    assert [s.due_at for s in world.of(ClockStarted, rule="reporter_reply")] == [wita(19, 16), wita(23, 16)]
    assert sum(clock.rule == "reporter_reply" for clock in world.known.clocks) == 1


def test_a_follow_up_that_was_answered_before_we_heard_of_it_starts_no_timer() -> None:
    world = followed_up_world()
    world.apply(complaint.reporter_replied(world.known, wita(9, 12)), wita(9, 12))
    world.reply(replies.FollowedUp, wita(9, 11), now=wita(9, 13))
    assert "reporter_reply" not in {clock.rule for clock in world.known.running}


def test_closed_by_silence_can_be_reopened() -> None:
    world = followed_up_world().until(wita(19, 16))
    event = complaints.Reopened(assignment=1, reason="Masih rusak")
    world.apply(complaint.reopened(world.known, event, wita(20)), wita(20))
    assert {clock.rule for clock in world.known.running} == {"whole"}


# --- a person is asked after all ---------------------------------------------------------------------------------


def test_data_that_came_after_the_archiving_open_the_complaint_for_a_person() -> None:
    """`completed` was on its way when the router archived for missing data."""
    world = World().register(wita(4))
    world.apply(complaint.held(world.known, RULES, wita(5)), wita(5))
    world.apply(assignment.archived(world.known, wita(16)), wita(16))
    world.apply(complaint.completed(world.known, RULES, None, wita(16, 11)), wita(16, 11))
    assert world.known.running == ()
    world.apply(assignment.needs_decision(world.known, RULES, wita(16, 12)), wita(16, 12))
    assert world.known.closed is None
    # Held on Thu 5th at 10.00: of verification 360 + 510 + 510 minutes were left, from Mon 16th 11.00 on
    # (300 + 510 + 510 + 60); of the whole 360 + 13 x 510 (300 + 13 x 510 + 60).
    assert [(r.limit, r.due_at) for r in world.of(ClockResumed)] == [
        ("whole", wita(3, 8, 30, month=11)),
        ("verification", wita(19, 8, 30)),
    ]
    world.until(wita(30, month=12))
    assert {"verification", "whole"} == {missed.limit.rule for missed in world.of(LimitMissed)}


def test_a_silence_that_crossed_a_decline_is_open_for_a_person() -> None:
    world = followed_up_world().until(wita(19, 16))
    assert world.known.closed == "silence"
    world.reply(replies.Declined, wita(19, 15), now=wita(19, 17))
    world.apply(assignment.released(world.known, 1, wita(19, 17)), wita(19, 17))
    world.apply(assignment.needs_decision(world.known, RULES, wita(19, 17)), wita(19, 17))
    after = world.known
    assert after.closed is None
    assert after.lead is None
    assert {clock.rule for clock in after.running} == {"whole"}  # the agency had accepted it
    world.until(wita(24, 16))
    assert [missed.limit.rule for missed in world.of(LimitMissed)] == ["whole"]


def test_a_withdrawn_complaint_stays_closed_whatever_a_person_is_asked() -> None:
    world = World().register(wita(4))
    world.apply(complaint.withdrawn(world.known, wita(5)), wita(5))
    said = len(world.said)
    world.apply(assignment.needs_decision(world.known, RULES, wita(5, 11)), wita(5, 11))
    assert (world.known.closed, world.known.running, len(world.said)) == ("withdrawn", (), said)


def test_asking_a_person_about_an_open_complaint_changes_no_clock() -> None:
    world = World().register(wita(4))
    said = len(world.said)
    world.apply(assignment.needs_decision(world.known, RULES, wita(4)), wita(4))
    assert len(world.said) == said
    assert {clock.rule for clock in world.known.running} == {"whole", "verification"}
