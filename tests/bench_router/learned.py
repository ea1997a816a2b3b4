"""The subject: by the lexicon alone, and with what was learned from other rows than the asked one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

import numpy as np
from lapor_router.domain.findings import About
from lapor_router.domain.risk import curve_of
from lapor_router.learning.duplicates import groups_of
from lapor_router.learning.evaluation import usual_categories
from lapor_router.learning.training import Example, Trained, train
from sklearn.model_selection import GroupKFold  # type: ignore[import-untyped]

from tests.bench_router.parts import Parts
from tests.bench_router.reads import Read
from tests.bench_router.texts import Row

FOLDS = 5
SEED = 7


def read_alone(rows: Sequence[Row], parts: Parts) -> list[Read]:
    """Without any history."""
    return [Read(row, about, about, None) for row, about in ((row, parts.about(row)) for row in rows)]


def read_in_folds(rows: Sequence[Row], parts: Parts) -> list[Read]:
    """Each fifth by a model of the other four; near-duplicates are in the same fifth."""
    groups = groups_of([row.text for row in rows])
    folds = GroupKFold(FOLDS, shuffle=True, random_state=SEED)
    found: list[Read] = []
    for known, asked in folds.split(np.zeros(len(rows)), groups=groups):
        trained = train(examples([rows[i] for i in known], [groups[i] for i in known], parts), parts.sectors)
        found += read_by(trained, [rows[i] for i in asked], parts)
    return found


def read_after(rows: Sequence[Row], training: Sequence[Row], parts: Parts) -> list[Read]:
    """By a model of the other file, without its near-duplicates of what is asked."""
    groups = groups_of([row.text for row in (*rows, *training)])
    asked = set(groups[: len(rows)])
    kept = [(row, group) for row, group in zip(training, groups[len(rows) :], strict=True) if group not in asked]
    trained = train(examples([row for row, _ in kept], [group for _, group in kept], parts), parts.sectors)
    return read_by(trained, rows, parts)


def read_by(trained: Trained, rows: Iterable[Row], parts: Parts) -> list[Read]:
    model = replace(trained.model, usual=usual_categories([], parts.sector_of))
    lexicon = [(row, parts.about(row)) for row in rows]
    return [
        Read(row, about, model.read(parts.roots(row), about, parts.sector_of), trained.curve) for row, about in lexicon
    ]


def examples(rows: Sequence[Row], groups: Sequence[int], parts: Parts) -> list[Example]:
    """Of rows whose addressed body has a type of its own."""
    return [
        Example(parts.roots(row), parts.about(row), row.sector, group)
        for row, group in zip(rows, groups, strict=True)
        if row.typed and row.sector is not None
    ]


def ranks(pairs: Iterable[tuple[Row, About]]) -> dict[str, float]:
    """Share of rows whose addressed type is the first, one of the first three."""
    hits = [_position(row, about) for row, about in pairs]
    count = len(hits)
    return {
        "top1": _share(sum(hit < 1 for hit in hits), count),
        "top3": _share(sum(hit < 3 for hit in hits), count),
        "n": count,
    }


def coverage(reads: Iterable[Read], risk: float) -> float:
    """The largest share of rows that could be decided with at most `risk` of them wrong: seen afterwards, so a
    limit for any threshold, not a promise."""
    sure = [(read.about.sectors[0][1], _position(read.row, read.about) == 0) for read in reads if read.about.sectors]
    steps = curve_of(sure).steps
    kept = [decided for _, decided, wrong in steps if wrong <= risk * decided]
    return _share(max(kept, default=0), len(sure))


def _position(row: Row, about: About) -> int:
    named = [sector for sector, _ in about.sectors]
    return named.index(row.sector) if row.sector in named else len(named) + 99


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0
