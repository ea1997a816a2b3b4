"""The Ombudsman's replies: checked against the alert, clarification rounds, the reprimand stage."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lapor_contracts import escalations, replies
from lapor_escalation.domain import ombudsman, timers
from lapor_escalation.domain.decision import Refused

from tests.support.escalation import RULES, World, wita

OFFICE = "ombudsman-64"


def alerted_world() -> World:
    world = World().register(wita(4))
    world.assign(wita(4))
    return world.until(wita(18, 16))


def asked(world: World, day: int, hour: int = 10) -> escalations.ClarificationAsked:
    decision = ombudsman.clarification_asked(world.known, RULES, OFFICE, "Mohon penjelasan", wita(day, hour))
    world.apply(decision, wita(day, hour))
    event: escalations.ClarificationAsked = world.of(escalations.ClarificationAsked)[-1]
    return event


def test_without_an_alert_nothing_is_taken() -> None:
    world = World().register(wita(4))
    with pytest.raises(Refused) as refused:
        ombudsman.reprimanded(world.known, OFFICE, "-")
    assert refused.value.reason == "no_alert"


def test_another_office_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        ombudsman.acknowledged(alerted_world().known, "ombudsman-31")
    assert (refused.value.reason, refused.value.field) == ("not_the_alerted_office", "office")


def test_acknowledged_once() -> None:
    world = alerted_world()
    world.apply(ombudsman.acknowledged(world.known, OFFICE), wita(19))
    assert world.of(escalations.Acknowledged) == [escalations.Acknowledged(office=OFFICE, assignment=1)]
    with pytest.raises(Refused):
        ombudsman.acknowledged(world.known, OFFICE)


def test_a_reprimand_names_agency_and_assignment() -> None:
    world = alerted_world()
    world.apply(ombudsman.reprimanded(world.known, OFFICE, "Segera tindak lanjuti"), wita(19))
    reprimand = world.of(escalations.Reprimanded)[0]
    assert (reprimand.agency, reprimand.assignment, reprimand.text) == ("6407-dlh", 1, "Segera tindak lanjuti")


def test_two_rounds_and_no_third() -> None:
    world = alerted_world()
    first, second = asked(world, 19), asked(world, 20)
    assert (first.round, second.round) == (1, 2)
    assert first.answer_by == wita(2, 16, month=11)
    with pytest.raises(Refused) as refused:
        asked(world, 21)
    assert refused.value.reason == "no_further_round"


def test_two_unanswered_rounds_are_the_reprimand_stage() -> None:
    world = alerted_world()
    asked(world, 19)
    world.until(wita(2, 16, month=11))
    assert not world.known.cases[0].reprimand_stage
    world.apply(
        ombudsman.clarification_asked(world.known, RULES, OFFICE, "Kedua", wita(3, month=11)), wita(3, month=11)
    )
    world.until(wita(17, 15, month=11))
    assert not world.known.cases[0].reprimand_stage
    world.until(wita(17, 16, month=11))
    assert world.known.cases[0].reprimand_stage


def test_a_follow_up_in_time_answers_the_request_even_if_heard_of_later() -> None:
    world = alerted_world()
    first = asked(world, 19)
    asked(world, 19, 11)
    world.until(first.answer_by)
    assert world.known.cases[0].reprimand_stage
    world.reply(replies.FollowedUp, first.answer_by - timedelta(hours=1), now=first.answer_by + timedelta(hours=1))
    assert not world.known.cases[0].reprimand_stage
    assert all(r.answered_at is not None for r in world.known.cases[0].rounds)


def test_a_follow_up_from_before_the_request_is_no_answer() -> None:
    world = alerted_world()
    asked(world, 19)
    world.reply(replies.FollowedUp, wita(19, 9), now=wita(19, 11))
    assert world.known.cases[0].rounds[0].answered_at is None


def test_a_closed_case_takes_nothing_more() -> None:
    world = alerted_world()
    world.apply(ombudsman.case_closed(world.known, OFFICE, None), wita(19))
    with pytest.raises(Refused) as refused:
        ombudsman.reprimanded(world.known, OFFICE, "-")
    assert refused.value.reason == "case_is_closed"
    assert timers.next_due(world.known, RULES) is not None  # the citizen's clock still runs
