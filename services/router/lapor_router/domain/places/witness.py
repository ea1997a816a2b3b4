"""What one mention of a name says: with which probability it means the place, and which regencies it may be."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from lapor_router.domain.places import policy
from lapor_router.domain.places.gazetteer import (
    DISTRICT_BELOW,
    NEVER,
    ORDINARY,
    PROVINCE_BELOW,
    REGENCY_BELOW,
    Gazetteer,
    KnownName,
    is_city,
    regency_of,
)
from lapor_router.domain.places.vocabulary import MARK_OF, Mark

Shares = tuple[tuple[int, float], ...]
_FACTORS: Mapping[Mark, float] = {
    "pass": policy.PASSING, "road": policy.ROAD_BETWEEN, "else": policy.ELSEWHERE, "kin": policy.ELSEWHERE
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Witness:
    """`sure`: probability that the place is meant. `shares`: regency -> share of that probability.

    `codes`: the areas of that name, numbers; `marked`: a level word stood before it; `capital`: it counts less
    where it is not written as a name. `as_name`: what it counts where it is, amid small letters; 0: the same.
    `specific`: a district, a village, a landmark; who only passes or lives elsewhere names a city or a regency.
    """

    sure: float
    shares: Shares
    codes: tuple[int, ...] = ()
    marked: bool = False
    capital: bool = False
    as_name: float = 0.0
    specific: bool = False


@dataclass(frozen=True, slots=True)
class _Levels:
    provinces: tuple[int, ...]
    regencies: tuple[int, ...]
    districts: tuple[int, ...]
    villages: tuple[int, ...]


def witness(gazetteer: Gazetteer, name: str, mark: Mark) -> Witness | None:  # noqa: PLR0911 - one line per kind
    """None: such a name in such a place says nothing."""
    known = gazetteer.words.known.get(name)
    levels = _levels(gazetteer.codes(name))
    grade = gazetteer.grade(name)
    if mark == "person" and not (known and known.kind == "channel"):
        return None
    if mark in {"V", "H"} and grade == NEVER:
        return None
    if mark in {"D", "V", "H"} and (levels.districts or levels.villages):
        return _of_district_or_village(levels, known, mark, 0 if " " in name else grade)
    if known is not None:
        return _of_known(gazetteer, known, levels, mark)
    if not grade and not levels.regencies and not levels.provinces and gazetteer.is_word(name):
        grade = ORDINARY  # "banyakan", "susut": also names of districts
    if mark in {"street", "thing"}:
        return _of_street(gazetteer, levels, name, grade)
    if mark == "P" and not levels.provinces:
        mark = ""  # "Polda Metro"
    if mark in {"K", "C", "P"}:
        found = _of_marked(gazetteer, levels, mark)
        if found is not None:
            return found
    if levels.regencies:
        if grade == NEVER and mark != "cue":
            return None  # "truk batu bara"
        return _of_regency(gazetteer, levels, name, mark, grade)
    if levels.provinces:
        sure = policy.CUED_PROVINCE if mark else policy.BARE_PROVINCE
        return Witness(passing(sure, mark), _provinces(gazetteer, levels.provinces))
    return _of_bare(levels, name, mark, grade)


def _of_district_or_village(levels: _Levels, known: KnownName | None, mark: Mark, grade: int) -> Witness:
    wanted, other = levels.districts, levels.villages
    sure = policy.MARKED_DISTRICT
    if mark != "D":
        wanted, other = other, wanted
        sure = policy.MARKED_VILLAGE if mark == "V" else policy.MARKED_HAMLET
    if not wanted:
        wanted, sure = other, min(sure, policy.MARKED_OTHER_LEVEL)
    if grade:
        sure = min(sure, policy.MARKED_ORDINARY_DISTRICT if mark == "D" else policy.MARKED_ORDINARY)
    famous = frozenset(regency_of(code) for code, _ in known.codes) if known else frozenset()
    shares = _weighted(wanted, famous)
    if other := tuple(code for code in other if regency_of(code) not in dict(shares)):
        shares = _mixed(shares, _weighted(other))
    return Witness(sure, shares, wanted, marked=True, specific=True)


def _of_known(gazetteer: Gazetteer, known: KnownName, levels: _Levels, mark: Mark) -> Witness | None:
    shares: dict[int, float] = {}
    for code, share in known.codes:
        inside = gazetteer.regencies.get(code, ()) if code < PROVINCE_BELOW else (regency_of(code),)
        for regency in inside:
            shares[regency] = shares.get(regency, 0.0) + share / len(inside)
    sure = policy.KNOWN[known.kind]
    if mark in {"K", "C"} and known.kind in {"name", "short", "town"}:
        kind = {r: share for r, share in shares.items() if is_city(r) == (mark == "C")}
        official = [code for code, _ in known.codes if code >= PROVINCE_BELOW and code in kind]
        if official:
            total = sum(kind[code] for code in official)
            return Witness(policy.MARKED_REGENCY, tuple((r, kind[r] / total) for r in official), marked=True)
    if mark == "P" and known.kind == "name":
        provinces = tuple(code for code, _ in known.codes if code < PROVINCE_BELOW)
        if provinces:
            return Witness(policy.MARKED_PROVINCE, _provinces(gazetteer, provinces), marked=True)
    if mark in {"street", "thing"} and known.kind in {"name", "short"}:
        return None
    if mark in {"cue", "else", "kin", "D", "V", "K", "C"}:
        sure = min(policy.SUREST, sure * policy.KNOWN_CUED_GAIN)
    if known.kind == "name":
        sure = passing(_namesakes(sure, levels, shares), mark)
    else:
        shares = _divided(shares, levels)
    if known.kind == "town":
        sure *= {
            "street": policy.STREET_TOWN,
            "thing": policy.STREET,
            "pass": policy.PASSING_TOWN,
            "else": policy.ELSEWHERE,
            "kin": policy.ELSEWHERE,
        }.get(mark, 1.0)
    codes = tuple(code for code, _ in known.codes if code >= REGENCY_BELOW)
    return Witness(sure, tuple(shares.items()), codes, specific=known.kind in policy.SPECIFIC)


def _of_marked(gazetteer: Gazetteer, levels: _Levels, mark: Mark) -> Witness | None:
    if mark == "P":
        if levels.provinces:
            return Witness(policy.MARKED_PROVINCE, _provinces(gazetteer, levels.provinces), marked=True)
        return None
    kind = [code for code in levels.regencies if is_city(code) == (mark == "C")]
    if kind:
        return Witness(policy.MARKED_REGENCY, _equal(kind), marked=True)
    if levels.regencies:
        return Witness(policy.MARKED_REGENCY_OTHER_KIND, _equal(levels.regencies), marked=True)
    return None


def _of_street(gazetteer: Gazetteer, levels: _Levels, name: str, grade: int) -> Witness | None:
    if levels.regencies or levels.provinces or grade:
        return None
    found = _of_bare(levels, name, "", grade)
    return Witness(found.sure * policy.STREET, found.shares) if found else None


def _of_regency(gazetteer: Gazetteer, levels: _Levels, name: str, mark: Mark, grade: int) -> Witness:
    ordinary = grade == NEVER or (grade == ORDINARY and " " not in name)  # "Kepulauan Seribu" is no phrase
    cued, bare = policy.CUED_REGENCY, policy.BARE_REGENCY
    if ordinary:
        cued, bare = policy.CUED_ORDINARY_REGENCY, policy.BARE_ORDINARY_REGENCY
    cities = [code for code in levels.regencies if is_city(code)]
    others = [code for code in levels.regencies if not is_city(code)]
    if cities and others:
        share = gazetteer.words.city_shares.get(name, policy.CITY_OF_PAIR)
        shares = (*((c, share / len(cities)) for c in cities), *((o, (1 - share) / len(others)) for o in others))
    else:
        shares = _equal(levels.regencies)
    sure = passing(cued if mark else bare, mark)
    if not ordinary:
        sure = _namesakes(sure, levels, dict(shares))
    return Witness(sure, shares, capital=ordinary, as_name=passing(policy.ORDINARY_AS_NAME, mark) if ordinary else 0.0)


def _of_bare(levels: _Levels, name: str, mark: Mark, grade: int) -> Witness | None:
    codes = levels.districts + levels.villages
    kind = _kind(levels, phrase=" " in name)
    district = kind in {"only district", "one district"} and len(name) >= policy.SHORT and name not in MARK_OF
    if not codes or (grade and not (kind == "only district" if " " in name else district and mark in {"cue", "kin"})):
        return None
    cued, bare = policy.BELOW_REGENCY[kind]
    if grade and " " not in name:
        cued = policy.WRITTEN_AS_NAME  # "di Kodi"
    sure = cued if mark in {"cue", "else", "kin"} else bare
    if " " in name and kind != "only phrase":
        sure = min(sure * policy.LONG_NAME_GAIN, policy.LONG_NAME)
    sure = passing(sure, mark)
    shares = _weighted(codes, of_district=policy.WEIGHT_ONE_DISTRICT if kind == "one district" else None)
    if grade:  # "Bilah Hulu", made of words of the language, but not "air hangat"
        return Witness(policy.PHRASE, shares, codes, as_name=sure, specific=True)
    capital = kind != "only district" or mark != "cue"
    return Witness(sure, shares, codes, capital=capital, specific=True)


def _kind(levels: _Levels, *, phrase: bool) -> str:
    """Which line of `BELOW_REGENCY`."""
    districts = {regency_of(code) for code in levels.districts}
    others = {regency_of(code) for code in levels.villages} - districts
    if len(districts) == 1 and len(others) <= policy.FEW_NAMESAKES:
        return "one district" if others else "only district"
    if districts:
        return "district"
    return "only phrase" if phrase and len(others) == 1 else "village"


def _divided(shares: Mapping[int, float], levels: _Levels) -> dict[int, float]:
    """Ulujami is a part of Jakarta, and a district elsewhere."""
    others = {regency_of(code) for code in levels.districts}.difference(shares)
    if not others:
        return dict(shares)
    rest = policy.OTHER_DISTRICT
    return {r: share * (1 - rest) for r, share in shares.items()} | dict.fromkeys(others, rest / len(others))


def passing(sure: float, mark: Mark) -> float:
    """Of who only passes, lives elsewhere, or names a road."""
    return sure * _FACTORS.get(mark, 1.0)


def _namesakes(sure: float, levels: _Levels, shares: Mapping[int, float]) -> float:
    """Karanganyar is a regency, and a village in fifty others."""
    others = {regency_of(code) for code in levels.districts + levels.villages}.difference(shares)
    each = policy.NAMESAKE_OF_CITY if any(map(is_city, shares)) else policy.NAMESAKE
    return sure / (1 + each * len(others))


def _levels(codes: Iterable[int]) -> _Levels:
    by: tuple[list[int], list[int], list[int], list[int]] = ([], [], [], [])
    for code in codes:
        at = (code >= PROVINCE_BELOW) + (code >= REGENCY_BELOW) + (code >= DISTRICT_BELOW)
        by[at].append(code)
    return _Levels(*(tuple(level) for level in by))


def _provinces(gazetteer: Gazetteer, provinces: Iterable[int]) -> Shares:
    return _equal([regency for province in provinces for regency in gazetteer.regencies.get(province, ())])


def _mixed(shares: Shares, others: Shares) -> Shares:
    """People mix up the levels."""
    few = policy.OTHER_LEVEL
    return (*((r, share * (1 - few)) for r, share in shares), *((r, share * few) for r, share in others))


def _equal(regencies: Iterable[int]) -> Shares:
    found = tuple(regencies)
    return tuple((regency, 1 / len(found)) for regency in found)


def _weighted(codes: Iterable[int], famous: Collection[int] = (), of_district: float | None = None) -> Shares:
    """A regency with three villages of the name is not three times as likely: its strongest counts."""
    weights: dict[int, float] = {}
    for code in codes:
        if code < DISTRICT_BELOW:
            weight = of_district or policy.WEIGHT_DISTRICT
        else:
            weight = policy.WEIGHT_KELURAHAN if code % 10_000 < 2_000 else policy.WEIGHT_DESA
        regency = regency_of(code)
        if regency in famous:
            weight *= policy.WEIGHT_FAMOUS
        weights[regency] = max(weights.get(regency, 0.0), weight)
    total = sum(weights.values())
    return tuple((regency, weight / total) for regency, weight in weights.items())
