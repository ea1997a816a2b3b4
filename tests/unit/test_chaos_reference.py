"""The reckoning's own calendar and rules, against escalation's: two ways to the same dates and steps."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import get_args

from hypothesis import given, settings
from hypothesis import strategies as st
from lapor_contracts import assignments, complaints, replies
from lapor_contracts.base import Zone
from lapor_escalation.domain import due
from lapor_escalation.domain.calendar import calendar
from lapor_escalation.domain.state import Hold

from tests.chaos.days import MINUTE, Days, Span
from tests.chaos.reckoning import judge
from tests.support.chaos_story import Story
from tests.support.escalation import DLH, PUPR, wita

DAYS, CALENDAR = Days(), calendar()
START = wita(4)
moments = st.datetimes(datetime(2023, 1, 1), datetime(2026, 12, 1), timezones=st.just(UTC))  # noqa: DTZ001 - given
zones = st.sampled_from(get_args(Zone))
minutes = st.one_of(st.integers(1, 4_000), st.sampled_from([510, 1020, 1530]))
waits = st.timedeltas(timedelta(minutes=1), timedelta(days=9))


@given(moments, zones, st.integers(1, 60), st.booleans(), st.lists(st.tuples(waits, waits), max_size=3), moments)
@settings(max_examples=200)
def test_the_same_dates(
    start: datetime, zone: Zone, value: int, working: bool, gaps: list[tuple[timedelta, timedelta]], at: datetime
) -> None:
    holds, last = [], start
    for before, long in gaps:
        holds.append((last + before, last + before + long))
        last = holds[-1][1]
    theirs = tuple(Hold(since, until) for since, until in holds)
    span, their_span = Span(start, value, working, zone), due.Span(
        start, value, "working_days" if working else "calendar_days", zone
    )  # fmt: skip
    limit = due.due_at(CALENDAR, their_span, theirs)
    assert DAYS.due(span, holds) == limit
    assert DAYS.grace(start, value, zone, holds) == due.grace_until(CALENDAR, start, value, zone, theirs)
    assert DAYS.minutes_left(span, limit, at) == due.left_minutes(CALENDAR, their_span, limit, at)


@given(moments, zones, minutes)
@settings(max_examples=200)
def test_the_same_instant_before_and_after(at: datetime, zone: Zone, long: int) -> None:
    assert DAYS.before(at, long * MINUTE, zone) == CALENDAR.rewind(at, long, zone)
    assert DAYS.advance(at, long * MINUTE, zone) == CALENDAR.advance(at, long, zone)


ACTIONS = (
    "assign", "release", "accept", "decline", "follow_up", "resolve", "hold", "complete", "reporter_reply", "reopen",
    "withdraw", "archive", "undecided", "follow_up_copy", "nothing", "outage",
)  # fmt: skip
lives = st.lists(
    st.tuples(st.sampled_from(ACTIONS), waits, st.timedeltas(timedelta(0), timedelta(days=3))), max_size=14
)


def act(story: Story, action: str, now: datetime, late: timedelta) -> None:  # noqa: PLR0912 - one an action
    came, lead = max(now - late, START), story.world.known.lead
    number = lead.assignment if lead else 0
    match action:
        case "assign":
            story.assign(now, (DLH, PUPR)[len(story.seen) % 2])
        case "release" if lead:
            event = assignments.Released(assignment=number, agency=lead.code, reason="moved")
            story.tell("lapor.assignments", event, now)
        case "accept" if lead:
            story.reply(replies.Accepted, came, now)
        case "decline" if lead:
            story.reply(replies.Declined, came, now)
        case "follow_up" if lead:
            story.reply(replies.FollowedUp, came, now)
        case "follow_up_copy" if lead:
            story.reply(replies.FollowedUp, came, now, lead=False)
        case "resolve" if lead:
            story.reply(replies.Resolved, came, now)
        case "hold":
            story.tell("lapor.complaints", complaints.Held(missing=("place",)), now)
        case "complete":
            story.tell("lapor.complaints", complaints.Completed(), now)
        case "reporter_reply":
            story.tell("lapor.complaints", complaints.ReporterReplied(text="-"), now)
        case "reopen" if lead:
            story.tell("lapor.complaints", complaints.Reopened(assignment=number, reason="-"), now)
        case "withdraw":
            story.tell("lapor.complaints", complaints.Withdrawn(), now)
        case "archive":
            event_ = assignments.Archived(reason="too_general", text_id="-", text_en="-")
            story.tell("lapor.assignments", event_, now)
        case "undecided":
            asked = assignments.NeedsDecision(why="no_area", text_id="-", text_en="-")
            story.tell("lapor.assignments", asked, now)
        case "outage":
            story.outage_until(now)


@given(lives)
@settings(max_examples=150, deadline=None)
def test_whatever_happens_the_clocks_steps_and_mails_are_explained(
    life: list[tuple[str, timedelta, timedelta]],
) -> None:
    """What a router would never write is the chain's matter; clocks, steps and mails follow from any of it."""
    story, now = Story().register(START), START
    for action, wait, late in life:
        if action != "outage":
            story.until(now + wait)
        now += wait
        act(story, action, now, late)
    end = now + timedelta(days=60)
    found = judge(story.until(end).evidence(end)).found
    chains = ("assigned (", "released", "assignment ", "lapor.replies", "Agency", "registered, and nobody")
    for kind in ("lost", "duplicated", "unexplained"):
        left = [line for line in found[kind] if not line.partition(": ")[2].startswith(chains)]
        assert [line for line in left if not line.endswith(" again")] == []
