"""The one comparison that everything rests on: repeats, re-ordering and loss are all seen by it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

Verdict = Literal["apply", "repeat", "wait"]


def verdict(
    applied: Mapping[str, int], topic: str, number: int, after: Mapping[str, int], reads: frozenset[str]
) -> Verdict:
    """What a reader does with event `number` of `topic`.

    `applied`: the last number applied per topic. `after`: what must be applied before, of which only the
    topics in `reads` concern this reader.
    """
    last = applied.get(topic, 0)
    if number <= last:
        return "repeat"
    if number != last + 1:
        return "wait"
    for other, needed in after.items():
        if other in reads and applied.get(other, 0) < needed:
            return "wait"
    return "apply"


def missing(
    applied: Mapping[str, int], topic: str, number: int, after: Mapping[str, int], reads: frozenset[str]
) -> str:
    """What a waiting event waits for, as `topic=number`, for the alarm."""
    if number > applied.get(topic, 0) + 1:
        return f"{topic}={applied.get(topic, 0) + 1}"
    gaps = [f"{other}={needed}" for other, needed in after.items() if other in reads and applied.get(other, 0) < needed]
    return ",".join(gaps) or "nothing"
