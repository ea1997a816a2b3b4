"""What must hold in the data files so that every decision has exactly one answer."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from datetime import date
from itertools import pairwise

from lapor_contracts.agencies import AgencyEntry

from lapor_router.domain.area import locate
from lapor_router.domain.categories import Category
from lapor_router.domain.existence import Existence, by_code, existed
from lapor_router.domain.matrix import Rule
from lapor_router.domain.policy import AUTHORITY_SINCE
from lapor_router.domain.register import FormerName, Register
from lapor_router.domain.usual import Province, Template

Problem = tuple[str, int, str]
WORD = re.compile(r"[a-z0-9-]{2,60}")
PROVINCE_DIGITS = 2
CATEGORY = re.compile(r"[a-z0-9-]{2,60}/[a-z0-9-]{2,60}")
LEVELS_IN_MATRIX = ("centre", "province", "regency", "vertical", "state_company")


def category(made: Category) -> str | None:
    if not CATEGORY.fullmatch(made.code):
        return f"{made.code!r} is no category code: topic/subject"
    if made.out_of_scope and not made.pointed_to:
        return "out of scope needs pointed_to"
    return None if made.name_id and made.name_en else "needs a name in Indonesian and in English"


def agency(entry: AgencyEntry) -> str | None:
    if entry.area is not None and ((area := locate(entry.area)) is None or area.code != entry.area):
        return f"area {entry.area} does not exist"
    if entry.left_on is not None and entry.left_on <= entry.joined_on:
        return "left_on is not after joined_on"
    if "@" not in entry.email:
        return "email has no @"
    if (entry.level == "centre") != (entry.area is None) and entry.level in LEVELS_IN_MATRIX[:4]:
        return f"level {entry.level} and area {entry.area or '(whole country)'} do not fit"
    return None


def kind(made: tuple[str, str]) -> str | None:
    return None if all(WORD.fullmatch(part) for part in made) else f"{made[0]!r}, {made[1]!r}: small letters, digits, -"


def province(made: Province) -> str | None:
    if locate(made.code) is None or len(made.code) != PROVINCE_DIGITS:
        return f"{made.code!r} is no province"
    return None if made.office else "needs the word for its regencies' offices"


def template(made: Template) -> str | None:
    if "{area}" not in made.code:
        return "code needs {area}: else all areas would have the same"
    return None if WORD.fullmatch(made.kind) else f"{made.kind!r}: small letters, digits, -"


def former_name(name: FormerName) -> str | None:
    return None if name.valid_from < name.valid_to else "valid_to is not after valid_from"


def existence(made: Existence) -> str | None:
    if made.end is not None and made.end <= made.start:
        return "existed_to is not after existed_from"
    return None if made.legal_basis else "needs a legal basis"


def rule(made: Rule) -> str | None:
    if not made.id or not made.legal_basis:
        return "needs an id and a legal basis"
    if len(made.id) > 200 or len(made.legal_basis) > 200:
        return "id and legal basis have at most 200 characters"
    if made.valid_to is not None and made.valid_to <= made.valid_from:
        return "valid_to is not after valid_from"
    for body in made.bodies:
        if body.level not in LEVELS_IN_MATRIX:
            return f"{body} has no authority of its own: one of {', '.join(LEVELS_IN_MATRIX)}"
    if made.lead in made.copies:
        return "the lead gets no copy"
    return None


def together(
    categories: Sequence[tuple[int, Category]],
    agencies: Sequence[tuple[int, AgencyEntry]],
    usual: Sequence[tuple[int, AgencyEntry]],
    former: Sequence[tuple[int, FormerName]],
    rules: Sequence[tuple[int, Rule]],
    kinds: Sequence[tuple[int, tuple[str, str]]],
    times: Sequence[tuple[int, Existence]],
) -> Iterator[Problem]:
    """What no line shows alone. `usual`: what bodies.csv gives to every area, with its lines."""
    yield from _twice("categories.csv", categories, lambda c: c.code)
    yield from _twice("agencies.csv", agencies, lambda a: a.code)
    yield from _twice("bodies.csv", usual, lambda a: a.code)
    yield from _twice("matrix.csv", rules, lambda r: r.id)
    yield from _twice("kinds.csv", kinds, lambda k: k[0])
    codes = {entry.code for _, entry in (*agencies, *usual)}
    for file, entries in (("agencies.csv", agencies), ("bodies.csv", usual)):
        for line, entry in entries:
            for other in (entry.superior, entry.ombudsman_office):
                if other is not None and other not in codes:
                    yield file, line, f"{other} is in neither agencies.csv nor bodies.csv"
    for line, name in former:
        if name.code not in codes:
            yield "agency_names.csv", line, f"{name.code} is not in agencies.csv"
    for line, time in times:
        if time.code not in codes:
            yield "agency_times.csv", line, f"{time.code} is not in agencies.csv"
    yield from _same_body_twice((*agencies, *usual))
    yield from _matrix_bodies((*agencies, *usual), rules, {kind for _, (kind, _) in kinds})
    yield from _coverage(categories, rules)
    yield from _existed(agencies, rules, times)


def agencies_alone(file: str, agencies: Sequence[tuple[int, AgencyEntry]]) -> Iterator[Problem]:
    """What may be said of a list of agencies without the rest."""
    yield from _twice(file, agencies, lambda a: a.code)
    yield from ((file, line, what) for _, line, what in _same_body_twice(agencies))


def beside_others(
    file: str, agencies: Sequence[tuple[int, AgencyEntry]], register: Register, known: Register
) -> Iterator[Problem]:
    """What is wrong with a list of agencies beside those that have joined. `known`: who could."""
    codes = {entry.code for _, entry in agencies}
    others = [(0, entry) for entry in register if entry.code not in codes]
    for line, entry in agencies:
        for other in (entry.superior, entry.ombudsman_office):
            if other and other not in codes and register.get(other) is None and known.get(other) is None:
                yield file, line, f"{other} is in neither this file, the register nor the data files"
    yield from ((file, line, what) for _, line, what in _same_body_twice((*others, *agencies)) if line)


def _twice(file: str, rows: Sequence[tuple[int, object]], code: Callable[..., str]) -> Iterator[Problem]:
    seen: set[str] = set()
    for line, row in rows:
        if code(row) in seen:
            yield file, line, f"{code(row)} stands there twice"
        seen.add(code(row))


def _same_body_twice(agencies: Sequence[tuple[int, AgencyEntry]]) -> Iterator[Problem]:
    """Two agencies may be the same body of the same area one after the other only."""
    seen: dict[tuple[str, str, str | None], list[AgencyEntry]] = {}
    for line, entry in agencies:
        others = seen.setdefault((entry.level, entry.kind, entry.area), [])
        for other in others:
            if _overlap((entry.joined_on, entry.left_on), (other.joined_on, other.left_on)):
                yield "agencies.csv", line, f"is the same body at the same time as {other.code}"
        others.append(entry)


def _matrix_bodies(
    agencies: Sequence[tuple[int, AgencyEntry]], rules: Sequence[tuple[int, Rule]], kinds: set[str]
) -> Iterator[Problem]:
    known = {(entry.level, entry.kind) for _, entry in agencies}
    for line, made in rules:
        for body in made.bodies:
            if (body.level, body.kind) not in known:
                yield "matrix.csv", line, f"no agency of agencies.csv or bodies.csv is {body}"
            elif body.kind not in kinds:
                yield "matrix.csv", line, f"{body.kind} is not in kinds.csv"


def _existed(
    agencies: Sequence[tuple[int, AgencyEntry]],
    rules: Sequence[tuple[int, Rule]],
    times: Sequence[tuple[int, Existence]],
) -> Iterator[Problem]:
    """The whole country's bodies; a regency's are as old as it."""
    codes = {(entry.level, entry.kind): entry.code for _, entry in agencies if entry.area is None}
    existences = by_code(time for _, time in times)
    for line, made in rules:
        for body in made.bodies:
            code = codes.get((body.level, body.kind))
            if code and not existed(code, existences, made.valid_from, made.valid_to):
                until = made.valid_to or "now"
                yield "matrix.csv", line, f"{body} did not exist all the time from {made.valid_from} to {until}"


def _coverage(categories: Sequence[tuple[int, Category]], rules: Sequence[tuple[int, Rule]]) -> Iterator[Problem]:
    """Each category has one rule for each day since the law on regional government, or is out of scope."""
    scopes = {category.code: category.out_of_scope for _, category in categories}
    by_category: dict[tuple[str, str | None], list[tuple[int, Rule]]] = {}
    for line, made in rules:
        if made.category not in scopes:
            yield "matrix.csv", line, f"category {made.category} is not in categories.csv"
        elif scopes[made.category]:
            yield "matrix.csv", line, f"category {made.category} is out of scope and can have no rule"
        by_category.setdefault((made.category, made.area), []).append((line, made))
    for (_, area), dated in by_category.items():
        yield from _dates(sorted(dated, key=lambda pair: pair[1].valid_from), everywhere=area is None)
    for line, category in categories:
        if not category.out_of_scope and (category.code, None) not in by_category:
            yield "categories.csv", line, f"{category.code} has no rule in matrix.csv"


def _dates(dated: Sequence[tuple[int, Rule]], *, everywhere: bool) -> Iterator[Problem]:
    for (_, before), (line, after) in pairwise(dated):
        if before.valid_to is None or before.valid_to > after.valid_from:
            yield "matrix.csv", line, f"{after.id} overlaps with {before.id}"
        elif everywhere and before.valid_to < after.valid_from:
            yield "matrix.csv", line, f"nothing is in force between {before.id} and {after.id}"
    if everywhere and dated[0][1].valid_from > AUTHORITY_SINCE:
        yield "matrix.csv", dated[0][0], f"nothing is in force from {AUTHORITY_SINCE} to {dated[0][1].valid_from}"
    if everywhere and dated[-1][1].valid_to is not None:
        yield "matrix.csv", dated[-1][0], f"nothing is in force after {dated[-1][1].valid_to}"


def _overlap(one: tuple[date, date | None], other: tuple[date, date | None]) -> bool:
    (start, end), (start2, end2) = one, other
    return (end2 is None or start < end2) and (end is None or start2 < end)
