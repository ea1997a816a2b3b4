"""The register of agencies, as a snapshot: who exists, who had joined when, who is responsible where."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from lapor_contracts.agencies import AgencyEntry, Level
from lapor_contracts.base import Agency

from lapor_router.domain.area import Area
from lapor_router.domain.policy import FOUNDED, NATIONAL_ADMIN, PROVINCE_ADMIN


@dataclass(frozen=True, slots=True)
class Body:
    """A body as the matrix names it: `regency:pupr` is the public works of whatever regency it is."""

    level: Level
    kind: str

    def __str__(self) -> str:
        return f"{self.level}:{self.kind}"


@dataclass(frozen=True, slots=True)
class FormerName:
    """What `code` was called from `valid_from` to before `valid_to`."""

    code: str
    name: str
    valid_from: date
    valid_to: date


class NoArea(Exception):  # noqa: N818 - says what is missing, is no failure
    """The place is not known well enough to say which body it is."""


class Register:
    """Immutable; a newer one replaces it."""

    def __init__(self, entries: Iterable[AgencyEntry] = ()) -> None:
        self._by_code = {entry.code: entry for entry in entries}
        self._by_body: dict[tuple[Level, str, str | None], list[AgencyEntry]] = {}
        for entry in self._by_code.values():
            self._by_body.setdefault((entry.level, entry.kind, entry.area), []).append(entry)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Register) and self._by_code == other._by_code

    __hash__ = None  # type: ignore[assignment]  # compared by content, so no key of anything

    def __iter__(self) -> Iterator[AgencyEntry]:
        return iter(self._by_code.values())

    def __len__(self) -> int:
        return len(self._by_code)

    def get(self, code: str | None) -> AgencyEntry | None:
        return None if code is None else self._by_code.get(code)

    def is_national(self, body: Body) -> bool:
        """One body for the whole country: the centre, and state companies without regional ones."""
        return body.level == "centre" or (
            body.level == "state_company" and (body.level, body.kind, None) in self._by_body
        )

    def find(self, body: Body, area: Area | None, day: date) -> AgencyEntry | None:
        """The agency that is `body` for `area`; of several over time the one that was a member on `day`.

        Raises NoArea.
        """
        where = None if self.is_national(body) else scope(body.level, area, day)
        found = self._by_body.get((body.level, body.kind, where), [])
        members = [entry for entry in found if is_member(entry, day)]
        return next(iter(members or found), None)

    def administrators(self, entry: AgencyEntry) -> Iterator[AgencyEntry]:
        """The province's and the nation's: who arbitrates, and hears of what nobody decides."""
        if entry.level == "ombudsman":
            return
        yield from self._by_body.get((*NATIONAL_ADMIN, None), ())
        if entry.area is not None:
            yield from self._by_body.get((*PROVINCE_ADMIN, entry.area[:2]), ())


def above(entries: Iterable[AgencyEntry], known: Register) -> tuple[AgencyEntry, ...]:
    """Whom their escalations and disputes go to and who is not among them: superiors, administrators and Ombudsman
    offices, and theirs."""
    seen = {entry.code: entry for entry in entries}
    given = frozenset(seen)
    waiting = list(seen.values())
    while waiting:
        entry = waiting.pop(0)
        for found in (known.get(entry.superior), known.get(entry.ombudsman_office), *known.administrators(entry)):
            if found is not None and found.code not in seen:
                seen[found.code] = found
                waiting.append(found)
    return tuple(entry for code, entry in seen.items() if code not in given)


def scope(level: Level, area: Area | None, day: date) -> str | None:
    """The `area` of the register's entry that answers for `area` on this level and day. Raises NoArea."""
    if level == "centre":
        return None
    if area is None or (level == "regency" and area.regency is None):
        raise NoArea
    return area.regency if level == "regency" else province_on(area.province, day)


def province_on(province: str, day: date) -> str:
    """What is a province of its own today may have been part of another."""
    before, founded = FOUNDED.get(province, (province, day))
    return before if day < founded else province


def is_member(entry: AgencyEntry, day: date) -> bool:
    return entry.joined_on <= day and (entry.left_on is None or day < entry.left_on)


def may_get(entry: AgencyEntry, complaint_day: date, today: date) -> bool:
    """Joined when the complaint came in, and not gone since."""
    return entry.joined_on <= complaint_day and (entry.left_on is None or today < entry.left_on)


def as_agency(entry: AgencyEntry, today: date, former: Iterable[FormerName] = ()) -> Agency:
    """As it is written into events: with the name of `today`."""
    return Agency(
        code=entry.code,
        name=name_on(entry, today, former),
        zone=entry.zone,
        superior=entry.superior,
        ombudsman_office=entry.ombudsman_office,
    )


def name_on(entry: AgencyEntry, day: date, former: Iterable[FormerName]) -> str:
    """`former`: of the data files; what was renamed since stands in the entry."""
    for name in former:
        if name.code == entry.code and name.valid_from <= day < name.valid_to:
            return name.name
    for own in entry.former_names:
        if own.valid_from <= day < own.valid_to:
            return own.name
    return entry.name
