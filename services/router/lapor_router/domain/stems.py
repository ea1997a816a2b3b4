"""The root of an Indonesian word: affixes are taken off only where a known root is left.

Rules of the standard grammar: meN-/peN- and the letter that the nasal swallowed (menyapu: sapu), ber-/ter-/per- and
their short forms, di-/ke-/se-, -kan/-an/-i, the clitics -nya/-ku/-mu/-lah/-kah/-pun, and the spoken nasal (ngurus).
Suffixes go first (berikan: beri, not ikan); a root that is known as it stands is never cut (makan, jembatan).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

CLITICS = ("nya", "lah", "kah", "pun", "ku", "mu")
SUFFIXES = ("kan", "an", "i")
SHORTEST_ROOT = 2
LONGEST_WORD = 26  # longer is no word of the language
PREFIXES = 3  # at most, as in ke-ber-angkat-an, di-ke-se-mua-kan
MOST_REMEMBERED = 60_000  # words; then it is begun anew
_SWALLOWED = frozenset("kptscrmn")
# What stands before the rest, and which letters may be restored there; "" is the rest as it is.
_NASAL: tuple[tuple[str, str, tuple[str, ...]], ...] = (
    ("nge", "", ("",)),
    ("ng", "aeiou", ("", "k")),
    ("ng", "ghkq", ("",)),
    ("ny", "aeiou", ("s", "c")),
    ("n", "cdjstyz", ("",)),
    ("n", "aeiou", ("t", "n")),
    ("m", "bfpvr", ("",)),
    ("m", "aeiou", ("p", "m")),
)
_PLAIN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("di", ("",)),
    ("ke", ("",)),
    ("se", ("",)),
    ("ber", ("", "r")),
    ("bel", ("",)),
    ("be", ("",)),
    ("ter", ("", "r")),
    ("te", ("",)),
    ("per", ("", "r")),
    ("pel", ("",)),
    ("pe", ("",)),
    ("me", ("",)),
    ("ku", ("",)),
)


def without_clitics(word: str) -> Iterator[str]:
    """`jalannya`: jalan; `adakahnya`: both steps. Never the word itself."""
    rest = word
    for _ in range(2):
        ending = next((c for c in CLITICS if rest.endswith(c) and len(rest) - len(c) >= SHORTEST_ROOT), None)
        if ending is None:
            return
        rest = rest[: -len(ending)]
        yield rest


class Roots:
    """Known roots, and the root of a word by them."""

    def __init__(self, roots: Iterable[str]) -> None:
        self.known = frozenset(roots)
        # What a word may end in: roots, also without the letter that a nasal swallowed; and their last letters.
        whole = {root for root in self.known if len(root) > SHORTEST_ROOT}
        self._ends = whole.union(root[1:] for root in whole if root[0] in _SWALLOWED and len(root) > SHORTEST_ROOT + 1)
        self._last = frozenset(end[-3:] for end in self._ends)
        self._remembered: dict[str, str | None] = {}

    def of(self, word: str) -> str | None:
        """None where no known root is left."""
        if word in self.known:
            return word
        if len(word) > LONGEST_WORD or len(word) <= SHORTEST_ROOT:
            return None
        if word not in self._remembered:
            if len(self._remembered) >= MOST_REMEMBERED:
                self._remembered.clear()
            self._remembered[word] = self._of(word)
        return self._remembered[word]

    def _of(self, word: str) -> str | None:
        for rest in _without_suffixes(word):
            if self._may_hold(rest) and (found := self._without_prefixes(rest, PREFIXES)) is not None:
                return found
        return None

    def _may_hold(self, rest: str) -> bool:
        """Quickly: most words that are no word of the language end in no root at all."""
        if rest[-3:] not in self._last:
            return False
        ends = self._ends
        return any(rest[at:] in ends for at in range(len(rest) - SHORTEST_ROOT))

    def _without_prefixes(self, word: str, left: int) -> str | None:
        if word in self.known and len(word) > SHORTEST_ROOT:
            return word
        if left and len(word) > SHORTEST_ROOT + 1:
            for rest in _after_prefix(word):
                if (found := self._without_prefixes(rest, left - 1)) is not None:
                    return found
        return None


def _without_suffixes(word: str) -> Iterator[str]:
    """What most ends with first, the word as it is last."""
    bases = [*without_clitics(word)][::-1]
    for base in (*bases, word):
        for suffix in SUFFIXES:
            if base.endswith(suffix) and len(base) - len(suffix) > SHORTEST_ROOT:
                yield base[: -len(suffix)]
        yield base


def _after_prefix(word: str) -> Iterator[str]:
    first = word[0]
    if first in "mp" and word[1] == "e":
        yield from _after_nasal(word[2:])
    elif first == "n":
        yield from _after_nasal(word)
    if first in "dksbtpm":
        for prefix, restored in _PLAIN:
            if word.startswith(prefix):
                for letter in restored:
                    yield letter + word[len(prefix) :]


def _after_nasal(rest: str) -> Iterator[str]:
    for nasal, before, restored in _NASAL:
        tail = rest[len(nasal) :]
        if rest.startswith(nasal) and tail and (not before or tail[0] in before):
            for letter in restored:
                yield letter + tail
