"""All that a decision about authority needs to know beside the complaint."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from lapor_contracts.agencies import AgencyEntry

from lapor_router.domain.area import Area
from lapor_router.domain.categories import Categories
from lapor_router.domain.findings import About, Reading, Where
from lapor_router.domain.life import in_place_of
from lapor_router.domain.matrix import Matrix
from lapor_router.domain.register import Body, FormerName, Register, may_get, name_on


@dataclass(frozen=True, slots=True)
class Rules:
    """`known`: the agencies of the data files, joined or not; who has joined is in the register. `sectors`: the
    agency type of each kind of body."""

    categories: Categories
    matrix: Matrix
    known: Register
    former_names: tuple[FormerName, ...] = ()
    sectors: Mapping[str, str] = field(default_factory=dict)

    def name(self, entry: AgencyEntry, day: date) -> str:
        return name_on(entry, day, self.former_names)


@dataclass(frozen=True, slots=True)
class Question:
    """Whose complaint is it? `complaint_day`, `today`: local dates at the place.

    `tried`: agencies that declined it. `secret`: its content goes to nobody but the lead. `reading`: how
    `category` and `area` were found where codes did not give both.
    """

    category: str | None
    area: Area | None
    complaint_day: date
    today: date
    secret: bool = False
    tried: tuple[str, ...] = ()
    reading: Reading | None = None


class Gate(Protocol):
    """Whether what was read is sure enough to act on without a person, at the operator's risk."""

    def automatic(self, about: About, where: Where, *, needs_area: bool) -> bool: ...

    def probability(self, about: About, where: Where, *, needs_area: bool) -> float:
        """That the agency type, and with `needs_area` the place, are right; 0 to 1."""
        ...


@dataclass(frozen=True, slots=True)
class Context:
    """The rules and the register as they are at this moment. Without a `gate` no words decide by themselves."""

    rules: Rules
    register: Register
    gate: Gate | None = None

    def find(self, body: Body, question: Question) -> AgencyEntry | None:
        """The body's entry in the register, or else in the data files; where it was merged into another by today,
        that one. Raises NoArea."""
        day = question.complaint_day
        entry = self.register.find(body, question.area, day) or self.rules.known.find(body, question.area, day)
        if entry is None or entry.successor is None:
            return entry
        return in_place_of(entry.code, self.register, question.today) or entry

    def needs_area(self, body: Body) -> bool:
        """Whether another place would have another body."""
        return not self.rules.known.is_national(body)

    def belongs_to(self, body: Body, other: Body) -> bool:
        """`other` is the whole country's body of the same agency type."""
        sectors = self.rules.sectors
        found = sectors.get(body.kind)
        return found is not None and found == sectors.get(other.kind) and self.rules.known.is_national(other)

    def has(self, entry: AgencyEntry) -> bool:
        return self.register.get(entry.code) is not None

    def may_get(self, entry: AgencyEntry, question: Question) -> bool:
        """In the register, joined when the complaint came in, and not gone since."""
        return self.has(entry) and may_get(entry, question.complaint_day, question.today)


ContextSource = Callable[[], Context]
