"""Which days are off: national holidays and joint leave (cuti bersama), as the joint decrees of three ministers say.

The package `holidays` has them per year; a decree may change in the middle of a year, so an operator may
give rows of their own, which win.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Final, Literal, get_args

import holidays
from holidays.version import __version__ as holidays_version

from lapor_escalation.domain import policy
from lapor_escalation.domain.workdays import SATURDAY, WorkingDays

FIRST_YEAR: Final = 2000
LAST_YEAR: Final = 2060

Kind = Literal["libur_nasional", "cuti_bersama", "hari_kerja", "keputusan"]
KINDS: Final[tuple[str, ...]] = get_args(Kind)


@dataclass(frozen=True, slots=True)
class Override:
    """One row of the operator's file.

    libur_nasional, cuti_bersama: the day is off. hari_kerja: it is not, whatever the package says.
    keputusan: the year of this day is decreed and taken from these rows alone.
    """

    day: date
    kind: Kind
    name: str


@dataclass(frozen=True, slots=True)
class Decrees:
    """`known_through`: the last year that is decreed; later ones are estimates. `off`: weekdays and weekends."""

    off: dict[date, str]
    known_through: int
    version: str

    def working_days(self) -> WorkingDays:
        return WorkingDays(FIRST_YEAR, LAST_YEAR, self.off.keys())


def decrees(overrides: Iterable[Override] = ()) -> Decrees:
    """Raises ValueError for a `hari_kerja` on a weekend: the week's working days are not the file's matter."""
    rows = sorted(overrides, key=lambda row: (row.day, row.kind, row.name))
    decreed = {row.day.year for row in rows if row.kind == "keputusan"}
    off = {day: name for day, name in _published().items() if day.year not in decreed}
    for row in rows:
        if row.kind == "hari_kerja":
            if row.day.weekday() >= SATURDAY:
                raise ValueError(f"{row.day} is a weekend: it cannot be made a working day")
            off.pop(row.day, None)
        elif row.kind != "keputusan":
            off[row.day] = row.name
    known = policy.LAST_DECREE_YEAR
    while known + 1 in decreed:
        known += 1
    return Decrees(off=off, known_through=known, version=_version(rows))


def _published() -> dict[date, str]:
    found = holidays.country_holidays(
        "ID", categories=("public", "government"), language="id", years=range(FIRST_YEAR, LAST_YEAR + 1)
    )
    return dict(found.items())


def _version(rows: list[Override]) -> str:
    """Names the calendar that a deadline was counted with: the package's version, and what was overridden."""
    base = f"holidays-{holidays_version}"
    if not rows:
        return base
    text = "\n".join(f"{row.day},{row.kind},{row.name}" for row in rows)
    return f"{base}+{hashlib.sha256(text.encode()).hexdigest()[:8]}"
