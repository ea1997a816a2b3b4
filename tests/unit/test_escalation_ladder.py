"""The ladder of both clocks, after outages too, and the alert with its proof."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from lapor_contracts import complaints, replies
from lapor_contracts.alerts import Alerted
from lapor_contracts.base import Place
from lapor_contracts.escalations import ClockMoved, LimitMissed, Overtaken, Reminded, SuperiorTold
from lapor_escalation.domain import assignment, clocks, complaint
from lapor_escalation.domain.calendar import calendar
from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.decrees import Override, decrees
from lapor_escalation.domain.policy import Policy

from tests.support.escalation import DLH, RULES, World, wita

AGENCYS: dict[str, Any] = {"clock": "agency"}
CITIZENS: dict[str, Any] = {"clock": "citizen"}


def silent_world() -> World:
    """Assigned on Wed 4 October 2023; the agency says nothing. Due Wed 11th 16.00."""
    world = World().register(wita(4))
    world.assign(wita(4))
    return world


def test_the_ladder_of_a_silent_agency() -> None:
    world = silent_world().until(wita(18, 16))
    assert world.times(Reminded, **AGENCYS) == [wita(10, 16)]
    assert world.times(LimitMissed, **AGENCYS) == [wita(11, 16)]
    assert world.times(SuperiorTold, **AGENCYS) == [wita(13, 16)]
    assert world.times(Alerted) == [wita(18, 16)]
    assert world.of(SuperiorTold, **AGENCYS)[0].superior == "6407-inspektorat"
    assert world.of(LimitMissed, **AGENCYS)[0].counting.days == (
        "2023-10-05", "2023-10-06", "2023-10-09", "2023-10-10", "2023-10-11"
    )  # fmt: skip


def test_the_alert_carries_the_proof() -> None:
    alerted = silent_world().until(wita(18, 16)).of(Alerted)[0]
    assert (alerted.office, alerted.agency, alerted.assignment) == ("ombudsman-64", DLH, 1)
    assert (alerted.maladministration, alerted.limit.rule, alerted.due_at) == (
        "penundaan berlarut", "first_response", wita(11, 16)
    )  # fmt: skip
    own = [(proof.what, proof.topic) for proof in alerted.proof if "acceptance" not in proof.what]
    assert own[:5] == [
        ("registered", "lapor.complaints"),
        ("assigned: Dinas Lingkungan Hidup Kutai Barat (6407-dlh)", "lapor.assignments"),
        ("reminded: first_response", "lapor.escalations"),
        ("limit_missed: first_response", "lapor.escalations"),
        ("superior_told: 6407-inspektorat", "lapor.escalations"),
    ]
    numbers = [proof.number for proof in alerted.proof if proof.topic == "lapor.escalations"]
    assert numbers == sorted(set(numbers))


def test_proof_names_what_was_really_said() -> None:
    """Every entry on our own topic is at its number the event that it says it is."""
    world = silent_world().until(wita(18, 16))
    written = [event for _, topic, event in world.said if topic == "lapor.escalations"]
    for proof in world.of(Alerted)[0].proof:
        if proof.topic == "lapor.escalations":
            kind = type(written[proof.number - 1]).__name__
            assert proof.what.partition(":")[0].replace("_", "") == kind.lower()


def test_the_citizens_ladder_is_told_the_province_not_the_agency() -> None:
    world = silent_world().until(wita(24, 16))
    missed = world.of(LimitMissed, **CITIZENS)
    assert [(m.limit.rule, m.agency, m.due_at) for m in missed] == [
        ("acceptance", None, wita(16, 16)), ("whole", None, wita(24, 16))
    ]  # fmt: skip
    assert world.of(SuperiorTold, rule="acceptance")[0].superior == "64-diskominfo"


def test_the_ombudsman_is_alerted_of_the_systems_silence_only_where_it_does_not_know() -> None:
    world = silent_world().until(wita(20, month=12))
    assert [a.limit.rule for a in world.of(Alerted)] == ["first_response"]


def test_a_complaint_that_nobody_could_route_escalates_too() -> None:
    world = World().register(wita(4)).until(wita(16, 16))
    assert world.times(LimitMissed, rule="verification") == [wita(9, 16)]
    assert world.times(SuperiorTold, rule="verification") == [wita(11, 16)]
    alerted = world.of(Alerted)[0]
    assert (alerted.agency, alerted.assignment, alerted.office) == (None, None, "ombudsman-64")


def test_no_place_and_no_agency_is_the_national_offices_matter() -> None:
    world = World().register(wita(4), place=Place()).until(wita(20, 16))
    assert world.of(Alerted)[0].office == "ombudsman-ri"
    assert world.of(SuperiorTold)[0].superior == "panrb"


def test_passed_on_from_agency_to_agency_the_systems_clock_runs_out() -> None:
    """Each agency has its fair limit; acceptance counts over all of them."""
    world = World().register(wita(4))
    for day in (4, 9, 12):
        number = world.assign(wita(day))
        world.until(wita(day + 1))
        world.reply(replies.Declined, wita(day + 1))
        world.apply(assignment.released(world.known, number, wita(day + 1)), wita(day + 1))
    world.until(wita(16, 16))
    assert world.of(LimitMissed, **AGENCYS) == []
    assert [m.limit.rule for m in world.of(LimitMissed)] == ["acceptance"]


def test_after_an_answer_completion_has_a_ladder_of_its_own() -> None:
    world = silent_world()
    world.reply(replies.Accepted, wita(5))
    world.until(wita(24, 16))
    assert [(m.limit.rule, m.due_at) for m in world.of(LimitMissed, **AGENCYS)] == [("completion", wita(24, 16))]


# --- after an outage of ours -----------------------------------------------------------------------------------


def test_down_over_the_reminder_it_still_comes_before_the_limit() -> None:
    world = silent_world().outage_until(wita(11, 9))
    assert world.times(Reminded, **AGENCYS) == [wita(11, 9)]
    assert world.of(Overtaken) == []


def test_down_over_the_limit_the_reminder_is_overtaken() -> None:
    world = silent_world().outage_until(wita(12, 9))
    assert world.of(Reminded) == []
    assert [(o.step, o.was_due_at) for o in world.of(Overtaken, **AGENCYS)] == [("reminded", wita(10, 16))]
    assert world.times(LimitMissed, **AGENCYS) == [wita(12, 9)]


def test_nobody_is_escalated_for_our_own_downtime() -> None:
    """Down for three weeks: the limit is said to be missed, and the whole notice period follows."""
    world = silent_world().outage_until(wita(25, 9))
    assert world.of(SuperiorTold) == []
    assert world.of(Alerted) == []
    world.until(wita(1, month=12))
    assert world.times(SuperiorTold, **AGENCYS) == [wita(27, 9)]
    assert world.times(Alerted) == [wita(1, 9, month=11)]


def test_down_after_the_missed_limit_was_said_the_superior_is_told_at_once_then_grace_again() -> None:
    world = silent_world().until(wita(11, 16)).outage_until(wita(23, 9))
    assert world.times(SuperiorTold, **AGENCYS) == [wita(23, 9)]
    assert world.of(Alerted) == []
    world.until(wita(26, 9))
    assert world.times(Alerted) == [wita(26, 9)]


def test_said_late_in_the_evening_the_grace_is_still_two_office_days() -> None:
    world = silent_world().until(wita(10, 16)).outage_until(wita(11, 22))
    world.until(wita(13, 16))
    assert world.times(SuperiorTold, **AGENCYS) == [wita(13, 16)]


def test_a_hold_after_the_missed_limit_holds_the_ladder() -> None:
    world = silent_world().until(wita(11, 16))
    world.apply(complaint.held(world.known, RULES, wita(12, 16)), wita(12, 16))
    world.until(wita(30))
    assert world.of(SuperiorTold) == []
    world.apply(complaint.completed(world.known, RULES, None, wita(30)), wita(30))
    assert len(world.of(LimitMissed, **AGENCYS)) == 1
    world.until(wita(31, 10))
    assert world.times(SuperiorTold, **AGENCYS) == [wita(31, 10)]  # one of two office days had run


def test_reopened_after_the_whole_limit_the_notice_period_is_given_again() -> None:
    world = silent_world()
    world.reply(replies.Resolved, wita(23))
    event = complaints.Reopened(assignment=1, reason="-")
    world.apply(complaint.reopened(world.known, event, wita(30)), wita(30))
    world.fire(wita(30))
    assert world.times(LimitMissed, rule="whole") == [wita(30)]
    world.until(wita(10, month=11))
    assert world.times(SuperiorTold, rule="whole") == [wita(1, month=11)]


# --- policy and calendar ---------------------------------------------------------------------------------------


def test_every_step_is_configurable() -> None:
    policy = Policy(steps={"reminded": 2, "superior_told": 1, "alerted": 1})
    world = World(rules=Rules(RULES.calendar, policy)).register(wita(4))
    world.assign(wita(4))
    world.until(wita(13, 16))
    assert world.times(Reminded, **AGENCYS) == [wita(9, 16)]
    assert world.times(SuperiorTold, **AGENCYS) == [wita(12, 16)]
    assert world.times(Alerted) == [wita(13, 16)]


@pytest.mark.parametrize("missed_before", [False, True])
def test_a_changed_calendar_moves_the_due_date_and_sends_nothing_twice(missed_before: bool) -> None:
    world = silent_world().until(wita(11, 16) if missed_before else wita(9))
    steps = len(world.of(LimitMissed, **AGENCYS))
    changed = calendar(decrees([Override(date(2023, 10, 10), "cuti_bersama", "Cuti bersama baru")]))
    world.rules = Rules(changed, RULES.policy)
    world.apply(clocks.recount(world.known, world.rules), wita(11, 17) if missed_before else wita(9))
    moved = world.of(ClockMoved, **AGENCYS)[-1]
    assert (moved.due_before, moved.due_at) == (wita(11, 16), wita(12, 16))
    assert (moved.calendar_before, moved.counting.calendar) == (RULES.calendar.version, changed.version)
    world.until(wita(12, 16))
    assert len(world.of(LimitMissed, **AGENCYS)) == max(steps, 1)
    again = clocks.recount(world.known, world.rules)
    assert again.events == ()
