"""Silence of the system itself: nobody decides, nobody accepts; and in every province somebody hears of it."""

from __future__ import annotations

import pytest
from lapor_contracts import replies
from lapor_contracts.alerts import Alerted
from lapor_contracts.base import Place
from lapor_contracts.escalations import LimitMissed, SuperiorTold, Undecided
from lapor_escalation.domain import alert, assignment, complaint, offices
from lapor_escalation.domain.state import Lead

from tests.support.escalation import DLH, PUPR, RULES, World, wita


def declined_twice(**changes: object) -> World:
    """Two agencies declined; on Wed 11 October 2023 a person is asked."""
    world = World().register(wita(9), **changes)
    for day, agency in ((9, DLH), (10, PUPR)):
        number = world.assign(wita(day), agency)
        world.reply(replies.Declined, wita(day + 1, 9))
        world.apply(assignment.released(world.known, number, wita(day + 1, 9)), wita(day + 1, 9))
    world.apply(assignment.needs_decision(world.known, RULES, wita(11), "6407-setda"), wita(11))
    return world


def test_a_person_who_does_not_decide_in_time_is_told_of_to_the_province_once() -> None:
    world = declined_twice().until(wita(31))
    assert world.times(Undecided) == [wita(16, 16)]
    told = world.of(Undecided)[0]
    assert (told.asked_at, told.arbiter, told.superior) == (wita(11), "6407-setda", "64-diskominfo")
    assert (told.limit.value, told.counting.days) == (3, ("2023-10-12", "2023-10-13", "2023-10-16"))
    # The citizen's own clock goes on meanwhile, up to the Ombudsman.
    assert [m.limit.rule for m in world.of(LimitMissed)] == ["acceptance", "whole"]
    assert world.times(Alerted) == [wita(26, 16)]


def test_a_decision_ends_the_persons_time() -> None:
    world = declined_twice().until(wita(16, 15))
    world.assign(wita(16, 15), DLH)
    assert world.until(wita(20)).of(Undecided) == []
    assert world.known.asked is None


@pytest.mark.parametrize("end", [assignment.archived, assignment.out_of_scope, complaint.withdrawn])
def test_every_end_ends_the_persons_time(end: object) -> None:
    world = declined_twice()
    world.apply(end(world.known, wita(12)), wita(12))  # type: ignore[operator]
    assert world.until(wita(31)).of(Undecided) == []


def test_while_the_reporter_is_asked_the_persons_time_stands_still() -> None:
    world = declined_twice()
    world.apply(complaint.held(world.known, RULES, wita(12, 16)), wita(12, 16))
    assert world.until(wita(19)).of(Undecided) == []
    world.apply(complaint.completed(world.known, RULES, None, wita(19, 16)), wita(19, 16))
    assert world.until(wita(31)).times(Undecided) == [wita(23, 16)]  # Fri 20th and Mon 23rd were left


def test_asked_again_before_an_answer_the_time_does_not_start_anew() -> None:
    world = declined_twice()
    world.apply(assignment.needs_decision(world.known, RULES, wita(13)), wita(13))
    world.until(wita(17))
    world.apply(assignment.needs_decision(world.known, RULES, wita(17)), wita(17))
    assert world.until(wita(31)).times(Undecided) == [wita(16, 16)]


def test_a_second_question_after_a_decision_has_its_own_time() -> None:
    world = declined_twice()
    number = world.assign(wita(12), DLH)
    world.apply(assignment.released(world.known, number, wita(13)), wita(13))
    world.apply(assignment.needs_decision(world.known, RULES, wita(13)), wita(13))
    assert world.until(wita(31)).times(Undecided) == [wita(18, 16)]


def test_before_the_first_assignment_the_verifications_clock_waits_for_the_person_and_nobody_is_told_twice() -> None:
    world = World().register(wita(4))
    world.apply(assignment.needs_decision(world.known, RULES, wita(4)), wita(4))
    world.until(wita(12))
    assert world.of(Undecided) == []
    assert world.times(LimitMissed, rule="verification") == [wita(9, 16)]
    assert world.of(SuperiorTold, rule="verification")[0].superior == "64-diskominfo"


# --- in every province -----------------------------------------------------------------------------------------


def test_every_province_has_an_admin_and_an_office_of_the_ombudsman() -> None:
    assert len(offices.PROVINCES) == len(set(offices.PROVINCES)) == 38
    for province in offices.PROVINCES:
        world = World().register(wita(4), place=Place(area_code=f"{province}.01")).until(wita(17, 23))
        assert world.of(SuperiorTold, rule="verification")[0].superior == f"{province}-diskominfo"
        office = world.of(Alerted)[0].office
        assert office == offices.OMBUDSMAN_OFFICES[province]
        assert office.removeprefix("ombudsman-") in offices.PROVINCES


@pytest.mark.parametrize(
    ("area", "office"),
    [("93.01", "ombudsman-91"), ("94.01", "ombudsman-91"), ("95", "ombudsman-91"), ("96", "ombudsman-92"),
     ("64.07.16.2004", "ombudsman-64"), ("99", "ombudsman-ri"), (None, "ombudsman-ri")],
)  # fmt: skip
def test_the_new_provinces_of_papua_belong_to_their_mother_provinces_office(area: str | None, office: str) -> None:
    assert offices.office_at(area) == office


def test_the_office_is_that_of_the_agencys_place_not_of_the_complaints() -> None:
    state = World().register(wita(4), place=Place(area_code="31.71")).known

    def office(code: str, named: str | None) -> str:
        lead = Lead(1, code, "-", "WITA", None, named, wita(4))
        return alert.office_of(state, lead)

    assert office("6407-dlh", None) == "ombudsman-64"
    assert office("64-dlh", None) == "ombudsman-64"
    assert office("komdigi", "ombudsman-ri") == "ombudsman-ri"
    assert office("komdigi", None) == "ombudsman-31"
    assert alert.office_of(state, None) == "ombudsman-31"
