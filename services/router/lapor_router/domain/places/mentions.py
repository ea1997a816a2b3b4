"""The names of places in a text, each with what stands before it. One pass over its words."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from lapor_router.domain.places import policy
from lapor_router.domain.places.gazetteer import (
    DISTRICT_BELOW,
    NEVER,
    PROVINCE_BELOW,
    REGENCY_BELOW,
    Gazetteer,
    is_city,
    regency_of,
)
from lapor_router.domain.places.marks import LEVELS, mark_before, others
from lapor_router.domain.places.spelling import respelt
from lapor_router.domain.places.vocabulary import (
    FILLERS,
    FIRST_HALVES,
    MARK_OF,
    NO_NAMES,
    OF_CITIES,
    PLACED,
    Mark,
)
from lapor_router.domain.places.witness import Witness, passing, witness

_WORD: Final = re.compile(r"[^\W_]+|[.,;:()\[\]\n/!?|\"]")
_APOSTROPHES: Final = re.compile("(?<=[^\\W_])['’`](?=[^\\W_])")
_REMEMBERED = 40_000
_MOSTLY_CAPITALS = 0.5
_LOOKED_AT = 80  # words
_MAY_BE_INSIDE: Final = frozenset({"", "cue", "else", "kin"})
_FOR_BOTH: Final = frozenset({"pass", "else", "kin"})  # "teman saya di Jono Oge Sigi": one witness, not two
_ALONE = 0.8  # share of the likeliest regency
_LEVEL_WORDS: Final = frozenset(word for word, mark in MARK_OF.items() if mark in LEVELS)
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
            elif word in NO_NAMES or (word in weak and not self._meant(read, at)):
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

    def _meant(self, read: _Text, at: int) -> bool:
        """An ordinary word as a name: behind a level word, "di Kodi" with a capital of its own, or "Jenu Tuban"."""
        words = read.words
        if at and words[at - 1] in _BEFORE_WEAK:
            return True
        alone = at == len(words) - 1 or not read.written[at + 1][0].isupper()
        if at and alone and words[at - 1] in PLACED and read.uses_capitals and read.is_name(at):
            return True
        return self._inside(words, at, at + 1) is not None

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
        passed = beside.mark if beside and beside.mark in _FOR_BOTH else None
        mark: Mark = passed or self._mark(words, name, at, end, beside)
        if mark in _MAY_BE_INSIDE and not passed and (inside := self._inside(words, at, end)):
            regency, codes = inside
            sure = passing(policy.BESIDE_ITS_REGENCY, mark)
            return Mention(name, mark, Witness(sure, ((regency, 1.0),), codes, marked=True, specific=True), sure, at)
        key = (name, mark)
        if key not in self._seen:
            if len(self._seen) >= _REMEMBERED:
                self._seen.clear()
            self._seen[key] = witness(self.gazetteer, name, mark)
        found = self._seen[key]
        if found is None:
            return None
        sure = found.sure * (policy.PASSED_TOGETHER if passed else 1.0)
        if found.marked and others(words, at):
            mark = "kin"
        if (found.capital or found.as_name) and text.uses_capitals:
            if found.capital and text.written[at].islower():
                sure *= policy.LOWER_CASE
            elif found.as_name and text.is_name(at):
                sure = max(sure, found.as_name)
        return Mention(name, mark, found, sure, at)

    def _inside(self, words: list[str], at: int, end: int) -> tuple[int, tuple[int, ...]] | None:
        """A regency that is named directly behind and has a place of this name, and that place: "Jenu Tuban". Where
        this is the name of a regency too, "Kediri, Tabanan", or the one behind is a word, "Beji, batu", it is none."""
        after = end + (end < len(words) and words[end] == ",")
        if after >= len(words) or words[after] not in self.gazetteer.starts:
            return None
        name = " ".join(words[at:end])
        codes, grade = self.gazetteer.codes(name), self.gazetteer.grade(name)
        if not codes or min(codes) < REGENCY_BELOW or len(name) < policy.SHORT or grade == NEVER:
            return None
        behind = " ".join(words[after : self._match(words, after) or after + 1])
        if self.gazetteer.is_word(behind) or (after > end and self.gazetteer.grade(behind)):
            return None
        regencies = [code for code in self.gazetteer.codes(behind) if PROVINCE_BELOW <= code < REGENCY_BELOW]
        for regency in regencies:
            inside = tuple(code for code in codes if regency_of(code) == regency)
            # "Sukamaju Bandung": a village of the regency, or a street in the city of that name; "tambak Indramayu".
            if inside and (min(inside) < DISTRICT_BELOW or (not grade and (len(regencies) == 1 or is_city(regency)))):
                return regency, inside
        return None

    def _mark(self, words: list[str], name: str, at: int, end: int, beside: Mention | None) -> Mark:
        mark: Mark = "" if beside else mark_before(words, at)
        if mark == "street" and not self._named_after(words, at) and self._is_larger(words, name, at):
            mark = ""  # "Jl. Melati Bandung"
        if mark == "cue" and words[at - 1] in OF_CITIES and self._is_regency(name):
            mark = "C"  # "stasiun Pekalongan": of the city, where there is one of the name
        if mark in {"", "cue"} and end < len(words) and words[end] in {"kota", "kab", "kabupaten"}:
            mark = self._mark_behind(words, name, end) or mark
        return mark

    def _is_larger(self, words: list[str], name: str, at: int) -> bool:
        """No street is called so and stands behind another name: a regency, or a town; "jln dr. X" is a doctor's."""
        known = self.gazetteer.words.known.get(name)
        return self._is_regency(name) or (known is not None and known.kind == "town" and words[at - 1] != "dr")

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
