"""Decisions at a set risk: how many rows are decided without a person, and how many of those wrongly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import date
from functools import lru_cache

from lapor_contracts.agencies import AgencyEntry
from lapor_router.domain.authority import Choice, Outcome, decide
from lapor_router.domain.findings import NOWHERE, AboutSource, Reading
from lapor_router.domain.risk import BUILT_IN, Curve, Risk
from lapor_router.domain.rules import Context, Gate, Question

from tests.bench_router.parts import Parts
from tests.bench_router.reads import Read

# Every agency of the data files has joined by then: what is measured is the address, not who has joined.
DAY = date(2026, 11, 1)


def outcome(read: Read, parts: Parts, gate: Gate) -> Outcome:
    """By the domain's own decision, on what was read from the words."""
    where = parts.where(read.row)
    question = Question(
        category=read.about.guesses[0].category if read.about.guesses else None,
        area=where.area,
        complaint_day=DAY,
        today=DAY,
        reading=Reading(where=where, about=read.about),
    )
    return decide(question, Context(parts.rules, parts.rules.known, gate))


@lru_cache(maxsize=64)
def gate(curve: Curve | None, risk: float) -> Risk:
    learned: dict[AboutSource, Curve] = {} if curve is None else {"learned": curve}
    return Risk(risk, {**BUILT_IN, **learned})


def figures(reads: Sequence[Read], parts: Parts, risk: float) -> dict[str, float]:
    """`wrong_share`: of those decided automatically."""
    outcomes = [(read, outcome(read, parts, gate(read.curve, risk))) for read in reads]
    decided = [(read, found.lead) for read, found in outcomes if isinstance(found, Choice)]
    wrong = sum(is_wrong(read, lead, parts) for read, lead in decided)
    return {
        "automatic_share": round(len(decided) / len(reads), 4) if reads else 0.0,
        "wrong_share": round(wrong / len(decided), 4) if decided else 0.0,
        "wrong": wrong,
        "n": len(reads),
    }


def by_type(reads: Sequence[Read], risk: float) -> dict[str, float]:
    """As if the place were known: the type alone."""
    sure = [read for read in reads if gate(read.curve, risk).automatic(read.about, NOWHERE, needs_area=False)]
    wrong = sum(read.about.sectors[0][0] != read.row.sector for read in sure)
    return {
        "automatic_share": round(len(sure) / len(reads), 4) if reads else 0.0,
        "wrong_share": round(wrong / len(sure), 4) if sure else 0.0,
        "wrong": wrong,
        "n": len(reads),
    }


def is_wrong(read: Read, lead: AgencyEntry, parts: Parts) -> bool:
    """The type is another than that of the addressed body, or a body of an area is of another area."""
    sector = parts.rules.sectors.get(lead.kind)
    return sector != read.row.sector or contradicts(lead.area, read.row.area)


def contradicts(decided: str | None, labelled: str | None) -> bool:
    """A label of a province only says nothing about the regency; a body of a province answers for all of it."""
    if decided is None or labelled is None:
        return False
    shorter = min(len(decided), len(labelled))
    return decided[:shorter] != labelled[:shorter]


def confusion(reads: Iterable[Read]) -> list[tuple[str, str, int]]:
    """(addressed, read as, rows), where they differ, the most frequent first."""
    pairs = Counter((read.row.sector or "-", read.about.sectors[0][0] if read.about.sectors else "-") for read in reads)
    return [(true, seen, count) for (true, seen), count in pairs.most_common() if true != seen]
