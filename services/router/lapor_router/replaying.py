"""What other rules would change: past complaints decided again, by the rules in use and by others; nothing is written.

What the rules say is compared, not what persons and agencies made of it: each complaint is asked about as on its own
day, as if nobody had declined it, with the register as it is now and the reading that was kept with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

import msgspec
from lapor_chassis.clock import DomainClock
from lapor_chassis.db import Conn
from lapor_contracts.assignments import NeedsDecision, OutOfScope

from lapor_router.domain import report
from lapor_router.domain.authority import Choice, Outcome, decide
from lapor_router.domain.rules import Context, Question
from lapor_router.domain.state import RouterState

ROWS = 1_000  # fetched at a time
REMEMBERED = 20_000  # answers, a few hundred bytes each
# A complaint's id is a UUIDv7, made when it came in: the primary key gives the newer ones, with a day to spare.
PAST = "select id, plain as state from subject where plain is not null and id >= $1 order by id"
_STATES = msgspec.json.Decoder(RouterState)
_SPARE_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Says:
    """What rules say: the lead's code, `needs a decision: why` or `out of scope: reason`; and by which rule."""

    who: str
    rule: str = "-"


@dataclass(frozen=True, slots=True)
class Change:
    complaint: UUID
    tracking_id: str
    before: Says
    after: Says


@dataclass(slots=True)
class Summary:
    """`ways`: how many went from whom to whom, by which new rule; `rules`: the same lead by another rule."""

    complaints: int = 0
    changed: int = 0
    ways: Counter[tuple[str, str, str]] = field(default_factory=Counter)
    rules: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, before: Says, after: Says) -> bool:
        """True where the decision is another."""
        self.complaints += 1
        if before.who != after.who:
            self.changed += 1
            self.ways[before.who, after.who, after.rule] += 1
            return True
        if before.rule != after.rule:
            self.rules[before.rule, after.rule] += 1
        return False


class Judge:
    """One set of rules; many complaints of a day ask the same."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._said: dict[Question, Says] = {}

    def says(self, question: Question) -> Says:
        if question.reading is not None:
            return said(decide(question, self._context))
        found = self._said.get(question)
        if found is None:
            if len(self._said) >= REMEMBERED:
                self._said.clear()
            found = self._said[question] = said(decide(question, self._context))
        return found


def said(outcome: Outcome) -> Says:
    match outcome:
        case Choice():
            return Says(outcome.lead.code, outcome.explanation.rule)
        case NeedsDecision():
            return Says(f"needs a decision: {outcome.why}")
        case OutOfScope():
            return Says(f"out of scope: {outcome.reason}")


def asked(state: RouterState) -> Question | None:
    """As on the complaint's own day. None where the router never decided: its data never came."""
    if state.phase == "held" or (not state.assignments and state.ended in ("no_data", "withdrawn", "dismissed")):
        return None
    question = report.question(state, state.report.received_at)
    return replace(question, tried=())


async def replay(
    conn: Conn, now: Judge, other: Judge, since: datetime, summary: Summary, clock: DomainClock
) -> AsyncIterator[Change | None]:
    """Each complaint that came in on `since` or later, in the order of coming: what changes, or None. `summary` is
    added to on the way; a page is in memory at a time."""
    async with conn.transaction(readonly=True):
        async for row in conn.cursor(PAST, _first_id(clock.wall_at(since)), prefetch=ROWS):
            state = _STATES.decode(row["state"])
            question = asked(state) if state.report.received_at >= since else None
            if question is None:
                continue
            before, after = now.says(question), other.says(question)
            if summary.add(before, after):
                yield Change(row["id"], state.report.tracking_id, before, after)
            else:
                yield None


def _first_id(wall: datetime) -> UUID:
    """The least UUIDv7 of the day before."""
    return UUID(int=max(int(wall.timestamp() * 1000) - _SPARE_MS, 0) << 80)
