"""The root of an Indonesian word: affixes are taken off only where a known root is left.

Rules of the standard grammar: meN-/peN- and the letter that the nasal swallowed (menyapu: sapu), ber-/ter-/per- and
their short forms, di-/ke-/se-, -kan/-an/-i, the clitics -nya/-ku/-mu/-lah/-kah/-pun, and the spoken nasal (ngurus).
Suffixes go first (berikan: beri, not ikan); a root that is known as it stands is never cut (makan, jembatan).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator

CLITICS = ("nya", "lah", "kah", "pun", "ku", "mu")
SUFFIXES = ("kan", "an", "i")
SHORTEST_ROOT = 2
LONGEST_WORD = 26  # longer is no word of the language
PREFIXES = 3  # at most, as in ke-ber-angkat-an, di-ke-se-mua-kan
_VOWELS = frozenset("aeiou")
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


def root_of(word: str, roots: Collection[str]) -> str | None:
    """None where no known root is left."""
    if word in roots:
        return word
    if len(word) > LONGEST_WORD or len(word) <= SHORTEST_ROOT:
        return None
    for rest in _without_suffixes(word):
        if (found := _without_prefixes(rest, roots, PREFIXES)) is not None:
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


def _without_prefixes(word: str, roots: Collection[str], left: int) -> str | None:
    if word in roots:
        return word
    if left and len(word) > SHORTEST_ROOT + 1:
        for rest in _after_prefix(word):
            if (found := _without_prefixes(rest, roots, left - 1)) is not None:
                return found
    return None


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
