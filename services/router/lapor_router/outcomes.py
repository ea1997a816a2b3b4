"""Confirmed outcomes, for learning: complaints of which it is known whose matter they were.

They stand in the complaints' own rows (`RouterState.confirmed`), written with the reply or decision that confirmed
them. A secret complaint teaches nothing: what is learned from a text may come back as words.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import msgspec
from lapor_chassis.db import Conn

from lapor_router.domain.area import locate
from lapor_router.domain.state import CONFIRMING, RouterState
from lapor_router.domain.state import Outcome as How

# The text first: to look for a word costs a tenth of reading the JSON, and no text can hold it unescaped.
OUTCOMES = "select id, plain as state from subject where plain::text like any($1::text[])"
_WANTED = [f'%"outcome":"{how}"%' for how in sorted(CONFIRMING)]
ROWS = 500  # fetched at a time


@dataclass(frozen=True, slots=True)
class Outcome:
    """`category`: as given or as read, `area_code` likewise; `when`: on the domain clock."""

    complaint: UUID
    title: str
    narrative: str
    category: str | None
    area_code: str | None
    agency: str
    how: How
    when: datetime


async def outcomes(conn: Conn, since: datetime | None = None) -> AsyncIterator[Outcome]:
    """Those confirmed on `since` or later, in no order; a page in memory at a time, in a transaction of its own."""
    decoder = msgspec.json.Decoder(RouterState)
    async with conn.transaction(readonly=True):
        async for row in conn.cursor(OUTCOMES, _WANTED, prefetch=ROWS):
            found = outcome_of(row["id"], decoder.decode(row["state"]))
            if found is not None and (since is None or found.when >= since):
                yield found


def outcome_of(complaint: UUID, state: RouterState) -> Outcome | None:
    """None where nothing is confirmed, or the complaint is secret."""
    confirmed, report, reading = state.confirmed, state.report, state.reading
    if confirmed is None or confirmed.outcome is None or confirmed.outcome_at is None or report.secret:
        return None
    guesses = reading.about.guesses if reading else ()
    area = reading.where.area if reading else locate(report.area_code)
    return Outcome(
        complaint=complaint,
        title=report.title,
        narrative=report.narrative,
        category=report.category or (guesses[0].category if guesses else None),
        area_code=report.area_code or (area.code if area else None),
        agency=confirmed.agency,
        how=confirmed.outcome,
        when=confirmed.outcome_at,
    )
