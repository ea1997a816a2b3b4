"""The names of places in a text, each with what stands before it. One pass over its words."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from lapor_router.domain.places import policy
from lapor_router.domain.places.gazetteer import NEVER, Gazetteer
from lapor_router.domain.places.spelling import respelt
from lapor_router.domain.places.vocabulary import (
    BREAKS,
    FILLERS,
    FIRST_HALVES,
    MARK_OF,
    STREET_ENDS,
    Mark,
)
from lapor_router.domain.places.witness import Witness, witness

_WORD: Final = re.compile(r"[^\W_]+|[.,;:()\[\]\n/!?|\"]")
_APOSTROPHES: Final = re.compile("(?<=[^\\W_])['’`´](?=[^\\W_])")
_LEVELS: Final = frozenset("PKCDV")
_ABBREVIATION = 5  # characters: "Kec." goes on, "kecamatan." ends a sentence
_REMEMBERED = 40_000
_MOSTLY_CAPITALS = 0.5


@dataclass(frozen=True, slots=True)
class Mention:
    name: str
    mark: Mark
    witness: Witness
    sure: float
    at: int = 0


class Reader:
    """Finds mentions; remembers what a name with a mark says, for most names come again."""

    def __init__(self, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._seen: dict[tuple[str, Mark], Witness | None] = {}

    @classmethod
    def of(cls, gazetteer: Gazetteer) -> Reader:
        """The one that belongs to this gazetteer."""
        reader = gazetteer.reader
        if not isinstance(reader, cls):
            reader = gazetteer.reader = cls(gazetteer)
        return reader

    def mentions(self, text: str) -> list[Mention]:
        """In the order of the text, at most MAX_MENTIONS."""
        text = _APOSTROPHES.sub("", text[: policy.MAX_CHARACTERS])
        written = _WORD.findall(text)
        short = self.gazetteer.lexicon.short
        words = [short.get(word, word) for word in map(str.lower, written)]
        longest = self.gazetteer.longest
        capitals = _uses_capitals(text)
        found: list[Mention] = []
        spellings = 0
        end = 0
        for at, word in enumerate(words):
            if at < end:
                continue
            if word not in longest:
                if spellings < policy.MAX_SPELLINGS and len(word) >= policy.SPELLING_LENGTH:
                    mention = self._misspelt(words, at)
                    if mention is not None:
                        spellings += 1
                        if mention.sure:
                            found.append(mention)
                continue
            end = self._match(words, at, longest[word])
            if end:
                mention = self._mention(words, at, end, capitals and written[at].islower())
                if mention is None:
                    end = 0
                    continue
                found.append(mention)
                if len(found) >= policy.MAX_MENTIONS:
                    break
        return found

    def _match(self, words: list[str], at: int, longest: int) -> int:
        """Where the longest name that begins at `at` ends; 0 where there is none."""
        has = self.gazetteer.has
        for length in range(min(longest, len(words) - at), 1, -1):
            if has(" ".join(words[at : at + length])):
                return at + length
        word = words[at]
        if word in FIRST_HALVES and at + 1 < len(words) and has(word + words[at + 1]):
            return at + 2
        return at + 1 if has(word) else 0

    def _mention(self, words: list[str], at: int, end: int, lower: bool) -> Mention | None:
        name = " ".join(words[at:end])
        if end - at == 2 and not self.gazetteer.has(name):
            name = words[at] + words[at + 1]
        mark = _mark_before(words, at, name)
        if not mark and end < len(words) and words[end] in {"kota", "kab", "kabupaten"}:
            mark = "C" if words[end] == "kota" else "K"
            if not self._is_regency(name) or self._begins_name(words, end + 1):
                mark = ""
        key = (name, mark)
        if key not in self._seen:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[key] = witness(self.gazetteer, name, mark)
        found = self._seen[key]
        if found is None:
            return None
        sure = found.sure * policy.LOWER_CASE if lower and found.capital else found.sure
        return Mention(name, mark, found, sure, at)

    def _is_regency(self, name: str) -> bool:
        return any(100 <= code < 10_000 for code in self.gazetteer.codes(name))

    def _begins_name(self, words: list[str], at: int) -> bool:
        return at < len(words) and self.gazetteer.has(words[at]) and self.gazetteer.grade(words[at]) < NEVER

    def _misspelt(self, words: list[str], at: int) -> Mention | None:
        """None: no level word stands before it, nothing was tried; without a match `sure` is 0."""
        before = words[at - 2] if at > 1 and words[at - 1] in FILLERS | {"."} else words[at - 1] if at else ""
        mark = MARK_OF.get(before, "")
        if mark not in _LEVELS:
            return None
        for name in respelt(words[at]):
            if not self.gazetteer.has(name) or self.gazetteer.grade(name):
                continue
            found = witness(self.gazetteer, name, mark)
            if found is not None and found.marked and len(found.shares) == 1:
                return Mention(name, mark, found, min(found.sure, policy.MARKED_MISSPELT), at)
        return Mention(words[at], mark, Witness(0.0, ()), 0.0, at)


def _uses_capitals(text: str) -> bool:
    """A text without capitals, or with nothing else, says nothing by them."""
    upper = sum(map(str.isupper, text[:400]))
    return 0 < upper < _MOSTLY_CAPITALS * min(len(text), 400)


def _mark_before(words: list[str], at: int, name: str) -> Mark:
    before = at - 1
    if before < 0:
        return ""
    if words[before] == "." and before and len(words[before - 1]) <= _ABBREVIATION:
        before -= 1
    while before > 0 and (words[before] in FILLERS or words[before].isdigit()):
        before -= 1
    mark: Mark = MARK_OF.get(words[before], "")
    if mark in _LEVELS or mark in {"street", "person"} or words[before] in BREAKS:
        return mark
    if _on_street(words, before):
        return "street"
    return mark


def _on_street(words: list[str], before: int) -> bool:
    """Second and third words of a street's name: "Jl. Bangau Sakti"."""
    for place in range(before, max(before - 2, -1), -1):
        word = words[place]
        if word in {"jl", "jln", "jalan", "gg", "gang"}:
            return place < before or True
        if word in BREAKS or word in STREET_ENDS or word in MARK_OF:
            if word == "." and place and words[place - 1] in {"jl", "jln", "gg"}:
                return True
            return False
    return False
