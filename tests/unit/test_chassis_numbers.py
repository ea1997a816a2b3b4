"""What a reader does with a number: repeats, gaps, `after`, and what an early one waits for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapor_chassis.numbers import Verdict, missing, verdict

READS = frozenset({"a", "b", "c"})


@pytest.mark.parametrize(
    ("applied", "number", "after", "expected", "waits_for"),
    [
        pytest.param({}, 1, {}, "apply", "nothing", id="the first"),
        pytest.param({}, 2, {}, "wait", "a=1", id="the second before the first"),
        pytest.param({"a": 2}, 2, {}, "repeat", "nothing", id="the same again"),
        pytest.param({"a": 2}, 1, {"b": 7}, "repeat", "b=7", id="an old one again, whatever it names"),
        pytest.param({"a": 2}, 3, {"b": 1}, "wait", "b=1", id="next, but after one of another topic"),
        pytest.param({"a": 2, "b": 1}, 3, {"b": 1}, "apply", "nothing", id="next, and that one is there"),
        pytest.param({"a": 2, "b": 5}, 3, {"b": 1}, "apply", "nothing", id="next, and more than that is there"),
        pytest.param({"a": 2}, 3, {"unread": 9}, "apply", "nothing", id="what is not read is not waited for"),
        pytest.param({"a": 2, "b": 1}, 3, {"b": 2, "c": 1}, "wait", "b=2,c=1", id="after two"),
        pytest.param({"a": 1}, 4, {"b": 1}, "wait", "a=2", id="its own gap is named first"),
    ],
)
def test_verdict_and_what_is_missing(
    applied: dict[str, int], number: int, after: dict[str, int], expected: Verdict, waits_for: str
) -> None:
    assert verdict(applied, "a", number, after, READS) == expected
    assert missing(applied, "a", number, after, READS) == waits_for


@st.composite
def histories(draw: st.DrawFn) -> tuple[list[tuple[str, int, dict[str, int]]], list[int]]:
    """Events in the order of their writing, each after what its writer had seen; then an order of arrival."""
    topics = draw(st.lists(st.sampled_from(sorted(READS)), min_size=1, max_size=10))
    events: list[tuple[str, int, dict[str, int]]] = []
    for place, topic in enumerate(topics):
        seen = topics[: draw(st.integers(0, place))]
        after = {other: seen.count(other) for other in set(seen) - {topic}}
        events.append((topic, 1 + topics[:place].count(topic), after))
    places = list(range(len(events)))
    return events, draw(st.permutations(places + draw(st.lists(st.sampled_from(places), max_size=10))))


@given(histories())
def test_any_order_with_repeats_ends_with_each_once_and_in_order(
    history: tuple[list[tuple[str, int, dict[str, int]]], list[int]],
) -> None:
    events, arrivals = history
    applied: dict[str, int] = {}
    order: list[int] = []
    room: list[int] = []
    for arrival in arrivals:
        room.append(arrival)
        moved = True
        while moved:
            moved = False
            for place in list(room):
                topic, number, after = events[place]
                decided = verdict(applied, topic, number, after, READS)
                if decided == "wait":
                    assert missing(applied, topic, number, after, READS) != "nothing"
                    continue
                room.remove(place)
                moved = True
                if decided == "apply":
                    applied[topic] = number
                    order.append(place)
    assert room == []
    assert sorted(order) == list(range(len(events)))
    at = {events[place][:2]: when for when, place in enumerate(order)}
    for when, place in enumerate(order):
        topic, number, after = events[place]
        assert number == 1 or at[topic, number - 1] < when
        assert all(at[other, needed] < when for other, needed in after.items())
