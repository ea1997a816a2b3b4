"""The open complaints of an agency that has left: to its successor, or again by the rules.

A sweep makes their timers due, and the timers' loop hands each over in its own lane's transaction: a process that dies
in between has lost nothing, and whoever starts sweeps again. It comes twice for each agency, because another instance
may have assigned something, or looked at a timer, while it had not heard of it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime

from lapor_chassis.batch import Work
from lapor_chassis.clock import DomainClock, monotonic
from lapor_chassis.db import Conn, Pool
from lapor_chassis.errors import is_transient
from lapor_chassis.logging import get_logger
from lapor_contracts.agencies import AgencyEntry
from lapor_contracts.assignments import Explanation, NeedsDecision

from lapor_router.desk import Desk
from lapor_router.domain import explain, report
from lapor_router.domain.area import local_day
from lapor_router.domain.authority import Choice, Outcome
from lapor_router.domain.life import in_place_of
from lapor_router.domain.register import Register, is_member
from lapor_router.domain.rules import Question
from lapor_router.domain.state import Assignment, RouterState
from lapor_router.moves import assign, carry_out, known, release

AGAIN_SECONDS = 60.0  # longer than any instance takes to hear of a change of the register
# As text: `->>` would read the whole document, and die of a \\u0000 in it; in a `case`, for a row that is not assigned
# needs the cheap look only. What it finds too much is left alone. In the order in which lanes write, so that neither
# waits for the other. No index: one on the state would end the cheap updates of these rows (HOT). Half a second for
# 100,000 rows of 1 kB, once or twice when somebody leaves and at a start.
SWEEP = """update subject s set due_at = $2 from (
    select id from subject
    where due_at is null and case when plain::text like '%"phase":"assigned"%' then plain::text ~ $1 else false end
    order by id for update) left_alone
  where s.id = left_alone.id"""
log = get_logger("lapor.router.handing_over")


def hand_over(desk: Desk, work: Work[RouterState]) -> None:
    """Does nothing while the agency is a member on the day at the place, or where nobody has the complaint."""
    state = known(work)
    current = state.current
    if state.phase != "assigned" or current is None:
        return
    question = report.question(state, work.now)
    gone = desk.register.get(current.agency)
    if gone is None or is_member(gone, question.today):
        return
    release(work, current, "agency_left")
    work.subject.state = state.noted(current.number, "moved", work.now)
    successor = in_place_of(gone.code, desk.register, question.today)
    if successor is not None and successor.code not in question.tried:
        copies = still_members(current, successor, desk.register, question)
        assign(desk, work, Choice(successor, copies, _to_successor(desk, successor, gone, question)), "moved")
    else:
        carry_out(desk, work, _after_leaving(desk.decide(question), desk, gone, question), "moved")


def still_members(
    assignment: Assignment, lead: AgencyEntry, register: Register, question: Question
) -> tuple[AgencyEntry, ...]:
    """Whose copy goes on under another lead."""
    found = (register.get(copy.agency) for copy in assignment.copies)
    return tuple(
        entry
        for entry in found
        if entry and entry.code != lead.code and entry.code not in question.tried and is_member(entry, question.today)
    )


def _to_successor(desk: Desk, successor: AgencyEntry, gone: AgencyEntry, question: Question) -> Explanation:
    name, former = _names(desk, question, successor, gone)
    return Explanation(
        rule="successor",
        legal_basis="Register instansi SP4N-LAPOR! (Perpres 76/2013)",
        matrix_version=desk.rules.matrix.version,
        evidence=explain.evidence(question, desk.rules),
        text_id=f"Disposisi kepada {name}: {former} digabung ke dalamnya sejak {gone.left_on}, dan laporan yang belum "
        "selesai diteruskan kepadanya.",
        text_en=f"Assigned to {name}: {former} was merged into it on {gone.left_on}, and open complaints go with it.",
    )


def _after_leaving(outcome: Outcome, desk: Desk, gone: AgencyEntry, question: Question) -> Outcome:
    """With a sentence on who had it."""
    (former,) = _names(desk, question, gone)
    past_id = f" Sebelumnya pada {former}, yang bukan lagi anggota sejak {gone.left_on}."
    past_en = f" It was {former}'s before, which is no member since {gone.left_on}."
    match outcome:
        case Choice(lead, copies, why):
            words = {"text_id": why.text_id + past_id, "text_en": why.text_en + past_en}
            return Choice(lead, copies, why.model_copy(update=words))
        case NeedsDecision():
            words = {"text_id": outcome.text_id + past_id, "text_en": outcome.text_en + past_en}
            return outcome.model_copy(update=words)
        case _:
            return outcome


def _names(desk: Desk, question: Question, *entries: AgencyEntry) -> tuple[str, ...]:
    return tuple(desk.rules.name(entry, question.today) for entry in entries)


Departure = tuple[str, date | None]


@dataclass(slots=True)
class Departures:
    """Who has left, and when their complaints are looked for. Times are seconds of one clock."""

    _again: dict[Departure, float] = field(default_factory=dict)
    _done: set[Departure] = field(default_factory=set)

    def ready(self, register: Iterable[AgencyEntry], everywhere: date, now: float) -> list[Departure]:
        """`everywhere`: the day that has come in all of Indonesia: before it an assignment may still be right."""
        gone = {(e.code, e.left_on) for e in register if e.left_on is not None and e.left_on <= everywhere}
        self._done &= gone  # who joins again may leave again
        self._again = {one: at for one, at in self._again.items() if one in gone}
        return sorted(one for one in gone - self._done if self._again.get(one, now) <= now)

    def swept(self, departures: Iterable[Departure], now: float) -> None:
        for one in departures:
            if self._again.pop(one, None) is None:
                self._again[one] = now + AGAIN_SECONDS
            else:
                self._done.add(one)


async def keep_handing_over(desk: Desk, pool: Pool, clock: DomainClock, seconds: float) -> None:
    """For ever: every `seconds` looks whether somebody has left."""
    departures = Departures()
    while True:
        ready = departures.ready(desk.register, local_day(clock.now(), "WIB"), monotonic())
        if ready:
            try:
                await sweep(pool, [code for code, _ in ready], clock.now())
                departures.swept(ready, monotonic())
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("handing over waits", error=type(error).__name__)
        await asyncio.sleep(seconds)


async def sweep(db: Pool | Conn, codes: Iterable[str], now: datetime) -> int:
    """Every open complaint that may be theirs is looked at now; how many. A code has nothing that a pattern minds."""
    done = await db.execute(SWEEP, f'"agency":"({"|".join(codes)})"', now)
    count = int(done.rpartition(" ")[2])
    if count:
        log.info("complaints of agencies that have left are looked at", complaints=count)
    return count
