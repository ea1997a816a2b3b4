"""The authority matrix: whose matter a category is, by which law, from when to when."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from lapor_router.domain.area import Area
from lapor_router.domain.categories import topic_of
from lapor_router.domain.register import Body


@dataclass(frozen=True, slots=True)
class Rule:
    """In force from `valid_from` to before `valid_to`. `area`: only there (a code); None everywhere."""

    id: str
    category: str
    lead: Body
    copies: tuple[Body, ...]
    runner_up: Body | None
    legal_basis: str
    valid_from: date
    valid_to: date | None = None
    area: str | None = None

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day < self.valid_to)

    def covers(self, area: Area | None) -> bool:
        if self.area is None:
            return True
        return area is not None and (area.code == self.area or area.code.startswith(self.area + "."))

    @property
    def bodies(self) -> tuple[Body, ...]:
        """All that it names, the lead first."""
        return (self.lead, *((self.runner_up,) if self.runner_up else ()), *self.copies)


class Matrix:
    """`version` names the rules' exact text: it stands in every explanation."""

    def __init__(self, rules: Iterable[Rule], version: str) -> None:
        self.version = version
        self._by_category: dict[str, list[Rule]] = {}
        self._by_topic: dict[str, list[Rule]] = {}
        for rule in rules:
            self._by_category.setdefault(rule.category, []).append(rule)
            self._by_topic.setdefault(topic_of(rule.category), []).append(rule)

    def __iter__(self) -> Iterator[Rule]:
        return (rule for rules in self._by_category.values() for rule in rules)

    def rule_for(self, category: str, area: Area | None, day: date) -> Rule | None:
        """The rule of that day; one for a smaller area goes before a general one."""
        fitting = [r for r in self._by_category.get(category, ()) if r.in_force(day) and r.covers(area)]
        return max(fitting, key=lambda rule: len(rule.area or ""), default=None)

    def rules_of_topic(self, topic: str, area: Area | None, day: date) -> tuple[Rule, ...]:
        return tuple(r for r in self._by_topic.get(topic, ()) if r.in_force(day) and r.covers(area))
