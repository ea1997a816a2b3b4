"""What counts as a loss, from the numbers alone."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapor_contracts.complaints import Withdrawn
from lapor_contracts.envelope import Envelope
from lapor_contracts.operations import Tally
from lapor_deploy.ledger import Gap, Ledger, gap_lines, newest
from lapor_deploy.outsider import Read

NOW = datetime(2026, 6, 1, tzinfo=UTC)
TOPIC = "lapor.contacts"  # kept for 7 days


def born(days_ago: float, which: int = 0) -> str:
    """A complaint's id of that age."""
    milliseconds = int((NOW - timedelta(days=days_ago)).timestamp() * 1000)
    return str(UUID(int=(milliseconds << 80) | (7 << 76) | (2 << 62) | which))


def event(subject: str, number: int | None, event_id: int, offset: int = 0) -> Read:
    envelope = Envelope(
        id=UUID(int=event_id), type=Withdrawn.type, source="urn:lapor:intake", subject=subject, time=NOW, number=number
    )
    return Read(TOPIC, 0, offset, envelope, None)


def ledger(*numbers: int, subject: str = born(1), trimmed: bool = False) -> Ledger:
    made = Ledger(now=NOW, trimmed={(TOPIC, 0)} if trimmed else set())
    for number in numbers:
        made.add(event(subject, number, number))
    return made


def tally(events: int, subjects: int = 1) -> Tally:
    return Tally(
        service="intake", topic=TOPIC, partition=0, subjects=subjects, events=events, as_of=NOW,
        oldest_unpublished_seconds=0,
    )  # fmt: skip


@given(st.sets(st.integers(1, 30), min_size=1))
def test_every_number_below_the_highest_has_to_be_there(numbers: set[int]) -> None:
    gaps, expired = ledger(*numbers).missing()
    assert {gap.number for gap in gaps} == set(range(1, max(numbers))) - numbers
    assert expired == 0


@pytest.mark.parametrize(
    ("days_ago", "trimmed", "is_loss"),
    [
        (8, True, False),
        (8, False, True),  # nothing was deleted from this partition: it was never there
        (6, True, True),  # too young to be past what the topic keeps
    ],
)
def test_only_what_is_older_than_the_topic_keeps_has_expired(days_ago: float, trimmed: bool, is_loss: bool) -> None:
    subject = born(days_ago)
    gaps, expired = ledger(3, 4, 6, subject=subject, trimmed=trimmed).missing()
    inner = Gap(TOPIC, 0, subject, 5)  # a hole behind a number that is there is always a loss
    assert gaps == ({inner, Gap(TOPIC, 0, subject, 1), Gap(TOPIC, 0, subject, 2)} if is_loss else {inner})
    assert expired == (0 if is_loss else 1)


def test_a_subject_that_says_no_time_never_expires() -> None:
    for subject in ("6407-pupr", "2b1d8a1e-0000-4000-8000-000000000000"):
        assert ledger(2, subject=subject, trimmed=True).missing() == ({Gap(TOPIC, 0, subject, 1)}, 0)


def test_a_repeat_is_harmless_and_a_number_for_two_events_is_not() -> None:
    made = ledger(1, 2)
    made.add(event(born(1), 2, 2, offset=7))
    assert (made.repeats, made.problems) == (1, [])
    made.add(event(born(1), 2, 99, offset=8))
    made.add(event(born(1), None, 100, offset=9))
    assert made.problems == [
        f"{TOPIC}[0]@8: number 2 of {born(1)} twice, for different events",
        f"{TOPIC}[0]@9: an event without a number",
    ]


@pytest.mark.parametrize(("events", "subjects", "behind"), [(3, 1, False), (2, 1, False), (4, 1, True), (3, 2, True)])
def test_fewer_than_the_tally_says(events: int, subjects: int, behind: bool) -> None:
    assert ledger(1, 2, 3).behind(tally(events, subjects)) is behind
    assert ledger(1, 2, 3, trimmed=True).behind(tally(events, subjects)) is False


@given(st.permutations([1, 5, 9, 9, 30]))
def test_the_newest_tally_counts_most_wherever_it_stands(order: list[int]) -> None:
    """Two instances publish theirs independently."""
    assert newest(tally(count) for count in order)[TOPIC, 0].events == 30


def test_many_gaps_of_a_complaint_are_one_line() -> None:
    gaps = ledger(14).missing()[0]
    assert list(gap_lines(gaps)) == [f"{TOPIC}: {born(1)} lacks number 1, 2, 3, 4, 5, 6, 7, 8, 9, 10 and 3 more"]
