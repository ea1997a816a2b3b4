"""All names of Indonesia's areas, found by their words; compact, for one process holds them for ever."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

# A code as a number: 33, 3374, 337401, 3374011001.
PROVINCE_BELOW, REGENCY_BELOW, DISTRICT_BELOW = 100, 10_000, 1_000_000
_APOSTROPHES = re.compile("['’`´]")
_NOT_NAME = re.compile(r"[\W_]+")
_KIND_OF_REGENCY = re.compile(r"^(kabupaten|kota)(?: administrasi)? ")
NEVER, ORDINARY = 2, 1
_NO_SECOND: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class KnownName:
    """A usual name, landmark, company: `codes` with their shares (sum <= 1)."""

    kind: str
    codes: tuple[tuple[int, float], ...]


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """What is not in the official names. `ordinary`: word -> 1 (a word of the language too) or 2 (never a place
    by itself). `short`: abbreviation -> words. `city_shares`: of a name that a city and a regency have. `is_word`: of
    the language, so that it is no misspelt name."""

    ordinary: Mapping[str, int] = field(default_factory=dict)
    short: Mapping[str, str] = field(default_factory=dict)
    known: Mapping[str, KnownName] = field(default_factory=dict)
    city_shares: Mapping[str, float] = field(default_factory=dict)
    is_word: Callable[[str], bool] = lambda _: False


def normal(name: str) -> str:
    return _NOT_NAME.sub(" ", _APOSTROPHES.sub("", name.lower())).strip()


def number(code: str) -> int:
    return int(code.replace(".", ""))


def dotted(number: int) -> str:
    """3374011001 -> 33.74.01.1001"""
    digits = str(number)
    parts = (digits[:2], digits[2:4], digits[4:6], digits[6:])
    return ".".join(part for part in parts if part)


def regency_of(number: int) -> int:
    """0 where it is a province."""
    if number < PROVINCE_BELOW:
        return 0
    while number >= REGENCY_BELOW:
        number //= 100
    return number


def is_city(regency: int) -> bool:
    """Cities are numbered from 71 on; Jakarta's are 71 to 75 too."""
    return regency % 100 > 70


class Gazetteer:
    """Built once. `names`: code and official name of every area."""

    def __init__(self, names: Iterable[tuple[str, str]], words: PlaceWords) -> None:
        self.words = words
        self._slots: dict[str, int] = {}
        self._first = array("I", [0])
        self._codes = array("Q")
        # First words of names -> words that may come second, and how many a name may have at most.
        self.starts: dict[str, frozenset[str] | set[str]] = {}
        self.longest: dict[str, int] = {}
        # Words that are names only behind a level word.
        self.weak: set[str] = set()
        self.regencies: dict[int, tuple[int, ...]] = {}
        self.reader: object = None
        self._fill(self._gather(names))

    def codes(self, name: str) -> array[int]:
        """Numbers of all areas of that name, the higher levels first; empty where there are none."""
        slot = self._slots.get(name)
        return self._codes[self._first[slot] : self._first[slot + 1]] if slot is not None else self._codes[:0]

    def has(self, name: str) -> bool:
        return name in self._slots or name in self.words.known

    def is_word(self, name: str) -> bool:
        """Also one of the language, or made of one."""
        return " " not in name and self.words.is_word(name)

    def grade(self, name: str) -> int:
        """0: a name; 1: also an ordinary word; 2: no place unless a level word says so."""
        ordinary = self.words.ordinary
        if " " not in name or name in ordinary:
            return ordinary.get(name, 0)
        return ORDINARY if all(word in ordinary or word.isdigit() for word in name.split()) else 0

    def _gather(self, names: Iterable[tuple[str, str]]) -> dict[str, list[int]]:
        gathered: dict[str, list[int]] = {}
        regencies: dict[int, list[int]] = {}
        later: list[tuple[str, int]] = []
        for code, name in names:
            key, found = normal(name), number(code)
            if PROVINCE_BELOW <= found < REGENCY_BELOW:
                regencies.setdefault(found // 100, []).append(found)
                key = _KIND_OF_REGENCY.sub("", key)
            gathered.setdefault(key, []).append(found)
            if key.count(" ") == 1 and not key.startswith(("kota ", "desa ")):
                later.append((key.replace(" ", ""), found))
        for key, found in later:  # "Tebing Tinggi" is also written as one word
            codes = gathered.setdefault(key, [])
            if found not in codes:
                codes.append(found)
        self.regencies = {province: tuple(found) for province, found in regencies.items()}
        return {key: codes for key, codes in gathered.items() if not self._misleading(key, codes, gathered)}

    @staticmethod
    def _misleading(key: str, codes: list[int], gathered: Mapping[str, list[int]]) -> bool:
        """A village "Kota Batu": whoever writes that means the city."""
        kind, _, rest = key.partition(" ")
        return kind in {"kota", "kabupaten", "desa"} and any(code < REGENCY_BELOW for code in gathered.get(rest, ()))

    def _fill(self, gathered: dict[str, list[int]]) -> None:
        for key, codes in gathered.items():
            self._slots[key] = len(self._slots)
            self._codes.extend(sorted(codes))
            self._first.append(len(self._codes))
        for key in (*gathered, *self.words.known):
            first, _, rest = key.partition(" ")
            if not rest:
                self.starts.setdefault(first, _NO_SECOND)
            else:
                self._second(first, rest.partition(" ")[0])
                self.longest[first] = max(self.longest.get(first, 0), rest.count(" ") + 2)
        for word in self.words.ordinary:
            if word in gathered and word not in self.words.known and min(gathered[word]) >= REGENCY_BELOW:
                self.weak.add(word)

    def _second(self, first: str, second: str) -> None:
        held = self.starts.get(first)
        if isinstance(held, set):
            held.add(second)
        else:
            self.starts[first] = {second}
