"""How good a model is: on the newest outcomes while learning, and later beside the one in use (a paired test)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from lapor_router.domain.findings import About
from lapor_router.domain.risk import Curve, at_most, curve_of
from lapor_router.learning.duplicates import groups_of
from lapor_router.learning.training import Example, Trained, train

NEWEST = 0.2  # of the outcomes: the test part of the split in time
ENOUGH = 400  # tested outcomes from which on their curve sets the threshold, not the out-of-fold one
PROOF = 0.05  # the probability at which a better score is no luck


@dataclass(frozen=True, slots=True)
class Case:
    """A complaint whose agency type is confirmed: accepted, resolved, or decided by an arbiter.

    `text`: only to find near-duplicates; `roots`: of the title twice, then of the narrative.
    """

    text: str
    roots: tuple[str, ...]
    lexicon: About
    sector: str
    when: datetime
    category: str | None = None


@dataclass(frozen=True, slots=True)
class Score:
    tested: int
    top1: float
    top3: float


@dataclass(frozen=True, slots=True)
class Learning:
    """`alone`: the lexicon on the same newest outcomes as `tested`."""

    trained: Trained
    curve: Curve
    tested: Score
    alone: Score


@dataclass(frozen=True, slots=True)
class Comparison:
    """`only_new`: outcomes that only the new one had right. `luck`: how likely so many are if both are as good."""

    tested: int
    only_new: int
    only_old: int

    @property
    def luck(self) -> float:
        """The exact one-sided sign test."""
        return at_most(self.only_old, self.only_new + self.only_old, 0.5)

    @property
    def better(self) -> bool:
        return self.only_new > self.only_old and self.luck <= PROOF


Reader = Callable[[Case], About]


def learn(outcomes: Sequence[Case], sectors: Sequence[str], sector_of: Mapping[str, str]) -> Learning:
    """Tested on the newest by a model of the older ones; then one of all. `sector_of`: of each category.

    Raises TooFew.
    """
    ordered = sorted(outcomes, key=lambda outcome: outcome.when)
    groups = groups_of([outcome.text for outcome in ordered])
    split = len(ordered) - round(len(ordered) * NEWEST)
    newest = set(groups[split:])
    older = [(o, group) for o, group in zip(ordered[:split], groups, strict=False) if group not in newest]
    first = train([_example(outcome, group) for outcome, group in older], sectors)
    read = reader(first)
    asked = ordered[split:]
    trained = train([_example(outcome, group) for outcome, group in zip(ordered, groups, strict=True)], sectors)
    found = [(outcome, read(outcome)) for outcome in asked]
    curve = curve_of((about.sectors[0][1], about.sectors[0][0] == outcome.sector) for outcome, about in found)
    usual = usual_categories([(case.sector, case.category) for case in ordered], sector_of)
    return Learning(
        trained=replace(trained, model=replace(trained.model, usual=usual)),
        curve=curve if len(asked) >= ENOUGH else trained.curve,
        tested=score(asked, read),
        alone=score(asked, lexicon_alone),
    )


def usual_categories(confirmed: Iterable[tuple[str, str | None]], sector_of: Mapping[str, str]) -> dict[str, str]:
    """The category that is most often a sector's matter; without outcomes its general one, or its first."""
    usual: dict[str, str] = {}
    for category, sector in sector_of.items():
        if sector not in usual or (category.endswith("/umum") and not usual[sector].endswith("/umum")):
            usual[sector] = category
    counted = Counter((sector, category) for sector, category in confirmed if category)
    for (sector, category), _ in reversed(counted.most_common()):
        if sector_of.get(category) == sector:
            usual[sector] = category
    return usual


def reader(trained: Trained) -> Reader:
    return lambda outcome: trained.model.read(outcome.roots, outcome.lexicon, {})


def lexicon_alone(outcome: Case) -> About:
    return outcome.lexicon


def score(outcomes: Sequence[Case], read: Reader) -> Score:
    named = [([sector for sector, _ in read(outcome).sectors], outcome.sector) for outcome in outcomes]
    count = max(1, len(named))
    return Score(
        tested=len(named),
        top1=sum(sector in found[:1] for found, sector in named) / count,
        top3=sum(sector in found[:3] for found, sector in named) / count,
    )


def compare(outcomes: Sequence[Case], new: Reader, old: Reader) -> Comparison:
    """On outcomes that neither learned from."""
    pairs = [(_right(new, outcome), _right(old, outcome)) for outcome in outcomes]
    return Comparison(
        tested=len(pairs),
        only_new=sum(one and not other for one, other in pairs),
        only_old=sum(other and not one for one, other in pairs),
    )


def _right(read: Reader, outcome: Case) -> bool:
    sectors = read(outcome).sectors
    return bool(sectors) and sectors[0][0] == outcome.sector


def _example(outcome: Case, group: int) -> Example:
    return Example(outcome.roots, outcome.lexicon, outcome.sector, group)
