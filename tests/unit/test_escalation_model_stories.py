"""Stories in which a mistake in the rules would show at once, told to the service and the minute model together.

The machine finds them too, but not in every run of some seconds.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import pytest
from lapor_contracts import assignments, complaints, ombudsman_replies, replies
from lapor_contracts.base import Event

from tests.support.escalation import DLH, assigned, registered
from tests.support.escalation_model import Life, Said, instant, minute
from tests.support.escalation_model.driven import Driven
from tests.support.escalation_model.pair import (
    ASSIGNMENTS,
    COMPLAINTS,
    REPLIES,
    STANDARD,
    Pair,
    office_of,
    reply,
    rules_of,
)
from tests.support.protocol_memory import instead_of_store

DAY = 24 * 60
NOTHING: frozenset[Any] = frozenset()
HELD, COMPLETED = complaints.Held(missing=("place",)), complaints.Completed()


def at(text: str) -> int:
    return minute(datetime.fromisoformat(f"{text}+08:00"))


class Story:
    def __init__(self, pair: Pair) -> None:
        self.pair = pair

    def begins(self, text: str) -> Story:
        self.pair.life.now = at(text)
        return self.says(COMPLAINTS, registered(instant(self.pair.now)))

    def at(self, text: str) -> Story:
        self.pair.wait(at(text))
        return self

    def says(self, topic: str, *events: Event) -> Story:
        self.pair.arrive(*(self.pair.write(topic, event, 0) for event in events))
        return self

    def assigned(self) -> Story:
        return self.says(ASSIGNMENTS, assigned(DLH))

    def down_until(self, text: str) -> Story:
        self.pair.stop()
        self.at(text)
        self.pair.start()
        return self

    def told(self, *steps: str) -> list[Said]:
        """What of these both have said of the agency's first limit, and when."""
        self.pair.check()
        return [
            (said[0], instant(said[1])) for said in self.pair.life.said
            if said[0] in steps and said[2:5] == ("agency", 1, "first_response")
        ]  # fmt: skip


@pytest.fixture
def story() -> Iterator[Story]:
    driven = Driven(rules_of(STANDARD, NOTHING))
    with instead_of_store(driven.memory):
        yield Story(Pair(STANDARD, driven, Life(STANDARD, office_of(NOTHING), at("2023-10-04T10:00"))))


def told(*steps: tuple[str, str]) -> list[Said]:
    return [(step, instant(at(text))) for step, text in steps]


def test_domain_mds_example_of_a_hold(story: Story) -> None:
    story.begins("2023-10-04T10:00").assigned()
    story.at("2023-10-09T10:00").says(COMPLAINTS, HELD).at("2023-10-12T13:00").says(COMPLAINTS, COMPLETED)
    story.at("2023-10-20T10:00")
    assert story.told("reminded", "limit_missed") == told(
        ("reminded", "2023-10-16T10:30"), ("limit_missed", "2023-10-17T10:30")
    )


def test_a_doubled_hold_is_one_and_a_second_one_adds_to_it(story: Story) -> None:
    story.begins("2023-10-04T10:00").assigned()
    story.at("2023-10-05T10:00").says(COMPLAINTS, HELD).at("2023-10-06T10:00").says(COMPLAINTS, HELD)
    story.at("2023-10-09T10:00").says(COMPLAINTS, COMPLETED, COMPLETED)
    story.at("2023-10-10T10:00").says(COMPLAINTS, HELD).at("2023-10-11T10:00").says(COMPLAINTS, COMPLETED)
    story.at("2023-10-30T10:00")
    assert story.told("limit_missed") == told(("limit_missed", "2023-10-16T16:00"))


def test_no_second_reminder_after_a_hold(story: Story) -> None:
    story.begins("2023-10-04T10:00").assigned()
    story.at("2023-10-11T10:00").says(COMPLAINTS, HELD).at("2023-10-18T10:00").says(COMPLAINTS, COMPLETED)
    story.at("2023-10-30T10:00")
    assert story.told("reminded") == told(("reminded", "2023-10-10T16:00"))


def test_a_hold_between_the_limit_and_the_superior_moves_the_superior(story: Story) -> None:
    story.begins("2023-10-04T10:00").assigned()
    story.at("2023-10-12T10:00").says(COMPLAINTS, HELD).at("2023-10-16T10:00").says(COMPLAINTS, COMPLETED)
    story.at("2023-10-30T10:00")
    assert story.told("superior_told") == told(("superior_told", "2023-10-17T16:00"))


def test_the_superior_is_told_after_the_time_that_the_sent_step_gave(story: Story) -> None:
    """We were down over the limit: it counts from when it was sent, not from when it was due."""
    story.begins("2023-10-04T10:00").assigned().at("2023-10-09T10:00").down_until("2023-10-14T10:00")
    story.at("2023-10-30T10:00")
    assert story.told("reminded", "limit_missed", "superior_told") == told(
        ("limit_missed", "2023-10-14T10:00"), ("superior_told", "2023-10-17T16:00")
    )
    overtaken = [said for said in story.pair.life.said if said[0] == "overtaken" and said[3] == 1]
    assert overtaken == [("overtaken", at("2023-10-14T10:00"), "agency", 1, "reminded", at("2023-10-10T16:00"))]


def test_at_sixteen_the_day_of_receipt_is_over(story: Story) -> None:
    story.begins("2023-10-04T16:00").assigned().at("2023-10-30T10:00")
    assert story.told("limit_missed") == told(("limit_missed", "2023-10-12T16:00"))


@pytest.mark.parametrize(
    ("begins", "missed"),
    [
        ("2024-02-26T10:00", "2024-03-04T16:00"),  # over a leap day
        ("2023-02-26T10:00", "2023-03-06T16:00"),
        ("2023-12-27T10:00", "2024-01-04T16:00"),  # over a year's end, with New Year
        ("2026-12-30T10:00", "2027-01-08T16:00"),  # and with Isra Mikraj
    ],
)
def test_leap_days_and_years_ends(story: Story, begins: str, missed: str) -> None:
    story.begins(begins).assigned().pair.wait(story.pair.now + 14 * DAY)
    assert story.told("limit_missed") == told(("limit_missed", missed))


def test_a_day_that_is_decreed_today(story: Story) -> None:
    """In the morning of the last day it becomes a holiday: what was to come at 16.00 comes a working day later."""
    story.begins("2023-10-04T10:00").assigned().at("2023-10-11T08:00")
    story.pair.change_calendar({datetime(2023, 10, 11).date(): True})  # noqa: DTZ001 - a day
    story.at("2023-10-30T10:00")
    assert story.told("reminded", "limit_missed") == told(
        ("reminded", "2023-10-10T16:00"), ("limit_missed", "2023-10-12T16:00")
    )


def test_a_holiday_that_is_taken_back_today_misses_no_step_and_doubles_none(story: Story) -> None:
    """What is due earlier by it is sent at once; the superior still has the time that the sent step gave."""
    yesterday = datetime(2023, 10, 11).date()  # noqa: DTZ001 - a day
    story.begins("2023-10-04T10:00").assigned()
    story.pair.change_calendar({yesterday: True})
    story.at("2023-10-12T09:00")
    story.pair.change_calendar({yesterday: False})
    story.at("2023-10-30T10:00")
    assert story.told("reminded", "limit_missed", "superior_told") == told(
        ("reminded", "2023-10-10T16:00"), ("limit_missed", "2023-10-12T09:00"), ("superior_told", "2023-10-16T09:00")
    )


def test_what_was_reopened_has_its_notice_before_anybody_else_is_told(story: Story) -> None:
    story.begins("2023-10-04T10:00").assigned().at("2023-10-24T17:00")
    assert any(said[0] == "limit_missed" and said[4] == "whole" for said in story.pair.life.said)
    answer = reply(replies.Resolved, DLH.code, 1, instant(story.pair.now))
    story.says(REPLIES, answer).at("2023-11-01T10:00")
    story.says(COMPLAINTS, complaints.Reopened(assignment=1, reason="-"))
    story.at("2023-11-30T10:00")
    story.pair.check()


def test_what_nobody_heeds_is_published(story: Story) -> None:
    story.begins("2023-10-04T10:00").assigned().at("2023-10-19T10:00")
    office = story.pair.life.cases.all[0].office
    for event in (
        ombudsman_replies.OmbudsmanClarificationAsked(office=office, text="-"),
        ombudsman_replies.OmbudsmanClarificationAsked(office=office, text="-"),
        ombudsman_replies.OmbudsmanReprimanded(office=office, text="-"),
    ):
        story.pair.ask(event)
    story.at("2023-11-10T10:00")
    story.pair.check()
    last = [
        (said[0], instant(said[1]))
        for said in story.pair.life.said
        if said[0] in ("reply_waived", "published_as_ignored")
    ]
    due = instant(at("2023-11-02T16:00"))
    assert sorted(last) == [("published_as_ignored", due), ("reply_waived", due)]


def test_nobody_decides(story: Story) -> None:
    story.begins("2023-10-04T10:00").assigned().at("2023-10-05T10:00")
    story.says(ASSIGNMENTS, assignments.Released(assignment=1, agency=DLH.code, reason="moved"))
    story.says(ASSIGNMENTS, assignments.NeedsDecision(why="no_rule", text_id="-", text_en="-"))
    story.at("2023-10-13T10:00")
    story.pair.check()
    assert ("undecided", at("2023-10-10T16:00"), at("2023-10-10T16:00")) in story.pair.life.said
