"""What the bench measures, put together as the running router does."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from lapor_router.domain.findings import NOTHING, NOWHERE, About, Where
from lapor_router.domain.rules import Rules
from lapor_router.loading import load

from tests.bench_router import sectors
from tests.bench_router.texts import Row


@dataclass(frozen=True, slots=True)
class Parts:
    """`about`: the lexicon's reading. `roots`: the words that the model learns. `missing`: parts not there yet."""

    rules: Rules
    about: Callable[[Row], About]
    roots: Callable[[Row], tuple[str, ...]]
    where: Callable[[Row], Where]
    sector_of: Mapping[str, str]
    sector_of_kind: Mapping[str, str]
    missing: tuple[str, ...]

    @property
    def sectors(self) -> tuple[str, ...]:
        """All that exist, in one order."""
        named = {
            sector
            for group in (sectors.PROGRAMMES, sectors.OFFICES, sectors.FUNCTIONS, sectors.GENERAL)
            for sector, _ in group
        }
        return tuple(sorted(named | set(self.sector_of.values())))


@cache
def parts() -> Parts:
    missing = tuple(name for name in ("lexicon", "words", "places") if not _there(f"lapor_router.domain.{name}"))
    return Parts(
        rules=load(),
        about=lambda row: NOTHING,
        roots=lambda row: tuple(2 * _words(row.title) + _words(row.text)),
        where=lambda row: NOWHERE,
        sector_of={},
        sector_of_kind={},
        missing=missing,
    )


def _words(text: str) -> list[str]:
    return re.findall(r"[a-z]{2,}", text.lower())


def _there(module: str) -> bool:
    try:
        import_module(module)
    except ModuleNotFoundError:
        return False
    return True
