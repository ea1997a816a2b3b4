"""Which texts are the same report, or nearly: nothing of a text's near-duplicate may be in its training part.

Texts are compared by their shingles (three words in a row). Two are near-duplicates where they share 30 % of all
their shingles (Jaccard), or where 60 % of the shorter one stand in the longer one; what is linked over others is
one group.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import combinations, pairwise
from zlib import crc32

import numpy as np

SHINGLE_WORDS = 3
JACCARD = 0.3
CONTAINED = 0.6
MANY = 50  # owners of one shingle: a stock phrase, whose owners are compared with the next one only
_WORD = re.compile(r"[a-z]+")


def groups_of(texts: Sequence[str]) -> list[int]:
    """A group number for each text; equal where they are near-duplicates."""
    shingles = [shingles_of(text) for text in texts]
    parents = list(range(len(texts)))
    for one, other in _candidates(shingles):
        if _root(parents, one) != _root(parents, other) and _alike(shingles[one], shingles[other]):
            parents[_root(parents, other)] = _root(parents, one)
    return [_root(parents, number) for number in range(len(texts))]


def shingles_of(text: str) -> frozenset[int]:
    """Hashes, so that a hundred thousand texts fit into memory."""
    words = _WORD.findall(text.lower())
    count = max(1, len(words) - SHINGLE_WORDS + 1)
    return frozenset(crc32(" ".join(words[at : at + SHINGLE_WORDS]).encode()) for at in range(count))


def joined(*labels: Sequence[object]) -> list[int]:
    """Groups of what any of the labellings puts together."""
    parents = list(range(len(labels[0])))
    for labelling in labels:
        first: dict[object, int] = {}
        for number, label in enumerate(labelling):
            parents[_root(parents, number)] = _root(parents, first.setdefault(label, number))
    return [_root(parents, number) for number in range(len(parents))]


def _alike(one: frozenset[int], other: frozenset[int]) -> bool:
    common = len(one & other)
    return common >= JACCARD * (len(one) + len(other) - common) or common >= CONTAINED * min(len(one), len(other))


def _candidates(shingles: Sequence[frozenset[int]]) -> Iterator[tuple[int, int]]:
    """Pairs that share a shingle, perhaps more than once."""
    if not shingles:
        return
    owners = np.repeat(np.arange(len(shingles)), [len(found) for found in shingles])
    hashes = np.fromiter((value for found in shingles for value in found), dtype=np.int64, count=len(owners))
    order = np.argsort(hashes, kind="stable")
    edges = np.flatnonzero(np.diff(hashes[order])) + 1
    for run in np.split(owners[order], edges):
        if len(run) > 1:
            yield from combinations(run.tolist(), 2) if len(run) <= MANY else pairwise(run.tolist())


def _root(parents: list[int], number: int) -> int:
    while parents[number] != number:
        parents[number] = parents[parents[number]]
        number = parents[number]
    return number
