"""When people act in the demo, and how far a story goes."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapor_contracts import escalations, notifications, replies
from lapor_contracts.envelope import Envelope
from lapor_deploy.demo.cast import WITA, next_evening, next_office_time
from lapor_deploy.demo.stories import Told
from lapor_deploy.outsider import Journal, Read

MONDAY = datetime(2023, 10, 2, tzinfo=WITA)
COMPLAINT = UUID("0190a000-0000-7000-8000-000000000001")


@given(st.integers(0, 7 * 24 * 60))
def test_people_act_on_working_days_and_soon(minutes: int) -> None:
    now = MONDAY + timedelta(minutes=minutes)
    for chosen, hours in ((next_evening(now), {17}), (next_office_time(now), set(range(9, 15)))):
        assert chosen.weekday() < 5
        assert chosen.hour in hours
        assert now <= chosen <= now + timedelta(days=3)


def read(topic: str, number: int, **after: int) -> Read:
    event = (
        replies.Accepted(agency="komdigi", assignment=3, received_at=MONDAY)
        if topic == "lapor.replies"
        else escalations.CaseClosed(office="ombudsman-64")
    )
    envelope = Envelope(
        id=UUID(int=number), type=event.type, source="urn:lapor:x", subject=str(COMPLAINT), time=MONDAY,
        number=number, after={f"lapor.{name}": value for name, value in after.items()},
    )  # fmt: skip
    return Read(topic, 0, number, envelope, event)


@pytest.fixture
def journal() -> Journal:
    made = Journal()
    made.reads = [
        read("lapor.replies", 2, assignments=3, escalations=6),
        read("lapor.escalations", 7, replies=2),
        read("lapor.escalations", 8, replies=2),
    ]
    return made


async def test_a_story_is_what_was_expected_of_it_and_its_causes(journal: Journal) -> None:
    """What the clocks do afterwards depends on how long the machine takes, and is not told."""
    told = Told("2 internet", COMPLAINT, "1234567897")
    assert await told.expect(journal, replies.Accepted, 1, agency="komdigi")
    assert told.extent == {"lapor.complaints": 1, "lapor.replies": 2, "lapor.assignments": 3, "lapor.escalations": 6}
    assert [told.holds(one) for one in journal.reads] == [True, False, False]
    assert await told.expect(journal, escalations.CaseClosed, 1)
    assert [told.holds(one) for one in journal.reads] == [True, True, False]
    assert told.holds(read("lapor.notifications", 99))


async def test_what_does_not_come_is_named(journal: Journal) -> None:
    told = Told("2 internet", COMPLAINT, "1234567897")
    assert not await told.expect(journal, replies.Accepted, 0.01, agency="6407-dlh")
    assert not await told.expect(journal, notifications.Queued, 0.01)
    assert told.missing == [
        "2 internet: id.lapor.reply.accepted.v1, agency 6407-dlh",
        "2 internet: id.lapor.notification.queued.v1",
    ]
