"""What stands before a name, and says what it is: a level word, who is there, where one goes."""

from __future__ import annotations

from typing import Final

from lapor_router.domain.places.vocabulary import (
    AT,
    BEFORE_NOW,
    BREAKS,
    COMPARED,
    ELSEWHERE,
    FILLERS,
    GONE,
    HOME,
    HOSPITALS,
    KIN,
    LIVES,
    MARK_OF,
    ROAD_WORDS,
    STREET_ENDS,
    STREETS,
    WHICH,
    WHOSE,
    Mark,
)

LEVELS: Final = frozenset("PKCDVH")
_ABBREVIATION = 5  # characters: "Kec." goes on, "kecamatan." ends a sentence
_CLAUSE = 4  # words
_FORMER_HOMES = [[before, home] for before in ("dulu", "dulunya", "tadinya") for home in LIVES]


def mark_before(words: list[str], at: int) -> Mark:
    """Of the name that begins at `at`."""
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
    if mark in LEVELS or mark in {"street", "thing", "person"} or words[before] in BREAKS:
        return mark
    return "street" if _on_street(words, before) else mark


def others(words: list[str], at: int) -> bool:
    """Before the level word it says that somebody else is there: "teman saya di Kota Bekasi"."""
    before = at - 1
    while before > 0 and (words[before] == "." or words[before] in FILLERS):
        before -= 1
    level = before > 0 and MARK_OF.get(words[before]) in LEVELS
    return level and words[before - 1] in AT and _who(words, before - 1, "cue") == "kin"


def _who(words: list[str], at: int, mark: Mark) -> Mark:
    """Who is "di X", by the words before: `at` is the preposition's place."""
    last, before = words[at - 1], words[at - 2] if at > 1 else ""
    if words[at] == "ke":
        return "cue" if last in HOME else mark
    former = before in BEFORE_NOW and last in LIVES
    if former or last in GONE or (before in GONE and last not in BREAKS):
        return "pass"
    if mark != "cue":
        return mark
    if last in ELSEWHERE or (before in ELSEWHERE and last not in BREAKS):
        return "else"
    return "kin" if last in COMPARED or _is_of_others(_clause(words, at)) else mark


def _is_of_others(clause: list[str]) -> bool:
    """ "Teman saya [yang] di X", "temen yg rekam barengan di X", "ikut suami di X", "dulu rumah saya di X"."""
    for place, word in enumerate(clause):
        if word in KIN:
            behind = clause[place + 1 :]
            owned = bool(behind) and behind[0] in WHOSE
            behind = behind[owned:]
            if (behind and behind[0] in WHICH) or (not behind and (owned or clause[place - 1] == "ikut")):
                return True
    return clause[-3:-1] in _FORMER_HOMES and clause[-1] in WHOSE


def _clause(words: list[str], at: int) -> list[str]:
    """The words before the preposition that still belong to it: "temen yg rekam barengan di X"."""
    start = at
    while start > max(at - _CLAUSE, 0) and words[start - 1] not in BREAKS:
        start -= 1
    return words[start:at]


def _on_street(words: list[str], before: int) -> bool:
    """Second and third words of a street's name: "Jl. Bangau Sakti"."""
    for place in range(before, max(before - 2, -1), -1):
        word = words[place]
        if word in STREETS:
            return True
        if word in BREAKS or word in STREET_ENDS or word in MARK_OF:
            return word == "." and place > 0 and words[place - 1] in STREETS
    return False
