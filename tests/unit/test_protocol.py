"""The delivery protocol, looked at in every state of small worlds: without broker or database, in seconds.

Killed, frozen and slow processes, lost answers, adoptions, repeats and late offsets may come at every step. In the
end each event is applied once and in order; and each part of the protocol is needed: without it, a world is found
in which something is lost, doubled or out of order.
"""

from __future__ import annotations

from functools import cache
from itertools import permutations

import pytest

from tests.support import protocol_reader, protocol_writer
from tests.support.protocol import Event, Explored, Scripts, Violation, explore
from tests.support.protocol_reader import Reader
from tests.support.protocol_world import World
from tests.support.protocol_writer import Writers

# One subject: two topics, each event after the other topic's, as an assignment and a reply are.
THREE: Scripts = ((Event("a", 1), Event("b", 1, (("a", 1),)), Event("a", 2, (("b", 1),))),)
TWO: Scripts = ((Event("a", 1), Event("b", 1, (("a", 1),))),)
ONE: Scripts = ((Event("a", 1),),)
# Two subjects at once, in the same and in different topics.
BESIDE: Scripts = (*TWO, (Event("a", 1),))


@cache
def explore_writers(writers: Writers, faults: int) -> Explored[World]:
    return explore(writers.start(faults), writers.work, writers.faults, writers.final)


def explore_readers(
    writers: Explored[World], scripts: Scripts, faults: int,
    broken: protocol_reader.Broken | None = None,
) -> int:  # fmt: skip
    """Each broker that the writers may leave; gives the number of states seen."""
    states = 0
    for topics in sorted({world.topics for world in writers.finals}):
        reader = Reader(scripts, topics, broken)
        states += explore(reader.start(faults), reader.work, reader.faults, reader.final).states
    return states


@pytest.mark.parametrize(
    ("scripts", "faults", "split", "at_least"),
    [
        pytest.param(THREE, 1, False, 3_500, id="three events, one fault"),
        pytest.param(THREE, 1, True, 4_000, id="three events, one fault, transactions taken apart"),
        pytest.param(BESIDE, 1, False, 6_000, id="two subjects, one fault"),
        pytest.param(TWO, 2, False, 8_000, id="two events, two faults"),
        pytest.param(ONE, 3, False, 6_000, id="one event, three faults"),
    ],
)
def test_each_event_is_applied_once_and_in_order(scripts: Scripts, faults: int, split: bool, at_least: int) -> None:
    writers = explore_writers(Writers(scripts, split=split), faults)
    readers = explore_readers(writers, scripts, faults=2)
    print(f"{writers.states} states of writers, {readers} of readers")
    assert writers.states >= at_least, "the world became smaller than it was: does it still do everything?"
    assert readers > len({world.topics for world in writers.finals}), "each broker was read"


def test_the_faults_show_on_the_broker() -> None:
    """Repeats, and an order that is not the order of the numbers: else the readers would have nothing to do."""
    brokers = {world.topics for world in explore_writers(Writers(THREE), faults=1).finals}
    assert (((0, 0), (0, 2)), ((0, 1),), ()) in brokers
    assert any(len(records) > len(set(records)) for topics in brokers for records in topics)
    assert any(list(records) != sorted(records) for topics in brokers for records in topics)


@pytest.mark.parametrize(
    ("broken", "scripts", "faults", "what"),
    [
        ("mark_before_publish", TWO, 1, "never published"),
        ("two_transactions", BESIDE, 1, "never published"),
        ("no_epoch", ONE, 2, "never published"),
        ("no_reload", ONE, 1, "never published"),
        ("reload_by_next_batch_only", ONE, 1, "never published"),
        ("retired_unseen", ONE, 2, "never published"),
        ("tally_left_behind", ONE, 1, "tallies are wrong"),
    ],
)
def test_a_broken_writer_is_caught(broken: protocol_writer.Broken, scripts: Scripts, faults: int, what: str) -> None:
    with pytest.raises(Violation, match=what) as caught:
        explore_writers(Writers(scripts, broken=broken), faults)
    assert caught.value.steps, "the way to it is named"
    assert explore_writers(Writers(scripts), faults=0).finals


@pytest.mark.parametrize(
    ("broken", "what"),
    [
        ("early_dropped", "never applied"),
        ("after_ignored", "applied before"),
        ("repeats_applied", "applied twice"),
        ("offsets_first", "never applied"),
        ("room_forgotten", "never applied|room is not empty"),
    ],
)
def test_a_broken_reader_loses_doubles_or_confuses(broken: protocol_reader.Broken, what: str) -> None:
    writers = explore_writers(Writers(THREE), faults=1)
    with pytest.raises(Violation, match=what):
        explore_readers(writers, THREE, faults=1, broken=broken)


def test_readers_stand_any_order_and_any_repeats() -> None:
    """Also of brokers that no writer here would leave."""
    chain: Scripts = ((*THREE[0], Event("c", 1, (("a", 2), ("b", 1)))),)
    states = 0
    for first in sorted(set(permutations(((0, 0), (0, 0), (0, 2), (0, 2))))):
        reader = Reader(chain, (first, ((0, 1), (0, 1)), ((0, 3),)))
        states += explore(reader.start(3), reader.work, reader.faults, reader.final).states
    print(f"{states} states of readers")
    assert states > 2_000


def test_work_without_end_would_be_found() -> None:
    turns = {"here": "there", "there": "here"}
    with pytest.raises(Violation, match="without end"):
        explore("here", lambda w: iter([("turn", turns[w])]), lambda _: iter(()), lambda _: None)
