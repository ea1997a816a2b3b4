"""The arithmetic of the figures: rates without the warm-up, percentiles. Nothing here measures."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

WARM_UP = 0.2  # of all there is to do: left out of every rate


@dataclass(frozen=True, slots=True)
class Sample:
    """At `at` seconds `done` of what there is to do was through; monotonic in both."""

    at: float
    done: int


@dataclass(frozen=True, slots=True)
class Rate:
    """`n` in `seconds`, after the warm-up."""

    n: int
    seconds: float

    @property
    def per_second(self) -> float:
        return self.n / self.seconds


def rate_of(samples: Sequence[Sample], total: int, warm_up: float = WARM_UP) -> Rate:
    """From the first look at which the warm-up was over to the first at which all was through.

    Raises ValueError where it never was, or where no time passed between the two looks.
    """
    first = next((s for s in samples if s.done >= total * warm_up and s.done > 0), None)
    last = next((s for s in samples if s.done >= total), None)
    if first is None or last is None:
        raise ValueError(f"only {samples[-1].done if samples else 0} of {total} were through")
    if last.at <= first.at or last.done <= first.done:
        raise ValueError("all was through at one look: there was too little to do")
    return Rate(last.done - first.done, last.at - first.at)


def rate_of_times(times: Sequence[float], warm_up: float = WARM_UP) -> Rate:
    """Of the moments at which each was through: what came after the warm-up, in the time since its last one.

    Raises ValueError where there are too few.
    """
    ordered = sorted(times)
    skipped = math.ceil(len(ordered) * warm_up)
    if skipped < 1 or len(ordered) - skipped < 1 or ordered[-1] <= ordered[skipped - 1]:
        raise ValueError("there was too little to do")
    return Rate(len(ordered) - skipped, ordered[-1] - ordered[skipped - 1])


def percentile(values: Sequence[float], percent: float) -> float:
    """The nearest rank: the smallest value that `percent` of all do not exceed. Raises ValueError for none."""
    if not values:
        raise ValueError("a percentile of nothing")
    ordered = sorted(values)
    return ordered[max(0, math.ceil(len(ordered) * percent / 100) - 1)]
