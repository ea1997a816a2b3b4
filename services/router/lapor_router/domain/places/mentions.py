"""The names of places in a text, each with what stands before it. One pass over its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from lapor_router.domain.places import policy
from lapor_router.domain.places.gazetteer import PROVINCE_BELOW, REGENCY_BELOW, Gazetteer
from lapor_router.domain.places.spelling import respelt
from lapor_router.domain.places.vocabulary import (
    AT,
    BEFORE_NOW,
    BREAKS,
    ELSEWHERE,
    FILLERS,
    FIRST_HALVES,
    GONE,
    HOME,
    HOSPITALS,
    KIN,
    MARK_OF,
    NO_NAMES,
    ROAD_WORDS,
    STREET_ENDS,
    STREETS,
    WHOSE,
    Mark,
)
from lapor_router.domain.places.witness import Witness, witness

_WORD: Final = re.compile(r"[^\W_]+|[.,;:()\[\]\n/!?|\"]")
_APOSTROPHES: Final = re.compile("(?<=[^\\W_])['’`](?=[^\\W_])")
_LEVELS: Final = frozenset("PKCDVH")
_ABBREVIATION = 5  # characters: "Kec." goes on, "kecamatan." ends a sentence
_REMEMBERED = 40_000
_MOSTLY_CAPITALS = 0.5
_LOOKED_AT = 80  # words
_ALONE = 0.8  # share of the likeliest regency
_LEVEL_WORDS: Final = frozenset(word for word, mark in MARK_OF.items() if mark in _LEVELS)
_BEFORE_WEAK: Final = _LEVEL_WORDS | {"."} | FILLERS


@dataclass(frozen=True, slots=True)
class Mention:
    name: str
    mark: Mark
    witness: Witness
    sure: float
    at: int = 0


class _Text:
    """`words`: in small letters, abbreviations written out; `written`: the same words as they are."""

    def __init__(self, written: list[str], short: Mapping[str, str]) -> None:
        self.written = written
        lower = list(map(str.lower, written))
        self.words = list(map(short.get, lower, lower))

    @cached_property
    def uses_capitals(self) -> bool:
        """A text without capitals, or with nothing else, says nothing by them."""
        looked_at = self.written[:_LOOKED_AT]
        capital = sum(word[0].isupper() for word in looked_at)
        whole = sum(word.isupper() for word in looked_at)
        return capital > 1 and whole < len(looked_at) * _MOSTLY_CAPITALS

    def is_name(self, at: int) -> bool:
        """With a capital behind a small letter: neither the first word of a sentence nor one of a title."""
        return at > 0 and self.written[at].istitle() and self.written[at - 1].islower()


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
        """In the order of the text, at most MAX_MENTIONS; misspelt ones last."""
        text = text[: policy.MAX_CHARACTERS]
        if "'" in text or "’" in text or "`" in text:
            text = _APOSTROPHES.sub("", text)
        read = _Text(_WORD.findall(text), self.gazetteer.words.short)
        words = read.words
        starts, weak = self.gazetteer.starts, self.gazetteer.weak
        last = len(words) - 1
        found: list[Mention] = []
        end = last_end = 0
        for at in [at for at, word in enumerate(words) if word in starts]:
            if at < end:
                continue
            word = words[at]
            if at < last and words[at + 1] in starts[word]:
                end = self._match(words, at)
            elif word in FIRST_HALVES and at < last and self.gazetteer.has(word + words[at + 1]):
                end = at + 2
            elif word in NO_NAMES or (word in weak and not (at and words[at - 1] in _BEFORE_WEAK)):
                continue
            else:
                end = at + 1 if self.gazetteer.has(word) else 0
            beside = found[-1] if found and at == last_end else None
            mention = self._mention(read, at, end, beside) if end else None
            if mention is None:
                end = 0
                continue
            last_end = end
            found.append(mention)
            if len(found) >= policy.MAX_MENTIONS:
                return found
        found.extend(self._misspelt(words))
        return found

    def _match(self, words: list[str], at: int) -> int:
        """Where the longest name that begins at `at` ends; 0 where there is none."""
        has = self.gazetteer.has
        for length in range(min(self.gazetteer.longest.get(words[at], 1), len(words) - at), 0, -1):
            if has(" ".join(words[at : at + length])):
                return at + length
        return 0

    def _mention(self, text: _Text, at: int, end: int, beside: Mention | None) -> Mention | None:
        """`beside`: the name that ends where this one begins; its last word says nothing about this one, but who only
        passes it passes both: "ke arah Kurima Yahukimo"."""
        words = text.words
        name = " ".join(words[at:end])
        if end - at == 2 and not self.gazetteer.has(name):
            name = words[at] + words[at + 1]
        passed = beside is not None and beside.mark == "pass"
        mark: Mark = "pass" if passed else "" if beside else _mark_before(words, at)
        if mark == "street" and not self._named_after(words, at) and self._is_regency(name):
            mark = ""  # "Jl. Melati Bandung"
        if mark in {"", "cue"} and end < len(words) and words[end] in {"kota", "kab", "kabupaten"}:
            mark = self._mark_behind(words, name, end) or mark
        key = (name, mark)
        if key not in self._seen:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[key] = witness(self.gazetteer, name, mark)
        found = self._seen[key]
        if found is None:
            return None
        sure = found.sure * (policy.PASSED_TOGETHER if passed else 1.0)
        if (found.capital or found.as_name) and text.uses_capitals:
            if found.capital and text.written[at].islower():
                sure *= policy.LOWER_CASE
            elif found.as_name and text.is_name(at):
                sure = max(sure, found.as_name)
        return Mention(name, mark, found, sure, at)

    def _mark_behind(self, words: list[str], name: str, end: int) -> Mark:
        """ "Bandung Kota", "Bogor Kab"; not where a name of its own follows: "Tuban, Kab. Badung"."""
        after = end + 1 + (end + 1 < len(words) and words[end + 1] == ".")
        if not self._is_regency(name) or (after < len(words) and self._match(words, after)):
            return ""
        return "C" if words[end] == "kota" else "K"

    def _is_regency(self, name: str) -> bool:
        return any(PROVINCE_BELOW <= code < REGENCY_BELOW for code in self.gazetteer.codes(name)) or (
            (known := self.gazetteer.words.known.get(name)) is not None and known.kind == "name"
        )

    @staticmethod
    def _named_after(words: list[str], at: int) -> bool:
        """The name stands directly behind "Jl."."""
        before = at - 1
        while before > 0 and (words[before] == "." or words[before] in FILLERS):
            before -= 1
        return MARK_OF.get(words[before]) == "street"

    def _misspelt(self, words: list[str]) -> list[Mention]:
        """Only directly behind a level word, and only where one place alone is that near."""
        found: list[Mention] = []
        tried = 0
        for before in [at for at, word in enumerate(words) if word in _LEVEL_WORDS]:
            at = before + 1
            while at < len(words) and (words[at] == "." or words[at] in FILLERS):
                at += 1
            if at >= len(words) or words[at] in self.gazetteer.starts or len(words[at]) < policy.SPELLING_LENGTH:
                continue
            if self.gazetteer.is_word(words[at]):  # "kelurahan bilang", "desa mengirim"
                continue
            tried += 1
            if tried > policy.MAX_SPELLINGS:
                break
            mention = self._respelt(words[at], MARK_OF[words[before]], at)
            if mention is not None:
                found.append(mention)
        return found

    def _respelt(self, word: str, mark: Mark, at: int) -> Mention | None:
        starts = self.gazetteer.starts
        for name in respelt(word):
            if name not in starts or not self.gazetteer.has(name) or self.gazetteer.grade(name):
                continue
            found = witness(self.gazetteer, name, mark)
            if found is not None and found.marked and found.shares[0][1] >= _ALONE:
                return Mention(name, mark, found, min(found.sure, policy.MARKED_MISSPELT), at)
        return None


def _mark_before(words: list[str], at: int) -> Mark:
    before = at - 1
    if before < 0:
        return ""
    if words[before] == "." and before and len(words[before - 1]) <= _ABBREVIATION:
        before -= 1
    road = False
    while before > 0 and (words[before] in FILLERS or words[before].isdigit()):
        road = road or words[before] in ROAD_WORDS
        before -= 1
    mark: Mark = MARK_OF.get(words[before], "")
    if words[before] in AT and before:
        mark = _who(words, before, mark)
    elif words[before] == "dr":  # "dari", or a doctor: of a hospital's name, or with a full stop
        mark = "person" if before < at - 1 or (before and words[before - 1] in HOSPITALS) else "pass"
    if mark == "street" and road:
        return "road"
    if mark in _LEVELS or mark in {"street", "thing", "person"} or words[before] in BREAKS:
        return mark
    return "street" if _on_street(words, before) else mark


def _who(words: list[str], at: int, mark: Mark) -> Mark:
    """Who is "di X", by the words before: `at` is the preposition's place."""
    last, before = words[at - 1], words[at - 2] if at > 1 else ""
    if words[at] == "ke":
        return "cue" if last in HOME else mark
    former = before in BEFORE_NOW and last in {"tinggal", "rumah", "domisili"}
    if former or last in GONE or (before in GONE and last not in BREAKS):
        return "pass"
    kin = (before in KIN and last in WHOSE) or (before == "ikut" and last in KIN)
    return "else" if mark == "cue" and (kin or last in ELSEWHERE) else mark


def _on_street(words: list[str], before: int) -> bool:
    """Second and third words of a street's name: "Jl. Bangau Sakti"."""
    for place in range(before, max(before - 2, -1), -1):
        word = words[place]
        if word in STREETS:
            return True
        if word in BREAKS or word in STREET_ENDS or word in MARK_OF:
            return word == "." and place > 0 and words[place - 1] in STREETS
    return False
