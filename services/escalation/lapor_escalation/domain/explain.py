"""Each deadline of a complaint, and how it came about: from when, which days counted, which did not and why."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from lapor_contracts.base import Zone

from lapor_escalation.domain import clocks, due, ladder, silence
from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.state import Case, Clock, Escalation
from lapor_escalation.domain.workdays import SATURDAY
from lapor_escalation.domain.zones import OFFSETS

WEEKDAYS: Final = ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min")
WEEKEND: Final = "akhir pekan / weekend"
ON_HOLD: Final = "ditunda / on hold"
NEVER: Final = "-"


@dataclass(frozen=True, slots=True)
class Deadline:
    """All times as text in the clock's own zone."""

    whose: str
    limit: str
    since: str
    receipt_day: str
    counted: tuple[str, ...]
    not_counted: tuple[tuple[str, str], ...]
    holds: tuple[str, ...]
    due: str
    sent: tuple[str, ...]
    status: str
    following: str
    counted_with: str


def deadlines(state: Escalation, rules: Rules) -> tuple[Deadline, ...]:
    return tuple(_deadline(clock, state, rules) for clock in state.clocks)


def _deadline(clock: Clock, state: Escalation, rules: Rules) -> Deadline:
    span = clocks.span_of(clock)
    counted = due.counted_days(rules.calendar, span, clock.due_at, state.holds)
    provisional = rules.calendar.is_provisional(clock.due_at, clock.zone)
    return Deadline(
        whose=f"{clock.agency} (#{clock.assignment})" if clock.agency else "warga / the citizen's clock",
        limit=f"{clock.rule}: {clock.value} {clock.unit}, {clock.source}",
        since=at(clock.started_at, clock.zone),
        receipt_day=day(rules.calendar.receipt_day(clock.started_at, clock.zone)),
        counted=tuple(day(d) for d in counted),
        not_counted=tuple((day(d), why) for d, why in _others(clock, counted, rules)),
        holds=tuple(
            f"{at(hold.since, clock.zone)} - {at(hold.until, clock.zone) if hold.until else '...'}"
            for hold in state.holds
        ),
        due=at(clock.due_at, clock.zone),
        sent=tuple(
            f"{fired.step} {at(fired.at, clock.zone)}" + (" (terlampaui / overtaken)" if fired.overtaken else "")
            for fired in clock.steps
        ),
        status=_status(clock, state),
        following=_following(clock, state, rules),
        counted_with=state.calendar + (" (sementara / provisional)" if provisional else ""),
    )


def at(instant: datetime, zone: Zone) -> str:
    local = instant.astimezone(OFFSETS[zone])
    return f"{day(local.date())} {local:%H.%M} {zone}"


def day(value: date) -> str:
    return f"{WEEKDAYS[value.weekday()]} {value:%d-%m-%Y}"


def case_line(case: Case, zone: Zone) -> str:
    """What became of one alert."""
    rounds = f", {len(case.rounds)} klarifikasi / clarifications" if case.rounds else ""
    stage = ", tahap teguran / reprimand stage" if case.reprimand_stage else ""
    told = f", {case.reprimands} teguran / reprimands" if case.reprimands else ""
    end = ", ditutup / closed" if case.closed else ""
    seen = ", diterima / acknowledged" if case.acknowledged else ""
    return f"{case.office}: {at(case.alerted_at, zone)}{seen}{rounds}{stage}{told}{end}"


def _others(clock: Clock, counted: tuple[date, ...], rules: Rules) -> list[tuple[date, str]]:
    """The days between receipt and due date that did not count, with the reason."""
    current = rules.calendar.receipt_day(clock.started_at, clock.zone) + timedelta(days=1)
    last = clock.due_at.astimezone(OFFSETS[clock.zone]).date()
    found = []
    while current <= last:
        if current not in counted:
            found.append((current, _why_not(current, rules)))
        current += timedelta(days=1)
    return found


def _why_not(value: date, rules: Rules) -> str:
    if value in rules.calendar.off:
        return rules.calendar.off[value]
    return WEEKEND if value.weekday() >= SATURDAY else ON_HOLD


def _status(clock: Clock, state: Escalation) -> str:
    if clock.stopped is not None:
        in_time = "tepat waktu / in time" if clock.stopped.in_time else "terlambat / late"
        return f"berhenti / stopped: {clock.stopped.cause}, {at(clock.stopped.at, clock.zone)}, {in_time}"
    return ON_HOLD if state.held_since is not None else "berjalan / running"


def _following(clock: Clock, state: Escalation, rules: Rules) -> str:
    step = ladder.next_step(clock, state, rules)
    if step is not None:
        return f"{step.step} {at(step.due_at, clock.zone)}"
    return f"closed_by_silence {at(clock.due_at, clock.zone)}" if silence.waits(clock, state) else NEVER
