"""Replies come in whatever order the broker gives them: what the end depends on, and what it does not.

What an agency says comes in the order in which it said it (one topic, one partition). Between agencies the broker's
order decides only who is current: a reply to an assignment that is not current changes nothing, wherever it falls.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import permutations

from hypothesis import given, settings
from hypothesis import strategies as st
from lapor_contracts import agency_replies
from lapor_contracts.base import Event
from lapor_router.domain.state import RouterState

from tests.support.router_life import Life, accept, declined, resolve

Said = tuple[str, Event]  # by whom
FLOOD = {"category": "banjir/sungai"}  # bws-64 leads; 6407-bpbd and 6407-pupr have copies


def follow_up(number: int = 1) -> Event:
    return agency_replies.AgencyFollowedUp(assignment=number, text="Alat di lapangan.")


def end_of(said: Sequence[Said], **changes: object) -> RouterState:
    life = Life()
    life.registered(**changes)
    for agency, reply in said:
        life.edge(reply, agency)
    return life.state


def test_what_does_not_end_an_assignment_commutes() -> None:
    """Accepted and followed up, by the lead and by who has a copy, each also twice."""
    said: list[Said] = [
        ("bws-64", accept()), ("bws-64", follow_up()), ("6407-bpbd", follow_up()), ("bws-64", accept()),
        ("6407-pupr", follow_up()),
    ]  # fmt: skip
    ends = [end_of(list(order), **FLOOD) for order in permutations(said)]
    assert all(end == ends[0] for end in ends)
    assert ends[0].phase == "assigned" and ends[0].assignments[0].outcome == "accepted"


def test_of_what_ends_it_the_first_counts_and_a_repeat_is_nothing() -> None:
    first_declined = end_of([("6407-pupr", declined(1, "64-pupr")), ("6407-pupr", resolve())])
    first_resolved = end_of([("6407-pupr", resolve()), ("6407-pupr", declined(1, "64-pupr"))])
    assert first_declined.current is not None and first_declined.current.agency == "64-pupr"
    assert (first_resolved.phase, first_resolved.declined_by) == ("closed", ())
    again = [("6407-pupr", declined(1, "64-pupr"))] * 3
    assert end_of(again) == first_declined
    assert end_of([("6407-pupr", resolve())] * 3) == first_resolved


STRANGERS: list[Said] = [
    ("6407-dlh", accept()), ("6407-dlh", declined(1, "6407-pupr")), ("6407-dlh", resolve()), ("6402-pupr", resolve(7)),
    ("6407-pupr", declined(5, "64-pupr")), ("6407-pupr", resolve(9)), ("komdigi", follow_up()),
]  # fmt: skip
OWN: list[list[Said]] = [
    [("6407-pupr", accept()), ("6407-pupr", follow_up()), ("6407-pupr", resolve())],
    [("6407-pupr", declined(1, "64-pupr")), ("64-pupr", accept()), ("64-pupr", resolve())],
    [("6407-pupr", declined(1, "64-pupr")), ("64-pupr", declined(1, "6407-pupr"))],
    [("6407-pupr", accept()), ("6407-pupr", declined(1))],
]


@settings(deadline=None)
@given(own=st.sampled_from(OWN), strangers=st.lists(st.sampled_from(STRANGERS), max_size=8), data=st.data())
def test_replies_to_what_is_not_current_change_nothing_wherever_they_fall(
    own: list[Said], strangers: list[Said], data: st.DataObject
) -> None:
    said = list(own)
    for stranger in strangers:
        said.insert(data.draw(st.integers(0, len(said))), stranger)
    assert end_of(said) == end_of(own)


@settings(deadline=None)
@given(data=st.data())
def test_any_interleaving_of_three_agencies_ends_in_the_same_state(data: st.DataObject) -> None:
    """Each agency's replies in its own order, as the lead is asked before the next: late ones of the first may come
    at any time after, early guesses of numbers at any time before."""
    queues: list[list[Said]] = [
        [("6407-pupr", declined(1, "64-pupr")), ("6407-pupr", resolve()), ("6407-pupr", declined(1, "6407-dpmd"))],
        [("6407-dlh", follow_up()), ("6407-dlh", resolve())],
        [("6407-dpmd", declined(1, "6407-pupr")), ("6407-dpmd", accept())],
    ]
    said: list[Said] = []
    while any(queues):
        queue = data.draw(st.sampled_from([queue for queue in queues if queue]))
        said.append(queue.pop(0))
    end = end_of(said)
    assert end.current is not None and (end.current.agency, end.declined_by) == ("64-pupr", ("6407-pupr",))
    assert end == end_of([("6407-pupr", declined(1, "64-pupr"))])
