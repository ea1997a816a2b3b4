"""What the bench measures, put together as the running router does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from lapor_router.domain.findings import About, Where
from lapor_router.domain.lexicon import Lexicon
from lapor_router.domain.places.gazetteer import Gazetteer
from lapor_router.domain.places.words import find_by_words
from lapor_router.domain.rules import Rules
from lapor_router.readers import load_all

from tests.bench_router import sectors
from tests.bench_router.texts import Row


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """`sector_of`: the agency type of each category. `sectors`: all types, those of the bench's names as well."""

    rules: Rules
    lexicon: Lexicon
    gazetteer: Gazetteer
    sector_of: Mapping[str, str]
    sectors: tuple[str, ...]

    def about(self, row: Row) -> About:
        """By the lexicon alone."""
        return self.lexicon.read(row.text, row.title)

    def roots(self, row: Row) -> tuple[str, ...]:
        """What a model learns from."""
        return self.lexicon.language.roots_of_report(row.title, row.text)

    def where(self, row: Row) -> Where:
        return find_by_words(row.whole, self.gazetteer)


@cache
def parts() -> Parts:
    rules, reader = load_all()
    groups = (sectors.PROGRAMMES, sectors.OFFICES, sectors.FUNCTIONS, sectors.GENERAL)
    named = {sector for group in groups for sector, _ in group}
    return Parts(
        rules=rules,
        lexicon=reader.lexicon,
        gazetteer=reader.gazetteer,
        sector_of=reader.sector_of,
        sectors=tuple(sorted(named | set(reader.sector_of.values()))),
    )
