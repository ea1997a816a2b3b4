"""Words and phrases of a lexicon, found in a text: the longest phrase takes its words from shorter ones.

Between the words of a phrase fillers may stand ("jalan yang rusak"); a pair of words may stand near each other in
any order ("rusak sekali jalan kami"). What follows "di depan" or "desa" says where it is, not what it is about.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from lapor_router.domain.stems import MOST_REMEMBERED
from lapor_router.domain.words import Language, tokens

T = TypeVar("T")
ROOT = "~"
TOGETHER = "+"
NEAR = 10  # words between the two of a pair
MOST_FILLERS = 2  # in a row, within a phrase
FILLERS = frozenset({
    "ada", "agak", "akan", "amat", "atau", "banyak", "begitu", "cukup", "dan", "dari", "dengan", "di", "ini", "itu",
    "juga", "kami", "ke", "kita", "kok", "lagi", "masih", "nya", "oleh", "pada", "para", "saja", "sangat", "saya",
    "sekali", "semua", "sih", "sudah", "telah", "terlalu", "tersebut", "untuk", "yang",
})  # fmt: skip
_LANDMARKS = frozenset({
    "alamat", "arah", "belakang", "dekat", "depan", "lokasi", "menuju", "perempatan", "pertigaan", "samping",
    "seberang", "sebelah", "sekitar",
})  # fmt: skip
_NAMED = frozenset({
    "desa", "dusun", "gang", "jalan", "kabupaten", "kampung", "kecamatan", "kelurahan", "perumahan", "terusan",
})  # fmt: skip
_ADDRESSED = frozenset({"dirjen", "ditujukan", "kadis", "kepada", "kepala", "pimpinan", "terhormat", "yth"})
REACH = 2  # words that they colour
_ADDRESS_REACH = 5


@dataclass(frozen=True, slots=True)
class Context:
    """Factors of what is said of a place (`landmark`), as part of a name (`named`), of whom it is addressed to."""

    landmark: float = 0.4
    named: float = 0.5
    address: float = 1.3


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """`strength`: the highest factor among the `times` that it stands there."""

    what: T
    strength: float
    times: int


@dataclass(slots=True)
class _Node(Generic[T]):
    """Where a phrase ends (`what` it means, or None) or goes on (`below`, by the next word)."""

    what: T | None
    below: dict[str, _Node[T]]


@dataclass(slots=True)
class _Step(Generic[T]):
    """A word of the text: its keys, what begins with it, and what it does to the words after it."""

    keys: tuple[str, str]
    nodes: tuple[_Node[T], ...]
    pairs: tuple[str, ...]
    filler: bool
    factor: float
    reach: int

    @property
    def dull(self) -> bool:
        return not self.nodes and not self.pairs and not self.reach


class Phrases(Generic[T]):
    def __init__(self, language: Language, context: Context) -> None:
        self._language = language
        self._context = context
        self._phrases: dict[str, _Node[T]] = {}
        self._pairs: dict[str, dict[str, T]] = {}
        self._paired: set[str] = set()
        self._steps: dict[str, tuple[tuple[_Step[T], bool], ...]] = {}

    def keys(self, words: str) -> tuple[tuple[str, ...], ...]:
        """Of one phrase, or of the two words of a pair, spelled as a text is read. Raises ValueError."""
        halves = [half.split() for half in words.split(TOGETHER)]
        keys = tuple(tuple(key for word in half for key in self._keys_of(word)) for half in halves)
        if not all(keys) or len(keys) > 2 or (len(keys) == 2 and any(len(half) != 1 for half in keys)):
            raise ValueError(f"{words!r} is no word, phrase or pair of words")
        return keys

    def add(self, keys: tuple[tuple[str, ...], ...], what: T) -> None:
        """All are added before the first text is read."""
        if len(keys) == 2:
            (first,), (second,) = keys
            self._paired |= {first, second}
            self._pairs.setdefault(first, {})[second] = what
            return
        below = self._phrases
        for key in keys[0]:
            node = below.setdefault(key, _Node(None, {}))
            below = node.below
        node.what = what

    def find(self, *parts: tuple[str, float]) -> list[Found[T]]:
        """In texts, each with a factor of its own (a title counts more)."""
        found: dict[int, Found[T]] = {}
        for text, factor in parts:
            if text:
                self._find(text, factor, found)
        return list(found.values())

    def _find(self, text: str, factor: float, found: dict[int, Found[T]]) -> None:
        steps = self._read(text)
        seen: dict[str, list[int]] = {}
        at, free, colour, colour_ends = 0, 0, 1.0, 0
        for at, (step, dull) in enumerate(steps):
            if dull or at < free:
                continue
            here = factor * colour if at < colour_ends else factor
            end = at + 1
            if step.nodes:
                best = _longest(step.nodes, steps, end)
                end = best[1]
                if best[0] is not None:
                    _count(found, best[0], here)
            if end <= at + 1:
                for key in step.pairs:
                    seen.setdefault(key, []).append(at)
            else:
                free = end
            if step.reach:
                colour, colour_ends = step.factor, at + 1 + step.reach
        if len(seen) > 1:
            self._find_pairs(seen, factor, found)

    def _find_pairs(self, seen: dict[str, list[int]], factor: float, found: dict[int, Found[T]]) -> None:
        for first, places in seen.items():
            seconds = self._pairs.get(first)
            if seconds:
                for second in seconds.keys() & seen.keys():
                    if _near(places, seen[second]):
                        _count(found, seconds[second], factor)

    def _keys_of(self, word: str) -> Iterable[str]:
        meant = self._language.words(word.removeprefix(ROOT))
        return (ROOT + part.root if word.startswith(ROOT) else part.lemma for part in meant)

    def _read(self, text: str) -> list[tuple[_Step[T], bool]]:
        steps: list[tuple[_Step[T], bool]] = []
        known = self._steps
        for token in tokens(text):
            steps += known.get(token) or self._remember(token)
        return steps

    def _remember(self, token: str) -> tuple[tuple[_Step[T], bool], ...]:
        if len(self._steps) >= MOST_REMEMBERED:
            self._steps.clear()
        made = (self._step(word.lemma, word.root) for word in self._language.words(token))
        found = self._steps[token] = tuple((step, step.dull) for step in made)
        return found

    def _step(self, lemma: str, root: str) -> _Step[T]:
        keys = (lemma, ROOT + root)
        factor, reach = self._colour(lemma)
        return _Step(
            keys=keys,
            nodes=tuple(self._phrases[key] for key in keys if key in self._phrases),
            pairs=tuple(key for key in keys if key in self._paired),
            filler=lemma in FILLERS,
            factor=factor,
            reach=reach,
        )

    def _colour(self, lemma: str) -> tuple[float, int]:
        if lemma in _LANDMARKS:
            return self._context.landmark, REACH
        if lemma in _NAMED:
            return self._context.named, REACH
        if lemma in _ADDRESSED:
            return self._context.address, _ADDRESS_REACH
        return 1.0, 0


def _longest(nodes: tuple[_Node[T], ...], steps: list[tuple[_Step[T], bool]], at: int) -> tuple[T | None, int]:
    """What the longest phrase below `nodes` means, and the place after its last word; place 0: none."""
    best: tuple[T | None, int] = (None, 0)
    for node in nodes:
        if node.what is not None and at > best[1]:
            best = (node.what, at)
        if node.below:
            found = _deeper(node.below, steps, at, MOST_FILLERS)
            if found[1] > best[1]:
                best = found
    return best


def _deeper(
    below: dict[str, _Node[T]], steps: list[tuple[_Step[T], bool]], at: int, fillers: int
) -> tuple[T | None, int]:
    """The same for phrases whose next word is the one at `at`."""
    best: tuple[T | None, int] = (None, 0)
    if at >= len(steps):
        return best
    step = steps[at][0]
    for key in step.keys:
        node = below.get(key)
        if node is not None:
            found = _longest((node,), steps, at + 1)
            if found[1] > best[1]:
                best = found
    if step.filler and fillers and not best[1]:
        return _deeper(below, steps, at + 1, fillers - 1)
    return best


def _count(found: dict[int, Found[T]], what: T, factor: float) -> None:
    known = found.get(id(what))
    found[id(what)] = (
        Found(what, factor, 1) if known is None else Found(what, max(known.strength, factor), known.times + 1)
    )


def _near(ones: list[int], others: list[int]) -> bool:
    """Whether one of each stands at most NEAR words from the other; both ascending."""
    i = j = 0
    while i < len(ones) and j < len(others):
        if abs(ones[i] - others[j]) <= NEAR:
            return True
        if ones[i] < others[j]:
            i += 1
        else:
            j += 1
    return False
