"""When bodies exist that did not exist all the time since the law on regional government."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True)
class Existence:
    """From `start` to before `end`; None: still. Being a member of SP4N-LAPOR! is another matter."""

    code: str
    start: date
    end: date | None
    legal_basis: str

    def covers(self, start: date, end: date | None) -> bool:
        return self.start <= start and (self.end is None or (end is not None and end <= self.end))


Existences = Mapping[str, tuple[Existence, ...]]


def by_code(existences: Iterable[Existence]) -> Existences:
    found: dict[str, tuple[Existence, ...]] = {}
    for one in existences:
        found[one.code] = (*found.get(one.code, ()), one)
    return found


def existed(code: str, existences: Existences, start: date, end: date | None) -> bool:
    """On all days from `start` to before `end`; who has no line existed always."""
    own = existences.get(code)
    return own is None or any(one.covers(start, end) for one in own)
