"""What confirmed outcomes taught about words, together with what the lexicon says: pure inference.

Two experts say how likely each agency type (sector) is: the lexicon, written by people, and a linear model over
the roots of the text's words (tf-idf), trained on outcomes. Their log-probabilities are added with weights that
were fitted on texts that neither had seen (a product of experts); the text's share of words that training knew
scales the second. How sure the result is follows from both and from whether they agree.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from lapor_router.domain.findings import About, Guess

Floats = NDArray[np.float32]
Signals = tuple[float, float, float, float, float, float, float]
MAX_GUESSES = 5
MAX_SECTORS = 5
UNSEEN = -1e6  # the score of a sector without examples: the model gives it nothing, the floor a little
LIMIT = 20.0  # of a log-odds: exp() stays in range


@dataclass(frozen=True, slots=True)
class Blend:
    """`scale`: from the model's scores to log-probabilities. `floor`: probability spread over all sectors, so
    that neither expert alone rules one out. `sure`: the weights of `signals`, the constant first. `trust`: for
    each sector the log-odds that it is right where it is the likeliest; empty where nobody counted."""

    scale: float = 5.0
    lexicon: float = 1.0
    learned: float = 1.0
    floor: float = 0.02
    sure: tuple[float, ...] = (0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
    trust: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """Log-probabilities by sector, of one text or a row for each of many: the lexicon's, the model's, of both."""

    lexicon: Floats
    learned: Floats
    both: Floats


def blended(scores: Floats, known: Floats | np.float32, stated: Floats, blend: Blend) -> Opinion:
    """`scores`, `stated` (the lexicon's probabilities): sectors along the last axis. `known`: share of words."""
    lexicon = _floored(stated, blend.floor)
    raised = np.exp((scores - scores.max(axis=-1, keepdims=True)) * np.float32(blend.scale))
    learned = _floored(raised / raised.sum(axis=-1, keepdims=True), blend.floor)
    both = np.float32(blend.lexicon) * lexicon + (np.float32(blend.learned) * known) * learned
    return Opinion(lexicon, learned, both - np.log(np.exp(both).sum(axis=-1, keepdims=True)))


def signals(
    lexicon: list[float], learned: list[float], both: list[float], known: float, trust: Sequence[float]
) -> Signals:
    """What tells a sure opinion from an unsure one, from an Opinion of one text: a constant, the likeliest one's
    log-odds, its lead over the second, what each expert alone gives it, `known`, and its `trust`."""
    first = max(range(len(both)), key=both.__getitem__)
    top = min(both[first], -1e-6)
    second = max(both[:first] + both[first + 1 :], default=-LIMIT)
    odds = top - math.log(-math.expm1(top))
    alone = lexicon[first], learned[first]
    return 1.0, min(LIMIT, odds), min(LIMIT, top - second), *alone, known, trust[first] if trust else 0.0


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """`weights`: a row for each root of `roots`, a column for each of `sectors`. `bias`: UNSEEN without examples.

    `usual`: the category for a sector of which the lexicon names none.
    """

    sectors: tuple[str, ...]
    roots: Mapping[str, int]
    idf: Floats
    weights: Floats
    bias: Floats
    blend: Blend = Blend()
    usual: Mapping[str, str] | None = None
    columns: Mapping[str, int] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "columns", {sector: column for column, sector in enumerate(self.sectors)})

    def read(self, roots: Sequence[str], lexicon: About, sector_of: Mapping[str, str]) -> About:
        """`roots`: of the title twice, then of the narrative. `sector_of`: of each category."""
        scores, known = self.scores(roots)
        found = blended(scores, np.float32(known), self.stated(lexicon), self.blend)
        both = found.both.tolist()
        telling = signals(found.lexicon.tolist(), found.learned.tolist(), both, known, self.blend.trust)
        confidence = sure(telling, self.blend)
        sectors = self._ranked(both, confidence)
        guesses = _guesses(sectors, lexicon, sector_of, self.usual or {})
        return About(guesses, sectors, "learned", lexicon.evidence)

    def scores(self, roots: Sequence[str]) -> tuple[Floats, float]:
        """A score for each sector, and the share of the words that training knew."""
        rows: list[int] = []
        counts: list[int] = []
        unknown = 0
        for root, count in Counter(roots).items():
            row = self.roots.get(root)
            if row is None:
                unknown += 1
            else:
                rows.append(row)
                counts.append(count)
        if not rows:
            return self.bias, 0.0
        values = (1 + np.log(np.array(counts, dtype=np.float32))) * self.idf[rows]
        values /= math.sqrt(float(values @ values))
        scores: Floats = values @ self.weights[rows] + self.bias
        return scores, len(rows) / (len(rows) + unknown)

    def stated(self, lexicon: About) -> Floats:
        """The lexicon's probabilities; what is left of 1 is spread over all."""
        left = max(0.0, 1 - sum(share for _, share in lexicon.sectors))
        given = np.full(len(self.sectors), left / len(self.sectors), dtype=np.float32)
        for sector, share in lexicon.sectors:
            column = self.columns.get(sector)
            if column is not None:
                given[column] += share
        return given

    def _ranked(self, both: list[float], confidence: float) -> tuple[tuple[str, float], ...]:
        """The likeliest first, with `confidence`; the others keep their proportions in what is left."""
        first, *others = sorted(range(len(both)), key=both.__getitem__, reverse=True)
        # Their own sum, not what the first leaves of 1: single precision does not tell a small rest from none.
        total = max(1e-9, math.fsum(math.exp(both[i]) for i in others))
        left = (1 - confidence) / total
        rest = ((self.sectors[i], min(confidence, math.exp(both[i]) * left)) for i in others[: MAX_SECTORS - 1])
        return (self.sectors[first], confidence), *rest


def _guesses(
    sectors: Sequence[tuple[str, float]],
    lexicon: About,
    sector_of: Mapping[str, str],
    usual: Mapping[str, str],
) -> tuple[Guess, ...]:
    """Of each sector the lexicon's categories, in its proportions; else the sector's usual one."""
    found: list[Guess] = []
    for sector, probability in sectors:
        named = [guess for guess in lexicon.guesses if sector_of.get(guess.category) == sector]
        total = sum(guess.probability for guess in named)
        if total > 0:
            found += [Guess(g.category, probability * g.probability / total, g.words) for g in named]
        elif sector in usual:
            found.append(Guess(usual[sector], probability))
    return tuple(sorted(found, key=lambda guess: -guess.probability)[:MAX_GUESSES])


def sure(found: Signals, blend: Blend) -> float:
    """The probability that the likeliest sector is right."""
    odds = sum(weight * signal for weight, signal in zip(blend.sure, found, strict=True))
    return 1 / (1 + math.exp(-max(-LIMIT, min(LIMIT, odds))))


def _floored(probabilities: Floats, floor: float) -> Floats:
    mixed: Floats = np.float32(1 - floor) * probabilities + np.float32(floor / probabilities.shape[-1])
    return np.log(mixed)
