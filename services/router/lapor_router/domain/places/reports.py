"""Where a report is: codes before a point, a point before words, words before what the channel knows."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Protocol

from lapor_router.domain.area import Area, locate
from lapor_router.domain.findings import Where
from lapor_router.domain.places import policy
from lapor_router.domain.places.evidence import line
from lapor_router.domain.places.gazetteer import Gazetteer, dotted, number
from lapor_router.domain.places.mentions import Mention, Reader
from lapor_router.domain.places.words import deepest, find_by_mentions


class Points(Protocol):
    """Coordinates to regencies. `sure`: probability that it is right for a point inside Indonesia."""

    sure: float

    def regency(self, latitude: float, longitude: float) -> tuple[Area, float] | None:
        """With the distance in metres, 0 inside; None far from Indonesia."""
        ...


@dataclass(frozen=True, slots=True)
class Given:
    """What says where it is. `text`: title and narrative; `place`: what was written where the place was asked for;
    `known`: codes that the channel stands for."""

    code: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    text: str = ""
    place: str = ""
    known: tuple[str, ...] = ()


def locate_report(given: Given, gazetteer: Gazetteer, points: Points | None) -> Where:
    """A code that reaches the regency is believed without reading on."""
    by_code = locate(given.code)
    by_point = _by_point(given.latitude, given.longitude, points)
    if by_code is not None and by_code.regency is not None:
        return _coded(by_code, by_point)
    reader = Reader.of(gazetteer)
    place = given.place[: policy.PLACE_CHARACTERS]
    text = given.text[: policy.MAX_CHARACTERS - policy.PLACE_CHARACTERS - 1]
    mentions = reader.mentions(f"{text}\n{place}" if place else given.text)
    by_words = find_by_mentions(mentions, gazetteer, given.known)
    if place:
        by_words = _as_answered(by_words, find_by_mentions(reader.mentions(place), gazetteer))
    return _deeper(_below(by_code, by_point, by_words), mentions)


def _as_answered(by_words: Where, by_place: Where) -> Where:
    """Who is asked for the place and names a regency means it, unless the rest says otherwise."""
    named = by_place.area.regency if by_place.area else None
    if by_words.area is None or named is None or by_words.area.regency != named or by_words.others:
        return by_words
    sure = 1 - policy.ANSWER_DOUBT * (1 - by_place.confidence)
    return replace(by_words, confidence=max(by_words.confidence, round(sure, 3)))


def _coded(by_code: Area, by_point: Where) -> Where:
    """The code is believed; a point elsewhere is shown, and makes it less sure."""
    evidence = (_line("Kode wilayah dari kanal", "area code", by_code),)
    if by_point.area is None or by_point.area.regency == by_code.regency:
        return Where(by_code, policy.CODE, "code", evidence)
    against = _line("Koordinat menunjuk tempat lain", "the coordinates say another place", by_point.area)
    sure = round(policy.CODE - policy.CODE_DISAGREES * by_point.confidence, 3)
    return Where(by_code, sure, "code", (*evidence, against), (by_point.area,))


def _by_point(latitude: float | None, longitude: float | None, points: Points | None) -> Where:
    if latitude is None or longitude is None or points is None:
        return Where()
    found = points.regency(latitude, longitude)
    if found is None:
        return Where(evidence=("Koordinat di luar Indonesia / coordinates outside Indonesia",))
    area, metres = found
    what = _line("Koordinat", "coordinates", area)
    if metres:
        what = f"{what} ({metres / 1000:.1f} km)"
    sure = points.sure if metres <= policy.NEAR_METRES else min(points.sure, policy.POINT_OUTSIDE)
    return Where(area, sure, "point", (what,))


def _below(by_code: Area | None, by_point: Where, by_words: Where) -> Where:
    """A province by code is refined by what lies inside it."""
    if by_code is None:
        return _point_or_words(by_point, by_words)
    known = (_line("Kode wilayah dari kanal", "area code", by_code),)
    best = _point_or_words(_inside(by_point, by_code), _inside(by_words, by_code))
    evidence = known + tuple(one for one in (*by_point.evidence, *by_words.evidence) if one)
    if best.area is None or best.area.regency is None:
        return Where(by_code, policy.CODE, "code", evidence, best.others)
    return replace(best, evidence=evidence)


def _inside(where: Where, province: Area) -> Where:
    others = tuple(area for area in where.others if area.province == province.code)
    if where.area is not None and where.area.province == province.code:
        return replace(where, others=others)
    return Where(others=others)


def _point_or_words(by_point: Where, by_words: Where) -> Where:
    if by_point.area is None:
        return replace(by_words, evidence=by_point.evidence + by_words.evidence)
    evidence = by_point.evidence + by_words.evidence
    point, words = by_point.area, by_words.area
    if words is None:
        return replace(by_point, evidence=evidence)
    same = words.regency == point.regency if words.regency else words.province == point.province
    if same:
        gain = (1 - by_point.confidence) * policy.AGREES * by_words.confidence
        sure = round(min(by_point.confidence + gain, policy.POINT), 3)
        return replace(by_point, confidence=sure, evidence=evidence)
    if by_words.source == "channel":
        return replace(by_point, evidence=evidence, others=(words,))
    sure = round(by_point.confidence * (1 - policy.DISAGREES * by_words.confidence), 3)
    against = _line("Kata-kata menyebut tempat lain", "the words name another place", words)
    return Where(point, sure, "point", (*evidence, against), (words, *by_words.others)[: policy.MAX_OTHERS])


def _deeper(where: Where, mentions: Iterable[Mention]) -> Where:
    """The words may name a district or village of the regency that a point found."""
    if where.source != "point" or where.area is None or where.area.regency is None:
        return where
    deep = deepest(number(where.area.regency), mentions)
    area = locate(dotted(deep))
    return replace(where, area=area) if area is not None else where


def _line(indonesian: str, english: str, area: Area) -> str:
    return line(f"{indonesian} / {english}", [area.path])
