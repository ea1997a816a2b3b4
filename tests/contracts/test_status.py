"""The status: a function of the events, however the topics interleave."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapor_contracts.base import Event
from lapor_contracts.events import EVENTS
from lapor_contracts.status import STATUS_ID, Facts, Status, apply, status

from tests.contracts.files import example


def event(name: str, **changes: object) -> Event:
    event_type = f"id.lapor.{name}.v1"
    return EVENTS[event_type].model_validate(example(event_type)["body"] | changes)


def after(*events: tuple[Event, int]) -> Status:
    facts = Facts()
    for one, number in events:
        facts = apply(facts, one, number)
    return status(facts)


REGISTERED = (event("complaint.registered"), 1)
ASSIGNED = (event("assignment.assigned"), 1)
FOLLOWED_UP = (event("reply.followed-up", assignment=1), 1)
RESOLVED = (event("reply.resolved", assignment=1), 2)
REOPENED = (event("complaint.reopened", assignment=1), 2)
AGAIN = (event("assignment.assigned", reason="reopened"), 2)


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        ([], "UNVERIFIED"),
        ([REGISTERED], "UNVERIFIED"),
        ([REGISTERED, (event("complaint.held"), 2)], "ON_HOLD"),
        ([REGISTERED, (event("complaint.held"), 2), (event("complaint.completed"), 3)], "UNVERIFIED"),
        ([REGISTERED, ASSIGNED], "ASSIGNED"),
        ([REGISTERED, ASSIGNED, (event("assignment.released", assignment=1), 2)], "UNVERIFIED"),
        ([REGISTERED, ASSIGNED, FOLLOWED_UP], "IN_PROGRESS"),
        ([REGISTERED, ASSIGNED, FOLLOWED_UP, RESOLVED], "RESOLVED"),
        ([REGISTERED, ASSIGNED, (event("escalation.closed-by-silence", assignment=1), 1)], "RESOLVED"),
        ([REGISTERED, ASSIGNED, RESOLVED, REOPENED], "REOPENED"),
        ([REGISTERED, ASSIGNED, RESOLVED, REOPENED, AGAIN], "ASSIGNED"),
        ([REGISTERED, (event("assignment.archived"), 1)], "ARCHIVED"),
        ([REGISTERED, (event("assignment.out-of-scope"), 1)], "REJECTED"),
        ([REGISTERED, ASSIGNED, RESOLVED, (event("complaint.withdrawn"), 2)], "ARCHIVED"),
        ([REGISTERED, (event("complaint.rated"), 2)], "UNVERIFIED"),
    ],
)
def test_status(events: Sequence[tuple[Event, int]], expected: Status) -> None:
    assert after(*events) == expected
    assert STATUS_ID[expected]


TOPICS: list[list[tuple[Event, int]]] = [
    [REGISTERED, (event("complaint.held"), 2), (event("complaint.completed"), 3), (REOPENED[0], 4)],
    [ASSIGNED, AGAIN],
    [FOLLOWED_UP, RESOLVED, (event("reply.followed-up", assignment=2), 3)],
]


@given(st.permutations([index for index, topic in enumerate(TOPICS) for _ in topic]))
def test_interleaving_of_topics_does_not_matter(order: list[int]) -> None:
    rest = [list(topic) for topic in TOPICS]
    assert after(*(rest[index].pop(0) for index in order)) == "IN_PROGRESS"
