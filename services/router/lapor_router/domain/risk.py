"""How sure is sure enough: the operator names the risk, held-out outcomes name the confidence that keeps it.

A curve says of outcomes that nobody learned from how many of the surest n were wrong. The threshold is the lowest
confidence on it at which the upper confidence bound (Clopper-Pearson) of the wrong share is still at or below the
risk. It is looked for among many steps, but these are nested and the bound is cautious: in simulations with
honest confidences the risk was exceeded in 13 to 15 of 100 histories at a sureness of 0.8 (2 to 5 at 0.9).
Without history the built-in curve speaks for the lexicon alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import pairwise

from lapor_router.domain.findings import About, AboutSource, Where

BY_CODE = ("code",)
SURENESS = 0.8  # that the promise holds: the bound's confidence level
STEP = 0.02  # of the held-out outcomes: how far a step goes down a curve
RISK_STEP = 0.001
NEVER = math.inf


@dataclass(frozen=True, slots=True)
class Curve:
    """Steps of falling confidence: of all that were at least so sure, how many there are, how many were wrong."""

    steps: tuple[tuple[float, int, int], ...] = ()

    def threshold(self, risk: float, sureness: float = SURENESS) -> float:
        """The lowest confidence whose wrong share is at most `risk`, with `sureness`; NEVER where none is."""
        found = NEVER
        for confidence, decided, wrong in self.steps:
            # As upper_bound(wrong, decided, sureness) <= risk, in one step.
            if wrong < decided and at_most(wrong, decided, risk) <= 1 - sureness:
                found = confidence
        return found

    @property
    def decided(self) -> int:
        return self.steps[-1][1] if self.steps else 0


def curve_of(outcomes: Iterable[tuple[float, bool]]) -> Curve:
    """From (confidence, right?) of held-out outcomes; equal confidences stay together."""
    ordered = sorted(outcomes, key=lambda pair: -pair[0])
    stride = max(1, round(len(ordered) * STEP))
    steps: list[tuple[float, int, int]] = []
    wrong = 0
    for count, (confidence, right) in enumerate(ordered, start=1):
        wrong += not right
        last = count == len(ordered)
        if (last or ordered[count][0] < confidence) and (last or count - (steps[-1][1] if steps else 0) >= stride):
            steps.append((confidence, count, wrong))
    return Curve(tuple(steps))


def upper_bound(wrong: int, decided: int, sureness: float = SURENESS) -> float:
    """Clopper-Pearson: the wrong share is below this with probability `sureness`; 1 where nothing was decided."""
    if decided <= wrong:
        return 1.0
    low, high = wrong / decided, 1.0
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if at_most(wrong, decided, middle) > 1 - sureness else (low, middle)
    return high


def at_most(wrong: int, decided: int, share: float) -> float:
    """The binomial probability of `wrong` or fewer of `decided`, where each is wrong with probability `share`."""
    if share <= 0 or share >= 1:
        return float(share <= 0)
    terms = (
        math.lgamma(decided + 1)
        - math.lgamma(k + 1)
        - math.lgamma(decided - k + 1)
        + k * math.log(share)
        + (decided - k) * math.log1p(-share)
        for k in range(wrong + 1)
    )
    return min(1.0, math.fsum(map(math.exp, terms)))


def calibrated(raw: float, points: tuple[tuple[float, float], ...]) -> float:
    """Between two measured points a straight line; outside them the nearest."""
    if raw <= points[0][0]:
        return points[0][1]
    for (left, low), (right, high) in pairwise(points):
        if raw <= right:
            return low + (high - low) * (raw - left) / (right - left)
    return points[-1][1]


@dataclass(frozen=True, slots=True)
class Risk:
    """At most `risk` of what is decided automatically is wrong. `curves`: by the source of the subject; what comes
    from a source without a curve is never automatic, and what a code says always is."""

    risk: float
    curves: Mapping[AboutSource, Curve]
    _thresholds: dict[tuple[AboutSource, float], float] = field(default_factory=dict, compare=False)

    def automatic(self, about: About, where: Where, *, needs_area: bool) -> bool:
        """`needs_area`: the body is one of an area, so a wrong area is a wrong decision.

        What the place may be wrong is taken from the risk; the subject has to keep what is left of it.
        """
        left = self.risk - (1 - _place(where, needs_area=needs_area))
        if left < 0:
            return False
        return about.source in BY_CODE or _subject(about) >= self.threshold(about.source, left)

    def probability(self, about: About, where: Where, *, needs_area: bool) -> float:
        """That the agency type and, with `needs_area`, the area are right; 0 to 1."""
        return _subject(about) * _place(where, needs_area=needs_area)

    def threshold(self, source: AboutSource, risk: float) -> float:
        """Of the subject's confidence. The risk is rounded down to a step, so that few thresholds are looked for."""
        step = math.floor(risk / RISK_STEP + 1e-9) * RISK_STEP
        found = self._thresholds.get((source, step))
        if found is None:
            curve = self.curves.get(source)
            found = self._thresholds[source, step] = curve.threshold(step) if curve else NEVER
        return found


def _subject(about: About) -> float:
    return 1.0 if about.source in BY_CODE else about.sectors[0][1] if about.sectors else 0.0


def _place(where: Where, *, needs_area: bool) -> float:
    return where.confidence if needs_area and where.source not in BY_CODE else 1.0


# Without history, the lexicon alone: its confidences and hits on 392 texts that it was not written with, against the
# type of the body that was addressed (docs/routing.md). It promises 5 %, not 2 %.
BUILT_IN: Mapping[AboutSource, Curve] = {
    "words": Curve(
        (
            (0.9986, 40, 2),
            (0.9938, 80, 3),
            (0.9851, 112, 4),
            (0.9771, 142, 5),
            (0.9635, 166, 7),
            (0.9444, 190, 11),
            (0.9150, 214, 15),
            (0.8766, 238, 18),
            (0.8388, 262, 21),
            (0.7896, 286, 28),
            (0.7070, 310, 37),
            (0.6029, 334, 45),
            (0.4520, 358, 55),
            (0.2628, 383, 66),
        )
    )
}
