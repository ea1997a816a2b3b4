"""Training: a linear model over the roots of words, blended with the lexicon, with its confidence calibrated.

Linear SVM with balanced classes over tf-idf of single roots, the title's twice: on the texts at hand as good as or
better than logistic regression, complement naive Bayes, word pairs and character n-grams, at a tenth of the cost
(docs/routing.md has the figures). The blend and the calibration are fitted on out-of-fold scores only.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize  # type: ignore[import-untyped]
from scipy.sparse import csr_matrix  # type: ignore[import-untyped]
from sklearn.linear_model import LogisticRegression  # type: ignore[import-untyped]
from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]
from sklearn.svm import LinearSVC  # type: ignore[import-untyped]

from lapor_router.domain.findings import About
from lapor_router.domain.learned import UNSEEN, Blend, Floats, Learned, blended, signals
from lapor_router.domain.risk import Curve, curve_of

FOLDS = 5
SEED = 1
PENALTY = 0.5  # C of the support vector machine
MOST_ROOTS = 30_000  # 4 MB of weights
STAY = 0.005  # how much it costs to leave the default weights: words that tell everything apart end nowhere else
TRUST_OF = 10  # examples: the weight of all sectors' hit rate in that of one
DEFAULT = Blend()
FEWEST = 60  # examples, of two sectors at least, in as many groups as there are folds


class TooFew(ValueError):  # noqa: N818 - a finding, as BadData
    """Not enough outcomes to learn from."""


@dataclass(frozen=True, slots=True)
class Example:
    """`roots`: of the title twice, then of the narrative. `group`: near-duplicates have the same."""

    roots: tuple[str, ...]
    lexicon: About
    sector: str
    group: int


@dataclass(frozen=True, slots=True)
class Trained:
    """`curve`: held-out confidences, for the threshold; `examples`: how many it learned from."""

    model: Learned
    curve: Curve
    examples: int


def train(examples: Sequence[Example], sectors: Sequence[str]) -> Trained:
    """Raises TooFew. `sectors`: all that exist, also those without an example."""
    if len(examples) < FEWEST or len({e.sector for e in examples}) < 2 or len({e.group for e in examples}) < FOLDS:
        raise TooFew(f"{len(examples)} outcomes: at least {FEWEST}, of two agency types, are needed")
    held_out: list[tuple[Learned, Example]] = []
    fold_of: list[int] = []
    for fold, (known, asked) in enumerate(_folds(examples)):
        model = fit_linear([examples[i] for i in known], sectors)
        held_out += [(model, examples[i]) for i in asked]
        fold_of += [fold] * len(asked)
    curve = curve_of(_sure_of_unseen(held_out, fold_of))
    model = replace(fit_linear(examples, sectors), blend=fit_blend(held_out))
    return Trained(model, curve, len(examples))


def _folds(examples: Sequence[Example]) -> Iterator[tuple[list[int], list[int]]]:
    folds = GroupKFold(FOLDS, shuffle=True, random_state=SEED)
    for known, asked in folds.split(np.zeros(len(examples)), groups=[e.group for e in examples]):
        yield known.tolist(), asked.tolist()


def _sure_of_unseen(held_out: Sequence[tuple[Learned, Example]], fold_of: Sequence[int]) -> list[tuple[float, bool]]:
    """The blend is fitted without the fold that it judges."""
    found: list[tuple[float, bool]] = []
    for fold in range(FOLDS):
        blend = fit_blend([pair for pair, of in zip(held_out, fold_of, strict=True) if of != fold])
        for (model, example), of in zip(held_out, fold_of, strict=True):
            if of == fold:
                about = replace(model, blend=blend).read(example.roots, example.lexicon, {})
                sector, confidence = about.sectors[0]
                found.append((confidence, sector == example.sector))
    return found


def fit_linear(examples: Sequence[Example], sectors: Sequence[str]) -> Learned:
    rows = {root: row for row, root in enumerate(_vocabulary(examples))}
    seen_in = Counter(root for e in examples for root in set(e.roots) if root in rows)
    idf = np.array([np.log((1 + len(examples)) / (1 + seen_in[root])) + 1 for root in rows], dtype=np.float32)
    machine = LinearSVC(C=PENALTY, class_weight="balanced", random_state=SEED)
    machine.fit(_matrix(examples, rows, idf), [e.sector for e in examples])
    weights = np.zeros((len(rows), len(sectors)), dtype=np.float32)
    bias = np.full(len(sectors), UNSEEN, dtype=np.float32)
    classes: list[str] = machine.classes_.tolist()
    coefficients, intercepts = machine.coef_, machine.intercept_
    if len(classes) == 2:  # then it has the second one's only
        coefficients, intercepts = np.vstack([-coefficients, coefficients]), np.r_[-intercepts, intercepts]
    columns = [list(sectors).index(sector) for sector in classes]
    weights[:, columns], bias[columns] = coefficients.T, intercepts
    return Learned(tuple(sectors), rows, idf, weights, bias)


def _vocabulary(examples: Sequence[Example]) -> list[str]:
    """The roots in most texts; in alphabetical order, so that the same outcomes give the same model."""
    seen_in = Counter(root for example in examples for root in set(example.roots))
    return sorted(sorted(seen_in, key=lambda root: (-seen_in[root], root))[:MOST_ROOTS])


def _matrix(examples: Sequence[Example], rows: dict[str, int], idf: Floats) -> csr_matrix:
    """As Learned.scores does it for one text."""
    columns: list[int] = []
    values: list[Floats] = []
    ends = [0]
    for example in examples:
        counts = [(rows[root], count) for root, count in Counter(example.roots).items() if root in rows]
        columns += [row for row, _ in counts]
        value = (1 + np.log(np.array([count for _, count in counts], dtype=np.float32))) * idf[[r for r, _ in counts]]
        values.append(value / max(1e-9, float(np.sqrt(value @ value))))
        ends.append(len(columns))
    return csr_matrix((np.concatenate(values), columns, ends), shape=(len(examples), len(rows)))


def fit_blend(held_out: Sequence[tuple[Learned, Example]]) -> Blend:
    """Least surprise at the true sectors; then the calibration of the likeliest one."""
    sectors = held_out[0][0].sectors
    truth = np.array([sectors.index(example.sector) for _, example in held_out])
    scored = [model.scores(example.roots) for model, example in held_out]
    scores = np.array([found for found, _ in scored], dtype=np.float32)
    known = np.array([[share] for _, share in scored], dtype=np.float32)
    stated = np.array([model.stated(example.lexicon) for model, example in held_out], dtype=np.float32)

    def weighted(logs: NDArray[np.float64]) -> Blend:
        scale, lexicon, learned = np.exp(logs).tolist()
        return Blend(scale, lexicon, learned)

    start = np.log([DEFAULT.scale, DEFAULT.lexicon, DEFAULT.learned])

    def surprise(logs: NDArray[np.float64]) -> float:
        both = blended(scores, known, stated, weighted(logs)).both
        return STAY * float(((logs - start) ** 2).sum()) - float(both[np.arange(len(truth)), truth].mean())

    simplex = np.vstack([start, start + 0.5 * np.eye(len(start))])  # its own first step from 1 is a thousandth
    options = {"maxiter": 150, "xatol": 0.02, "fatol": 1e-4, "initial_simplex": simplex}
    best = minimize(surprise, start, method="Nelder-Mead", options=options)
    blend = weighted(best.x)
    found = blended(scores, known, stated, blend)
    first = found.both.argmax(axis=-1)
    right = first == truth
    rows = zip(found.lexicon.tolist(), found.learned.tolist(), found.both.tolist(), known[:, 0].tolist(), strict=True)
    hits = np.bincount(first, weights=right, minlength=len(sectors)).astype(np.float64)
    times = np.bincount(first, minlength=len(sectors)).astype(np.float64)
    without_itself = _trust(hits[first] - right, times[first] - 1, float(right.mean()))
    telling = [(*signals(*row, ())[:-1], trust) for row, trust in zip(rows, without_itself, strict=True)]
    return replace(blend, sure=_calibrated(telling, right), trust=_trust(hits, times, float(right.mean())))


def _trust(hits: NDArray[np.float64], times: NDArray[np.float64], overall: float) -> tuple[float, ...]:
    """Log-odds; a sector of few examples is trusted like all."""
    share = np.clip((hits + TRUST_OF * overall) / (times + TRUST_OF), 0.01, 0.99)
    odds: list[float] = np.log(share / (1 - share)).tolist()
    return tuple(odds)


def _calibrated(found: Sequence[tuple[float, ...]], right: NDArray[np.bool_]) -> tuple[float, ...]:
    if right.all() or not right.any():
        return DEFAULT.sure
    fitted = LogisticRegression(C=1.0, fit_intercept=False, max_iter=500).fit(np.array(found), right)
    weights: list[float] = fitted.coef_[0].tolist()
    return tuple(weights)
