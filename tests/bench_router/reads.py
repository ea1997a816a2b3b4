"""A row of the texts as the router understood it."""

from __future__ import annotations

from dataclasses import dataclass

from lapor_router.domain.findings import About
from lapor_router.domain.risk import Curve

from tests.bench_router.texts import Row


@dataclass(frozen=True, slots=True)
class Read:
    """A row as the router understood it; `curve`: what sets the threshold, from other rows than this one."""

    row: Row
    lexicon: About
    about: About
    curve: Curve | None
