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
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from lapor_router.domain.findings import About, Guess

Floats = NDArray[np.float32]
MAX_GUESSES = 5
MAX_SECTORS = 5
LIMIT = 20.0  # of a log-odds: exp() stays in range


@dataclass(frozen=True, slots=True)
class Blend:
    """`scale`: from the model's scores to log-probabilities. `floor`: probability spread over all sectors, so
    that neither expert alone rules one out. `sure`: the weights of `signals`, the constant first."""

    scale: float = 5.0
    lexicon: float = 1.0
    learned: float = 1.0
    floor: float = 0.02
    sure: tuple[float, ...] = (0.0, 1.0, 0.0, 0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True, eq=False)
class Opinion:
    """Log-probabilities by sector, of one text or a row for each of many: the lexicon's, the model's, of both.

    `known`: the share of the words that training knew, 0 to 1; a column where there are many texts.
    """

    lexicon: Floats
    learned: Floats
    both: Floats
    known: Floats

    def signals(self) -> Floats:
        """What tells a sure opinion from an unsure one: a constant, the likeliest one's log-odds, its lead over the
        second, what each expert alone gives it, and `known`."""
        first = self.both.argmax(axis=-1, keepdims=True)
        top = np.minimum(np.take_along_axis(self.both, first, -1), -1e-6)
        second = np.partition(self.both, -2, axis=-1)[..., -2:-1]
        found = (
            np.ones_like(top),
            np.minimum(LIMIT, top - np.log(-np.expm1(top))),
            np.minimum(LIMIT, top - second),
            np.take_along_axis(self.lexicon, first, -1),
            np.take_along_axis(self.learned, first, -1),
            self.known,
        )
        return np.concatenate(found, axis=-1)


def opinion(scores: Floats, known: Floats, stated: Floats, seen: NDArray[np.bool_], blend: Blend) -> Opinion:
    """`scores`, `stated` (the lexicon's probabilities), `seen` (has examples): sectors along the last axis."""
    lexicon = _floored(stated, blend.floor)
    scaled = np.where(seen, scores * np.float32(blend.scale), np.float32(-1e9))
    learned = _floored(np.exp(scaled - _log_sum(scaled)), blend.floor)
    both = np.float32(blend.lexicon) * lexicon + (np.float32(blend.learned) * known) * learned
    return Opinion(lexicon, learned, both - _log_sum(both), known)


@dataclass(frozen=True, slots=True, eq=False)
class Learned:
    """`weights`: a row for each root of `roots`, a column for each of `sectors`; `seen`: sectors with examples.

    `usual`: the category for a sector of which the lexicon names none.
    """

    sectors: tuple[str, ...]
    seen: NDArray[np.bool_]
    roots: Mapping[str, int]
    idf: Floats
    weights: Floats
    bias: Floats
    blend: Blend = Blend()
    usual: Mapping[str, str] | None = None

    def read(self, roots: Sequence[str], lexicon: About, sector_of: Mapping[str, str]) -> About:
        """`roots`: of the title twice, then of the narrative. `sector_of`: of each category."""
        found = self.opinion(roots, lexicon)
        sectors = self._ranked(found.both, sure(found.signals(), self.blend))
        guesses = _guesses(sectors, lexicon, sector_of, self.usual or {})
        return About(guesses, sectors, "learned", lexicon.evidence)

    def opinion(self, roots: Sequence[str], lexicon: About) -> Opinion:
        scores, known = self.scores(roots)
        return opinion(scores, np.array([known], dtype=np.float32), self.stated(lexicon), self.seen, self.blend)

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
        stated = dict(lexicon.sectors)
        given = np.array([stated.get(sector, 0.0) for sector in self.sectors], dtype=np.float32)
        return given + np.float32(max(0.0, 1 - float(given.sum())) / len(self.sectors))

    def _ranked(self, both: Floats, confidence: float) -> tuple[tuple[str, float], ...]:
        """The likeliest first, with `confidence`; the others keep their proportions in what is left."""
        best = np.argsort(-both)[:MAX_SECTORS]
        shares = np.exp(both[best])
        left = (1 - confidence) / max(1e-9, 1 - float(shares[0]))
        others = (min(confidence, float(share) * left) for share in shares[1:])
        return tuple(zip((self.sectors[i] for i in best), (confidence, *others), strict=True))


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


def sure(signals: Floats, blend: Blend) -> float:
    """The probability that the likeliest sector is right."""
    odds = sum(weight * signal for weight, signal in zip(blend.sure, signals.tolist(), strict=True))
    return 1 / (1 + math.exp(-max(-LIMIT, min(LIMIT, odds))))


def _floored(probabilities: Floats, floor: float) -> Floats:
    mixed: Floats = np.float32(1 - floor) * probabilities + np.float32(floor / probabilities.shape[-1])
    return np.log(mixed)


def _log_sum(values: Floats) -> Floats:
    highest = values.max(axis=-1, keepdims=True)
    total: Floats = highest + np.log(np.exp(values - highest).sum(axis=-1, keepdims=True))
    return total
