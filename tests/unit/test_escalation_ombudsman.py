"""The Ombudsman's replies: checked against the alert, clarification rounds, the reprimand stage."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lapor_contracts import complaints, escalations, replies
from lapor_escalation.domain import assignment, complaint, ombudsman, timers
from lapor_escalation.domain.decision import Refused
from lapor_escalation.handlers import said

from tests.support.escalation import PUPR, RULES, World, wita

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
        ombudsman.reprimanded(world.known, RULES, OFFICE, "-", wita(19))
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
    world.apply(ombudsman.reprimanded(world.known, RULES, OFFICE, "Segera tindak lanjuti", wita(19)), wita(19))
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
        ombudsman.reprimanded(world.known, RULES, OFFICE, "-", wita(19))
    assert refused.value.reason == "case_is_closed"
    assert timers.next_due(world.known, RULES) is not None  # the citizen's clock still runs


@pytest.mark.parametrize("text", ["a@b.co " * 2_800, "hubungi 08123456789 " * 999, "x" * 20_000])
def test_words_that_grow_by_hiding_identities_still_fit_into_an_event(text: str) -> None:
    told = escalations.Reprimanded(office=OFFICE, text=said(text)).text
    assert "a@b.co" not in told and "08123456789" not in told


# --- the right of reply is waived ------------------------------------------------------------------------------


def unanswered_world() -> World:
    """Both requests were made, and the first has run out."""
    world = alerted_world()
    asked(world, 19)
    asked(world, 20)
    return world.until(wita(2, 16, month=11))


def test_two_unanswered_requests_waive_the_right_of_reply_once() -> None:
    world = unanswered_world()
    assert world.of(escalations.ReplyWaived) == []
    world.until(wita(20, month=12))
    waived = escalations.ReplyWaived(office=OFFICE, agency="6407-dlh", assignment=1)
    assert world.of(escalations.ReplyWaived) == [waived]
    assert world.times(escalations.ReplyWaived) == [wita(3, 16, month=11)]


def test_an_answer_heard_of_late_ends_the_stage_and_nothing_is_waived_again() -> None:
    world = unanswered_world().until(wita(3, 16, month=11))
    world.reply(replies.FollowedUp, wita(3, 15, month=11), now=wita(3, 17, month=11))
    assert not world.known.cases[0].reprimand_stage
    world.until(wita(20, month=12))
    assert len(world.of(escalations.ReplyWaived)) == 1


def test_a_case_that_the_ombudsman_closed_waives_nothing() -> None:
    world = unanswered_world()
    world.apply(ombudsman.case_closed(world.known, OFFICE, None), wita(2, 17, month=11))
    world.until(wita(20, month=12))
    assert world.of(escalations.ReplyWaived) == []


@pytest.mark.parametrize("why", ["withdrawn", "archived", "moved", "released"])
def test_an_agency_that_can_no_longer_answer_waives_nothing(why: str) -> None:
    world, at = unanswered_world(), wita(2, 17, month=11)
    match why:
        case "withdrawn":
            world.apply(complaint.withdrawn(world.known, at), at)
        case "archived":
            world.apply(assignment.archived(world.known, at), at)
        case "moved":
            world.assign(at, PUPR)
        case "released":
            world.apply(assignment.released(world.known, 1, at), at)
    world.until(wita(20, month=12))
    assert world.of(escalations.ReplyWaived, assignment=1) == []


# --- after the end the agency may still explain itself -----------------------------------------------------------


@pytest.mark.parametrize("end", ["resolved", "silence"])
def test_a_follow_up_after_the_end_answers_the_request_and_starts_and_opens_nothing(end: str) -> None:
    world = alerted_world()
    if end == "resolved":
        world.reply(replies.Resolved, wita(19))
        at = wita(20)
    else:
        world.reply(replies.FollowedUp, wita(19))
        world.until(wita(2, 16, month=11))
        at = wita(3, month=11)
    assert world.known.closed == end
    decision = ombudsman.clarification_asked(world.known, RULES, OFFICE, "Mengapa?", at)
    world.apply(decision, at)
    said = len(world.said)
    world.reply(replies.FollowedUp, at + timedelta(hours=1))
    assert world.known.cases[-1].rounds[0].answered_at == at + timedelta(hours=1)
    assert (world.known.closed, world.known.running, len(world.said)) == (end, (), said)
    world.until(wita(30, month=12))
    assert len(world.said) == said


def test_silence_after_the_end_is_silence_too() -> None:
    world = alerted_world()
    world.reply(replies.Resolved, wita(19))
    for hour in (10, 11):
        asked(world, 20, hour)
    world.until(wita(20, month=12))
    assert len(world.of(escalations.ReplyWaived)) == 1
    assert world.known.closed == "resolved"


def test_a_follow_up_that_crosses_the_reopening_answers_and_starts_no_clock() -> None:
    """The agency wrote while the complaint was closed; the next assignment is on its way."""
    world = alerted_world()
    world.reply(replies.Resolved, wita(19))
    asked(world, 20)
    event = complaints.Reopened(assignment=1, reason="Belum selesai")
    world.apply(complaint.reopened(world.known, event, wita(20, 12)), wita(20, 12))
    said = len(world.said)
    world.reply(replies.FollowedUp, wita(20, 11), now=wita(20, 13))
    assert world.known.cases[0].rounds[0].answered_at == wita(20, 11)
    assert len(world.said) == said
    assert {clock.kind for clock in world.known.running} == {"citizen"}


def test_what_a_body_with_a_copy_tells_answers_nothing() -> None:
    world = alerted_world()
    asked(world, 19)
    said = len(world.said)
    for agency in ("6407-dlh", "6407-pupr"):
        world.reply(replies.FollowedUp, wita(19, 11), agency=agency, lead=False)
    assert world.known.cases[0].rounds[0].answered_at is None
    assert len(world.said) == said


# --- published as ignored --------------------------------------------------------------------------------------


def reprimanded_world() -> World:
    """Reprimanded on Thu 19 October 2023: fourteen days to heed it, until Thu 2 November 16.00."""
    world = alerted_world()
    world.apply(ombudsman.reprimanded(world.known, RULES, OFFICE, "Segera tindak lanjuti", wita(19)), wita(19))
    return world


def test_a_reprimand_that_is_not_heeded_is_published_once() -> None:
    world = reprimanded_world()
    assert world.of(escalations.Reprimanded)[0].heed_by == wita(2, 16, month=11)
    world.apply(ombudsman.reprimanded(world.known, RULES, OFFICE, "Sekali lagi", wita(25)), wita(25))
    assert world.of(escalations.Reprimanded)[1].heed_by is None
    world.until(wita(20, month=12))
    published = escalations.PublishedAsIgnored(
        office=OFFICE, agency="6407-dlh", assignment=1, reprimanded_at=wita(19), heed_by=wita(2, 16, month=11)
    )
    assert world.of(escalations.PublishedAsIgnored) == [published]
    assert world.times(escalations.PublishedAsIgnored) == [wita(2, 16, month=11)]


def test_whoever_acts_in_time_is_not_published() -> None:
    for kind in (replies.FollowedUp, replies.Resolved):
        world = reprimanded_world()
        world.reply(kind, wita(2, 15, month=11))
        assert world.until(wita(20, month=12)).of(escalations.PublishedAsIgnored) == []


def test_an_answer_that_was_read_before_the_reprimand_it_came_after_heeds_it() -> None:
    world = alerted_world()
    world.reply(replies.FollowedUp, wita(19, 11))
    world.apply(complaint.reporter_replied(world.known, wita(19, 12)), wita(19, 12))
    world.apply(ombudsman.reprimanded(world.known, RULES, OFFICE, "-", wita(19)), wita(19, 12))
    assert world.until(wita(20, month=12)).of(escalations.PublishedAsIgnored) == []


def test_what_was_said_before_the_reprimand_does_not_heed_it() -> None:
    world = alerted_world()
    world.reply(replies.FollowedUp, wita(19, 9))
    world.apply(complaint.reporter_replied(world.known, wita(19, 9)), wita(19, 9))
    world.apply(ombudsman.reprimanded(world.known, RULES, OFFICE, "-", wita(19)), wita(19))
    assert len(world.until(wita(3, month=11)).of(escalations.PublishedAsIgnored)) == 1


@pytest.mark.parametrize("why", ["withdrawn", "taken away", "closed"])
def test_nobody_is_published_for_what_is_no_longer_its_own(why: str) -> None:
    world = reprimanded_world()
    match why:
        case "withdrawn":
            world.apply(complaint.withdrawn(world.known, wita(20)), wita(20))
        case "taken away":
            world.apply(assignment.released(world.known, 1, wita(20)), wita(20))
            world.assign(wita(20), PUPR)
        case "closed":
            world.apply(ombudsman.case_closed(world.known, OFFICE, None), wita(20))
    assert world.until(wita(20, month=12)).of(escalations.PublishedAsIgnored, assignment=1) == []
