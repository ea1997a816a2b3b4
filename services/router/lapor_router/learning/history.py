"""Confirmed outcomes of the router's own history, as cases to learn from."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from lapor_chassis.db import Conn

from lapor_router.domain.lexicon import Lexicon
from lapor_router.learning.evaluation import Case
from lapor_router.outcomes import outcomes

MOST = 50_000  # outcomes, the newest: what they say of today's words, in memory for training


async def cases(
    conn: Conn, lexicon: Lexicon, sector_of_agency: Callable[[str], str | None], since: datetime | None = None
) -> list[Case]:
    """Those later than `since`; an agency whose type nobody knows teaches nothing."""
    found: list[Case] = []
    async for outcome in outcomes(conn, since):
        sector = sector_of_agency(outcome.agency)
        if sector is None or (since is not None and outcome.when <= since):
            continue
        title, narrative = outcome.title, outcome.narrative
        found.append(
            Case(
                text=narrative,
                roots=lexicon.language.roots_of_report(title, narrative),
                lexicon=lexicon.read(narrative, title),
                sector=sector,
                when=outcome.when,
                category=outcome.category,
            )
        )
        if len(found) >= 2 * MOST:
            found = _newest(found)
    return _newest(found)


def _newest(found: list[Case]) -> list[Case]:
    return sorted(found, key=lambda case: case.when)[-MOST:]
