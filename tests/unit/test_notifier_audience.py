"""Who is told what."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from lapor_contracts import alerts, assignments, complaints, escalations, replies
from lapor_contracts.base import Event
from lapor_contracts.catalogue import read_by
from lapor_contracts.events import EVENTS
from lapor_notifier.domain.audience import AUDIENCE, messages
from lapor_notifier.domain.state import Assignment, NotifierState
from lapor_notifier.domain.zones import zone_of
from lapor_notifier.handlers import HANDLERS, delivery_id

from tests.support.notifier import (
    DLH,
    STATE,
    alerted,
    asked_to_decide,
    assigned,
    at,
    limit_missed,
    one_of_each,
    registered,
    reminded,
    reprimanded,
    superior_told,
)

REPORTER = ("reporter", None)
LEAD, COPY = ("agency", "6407-dlh"), ("agency", "6407-pupr")
SUPERIOR, OFFICE = ("superior", "6407-inspektorat"), ("ombudsman", "ombudsman-64")
TOLD: dict[type[Event], set[tuple[str, str | None]]] = {
    complaints.Registered: {REPORTER},
    complaints.Held: {REPORTER},
    complaints.ReporterReplied: {LEAD},
    complaints.Withdrawn: {LEAD, COPY},
    assignments.Assigned: {REPORTER, LEAD, COPY},
    assignments.NeedsDecision: {("superior", "64-diskominfo")},
    assignments.QuestionAsked: {REPORTER},
    assignments.Archived: {REPORTER},
    assignments.OutOfScope: {REPORTER},
    replies.FollowedUp: {REPORTER},
    replies.Resolved: {REPORTER},
    escalations.Reminded: {LEAD},
    escalations.LimitMissed: {LEAD},
    escalations.SuperiorTold: {SUPERIOR},
    escalations.Undecided: {("superior", "64-diskominfo")},
    escalations.ClosedBySilence: {REPORTER},
    escalations.ClarificationAsked: {LEAD},
    escalations.Reprimanded: {LEAD, REPORTER},
}


def told(event: Event, state: NotifierState = STATE) -> list[tuple[str, str | None]]:
    return [(message.role, message.recipient) for message in messages(state, event)]


@pytest.mark.parametrize("event", one_of_each(), ids=lambda event: type(event).__name__)
def test_each_event_is_told_to_these_and_no_others(event: Event) -> None:
    expected = TOLD.get(type(event), {OFFICE})
    assert set(told(event)) == expected
    assert len(told(event)) == len(expected)


def test_the_ombudsman_is_told_of_an_alert_and_of_the_waived_right_of_reply_only() -> None:
    tells = {event: {t.template for t in tellings if t.role == "ombudsman"} for event, tellings in AUDIENCE.items()}
    assert {event: templates for event, templates in tells.items() if templates} == {
        alerts.Alerted: {"ombudsman_alerted"},
        escalations.ReplyWaived: {"ombudsman_reply_waived"},
    }


CITIZENS: dict[str, Any] = {"clock": "citizen", "assignment": None, "agency": None}


@pytest.mark.parametrize(
    "event",
    [
        superior_told(**CITIZENS),
        alerted(agency=None, assignment=None),
        reprimanded(agency=None, assignment=None),
        escalations.ReplyWaived(office="ombudsman-64"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_what_is_about_the_citizens_clock_names_no_agency(event: Event) -> None:
    assert {(m.agency, m.zone) for m in messages(STATE, event)} == {(None, "WITA")}


@pytest.mark.parametrize(
    ("lead", "closed", "template"),
    [
        (True, None, "reporter_followed_up"),
        (True, 1, "reporter_followed_up_also"),
        (False, None, "reporter_followed_up_also"),
    ],
)
def test_only_the_leads_follow_up_to_an_open_complaint_asks_for_a_reply(
    lead: bool, closed: int | None, template: str
) -> None:
    event = replies.FollowedUp(agency="6407-dlh", assignment=1, received_at=at(6), text="-", lead=lead)
    assert [m.template for m in messages(replace(STATE, closed=closed), event)] == [template]


def test_the_next_assignment_of_a_reopened_complaint_asks_for_a_reply_again() -> None:
    event = replies.FollowedUp(agency="6407-dlh", assignment=2, received_at=at(6), text="-")
    assert [m.template for m in messages(replace(STATE, closed=1), event)] == ["reporter_followed_up"]


def test_the_table_and_the_handlers_agree_and_everything_is_read() -> None:
    read = {EVENTS[name] for topic in read_by("notifier", "core") for name in topic.events}
    assert set(AUDIENCE) <= set(HANDLERS) <= read
    assert set(AUDIENCE) == {type(event) for event in one_of_each()}


@pytest.mark.parametrize("state", [replace(STATE, has_contact=False), replace(STATE, erased=True)])
def test_a_reporter_without_contact_or_erased_is_told_nothing(state: NotifierState) -> None:
    for event in one_of_each():
        assert REPORTER not in told(event, state)


@pytest.mark.parametrize("event", [reminded(clock="citizen", assignment=None), limit_missed(clock="citizen")])
def test_the_citizens_clock_is_not_held_against_the_agency(event: Event) -> None:
    assert told(event) == []


def test_the_citizens_clock_tells_the_provinces_admin_where_there_is_one() -> None:
    assert told(superior_told(**CITIZENS | {"superior": "64-diskominfo"})) == [("superior", "64-diskominfo")]
    assert told(superior_told(**CITIZENS | {"superior": None})) == []


def test_only_an_arbiter_is_told_that_a_decision_is_needed() -> None:
    assert told(asked_to_decide(why="no_area", arbiter=None)) == []


def test_a_body_that_is_lead_and_copied_is_told_once() -> None:
    assignment = Assignment("6407-dlh", DLH.name, "WITA", copies=("6407-dlh", "6407-pupr", "6407-pupr"))
    state = replace(STATE, assignments={1: assignment})
    assert sorted(told(assigned(), state), key=str) == sorted([LEAD, COPY, REPORTER], key=str)
    assert told(complaints.Withdrawn(), state) == [LEAD, COPY]


def test_before_there_is_an_agency_nobody_is_told_in_its_place() -> None:
    state = NotifierState(registered=True, has_contact=True, zone="WITA")
    assert told(complaints.Withdrawn(), state) == []
    assert [(m.zone, m.agency) for m in messages(state, registered())] == [("WITA", None)]


def test_a_late_step_names_the_agency_of_its_own_assignment() -> None:
    other = Assignment("6407-pupr", "Dinas PUPR", "WIB")
    state = replace(STATE, assignments={**STATE.assignments, 2: other}, current=2)
    assert [(m.agency, m.zone) for m in messages(state, reprimanded())] == [(DLH.name, "WITA")] * 2
    assert [(m.agency, m.zone) for m in messages(state, alerted())] == [(DLH.name, "WITA")]


def test_reminder_and_missed_limit_share_a_ladder_only_for_the_same_limit_of_the_same_assignment() -> None:
    assert messages(STATE, reminded())[0].ladder == messages(STATE, limit_missed())[0].ladder == "1/first_response"
    completion = reminded().limit.model_copy(update={"rule": "completion"})
    assert messages(STATE, reminded(limit=completion))[0].ladder == "1/completion"
    assert messages(STATE, superior_told())[0].ladder is None


def test_a_deliverys_id_is_the_same_for_the_same_message_only() -> None:
    from uuid import UUID

    event = UUID(int=7)
    ids = {delivery_id(event, *who) for who in (REPORTER, LEAD, COPY, SUPERIOR, OFFICE)}
    assert len(ids | {delivery_id(UUID(int=8), *LEAD)}) == 6
    assert delivery_id(event, *LEAD) in ids


@pytest.mark.parametrize(
    ("area", "zone"),
    [("64.07.16.2004", "WITA"), ("64", "WITA"), ("31", "WIB"), ("61.01", "WIB"), ("94", "WIT"), (None, "WIB")],
)
def test_the_zone_of_a_place(area: str | None, zone: str) -> None:
    assert zone_of(area) == zone
