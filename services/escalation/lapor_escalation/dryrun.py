"""What a changed calendar would do to the open complaints: counted from a stream, and nothing is changed."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import datetime

from rich.console import Console
from rich.table import Table

from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.explain import at
from lapor_escalation.domain.moves import Move, moves
from lapor_escalation.domain.state import Escalation


@dataclass
class Outcome:
    """`counted_so`: already by this calendar. `into_the_past`: of the earlier ones. `samples`: the first that move."""

    complaints: int = 0
    counted_so: int = 0
    touched: int = 0
    later: int = 0
    earlier: int = 0
    into_the_past: int = 0
    before: set[str] = field(default_factory=set)
    samples: list[tuple[str, Move]] = field(default_factory=list)


async def compare(states: AsyncIterator[Escalation], rules: Rules, now: datetime, *, sample: int) -> Outcome:
    outcome = Outcome()
    async for state in states:
        outcome.complaints += 1
        if state.calendar == rules.calendar.version:
            outcome.counted_so += 1
            continue
        outcome.before.add(state.calendar)
        moved = moves(state, rules)
        outcome.touched += bool(moved)
        for move in moved:
            earlier = move.due_at < move.clock.due_at
            outcome.later += not earlier
            outcome.earlier += earlier
            outcome.into_the_past += earlier and move.due_at <= now < move.clock.due_at
            if len(outcome.samples) < sample:
                outcome.samples.append((state.tracking_id, move))
    return outcome


def show(console: Console, outcome: Outcome, rules: Rules) -> None:
    """A table of counts, and one of samples."""
    counts = Table(show_header=False)
    before = ", ".join(sorted(outcome.before)) or rules.calendar.version
    for name, value in (
        ("kalender / calendar", f"{before} -> {rules.calendar.version}"),
        ("laporan dengan tenggat / complaints with a deadline", outcome.complaints),
        ("sudah dihitung demikian / counted so already", outcome.counted_so),
        ("laporan yang berubah / complaints that change", outcome.touched),
        ("tenggat lebih lambat / deadlines later", outcome.later),
        ("tenggat lebih awal / deadlines earlier", outcome.earlier),
        ("menjadi lewat / of these now in the past", outcome.into_the_past),
    ):
        counts.add_row(name, f"{value:,}" if isinstance(value, int) else value)
    console.print(counts)
    if not outcome.samples:
        return
    table = Table("laporan / complaint", "jam / clock", "batas / limit", "semula / before", "menjadi / after")
    for tracking_id, move in outcome.samples:
        clock = move.clock
        whose = f"{clock.agency} (#{clock.assignment})" if clock.agency else "warga / citizen"
        table.add_row(tracking_id, whose, clock.rule, at(clock.due_at, clock.zone), at(move.due_at, clock.zone))
    console.print(table)
