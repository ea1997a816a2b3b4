"""Each deadline of a complaint, and how it came about: from when, which days counted, which did not and why."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from lapor_contracts.base import Zone

from lapor_escalation.domain import clocks, due, ladder, ombudsman, silence, undecided
from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.due import Span
from lapor_escalation.domain.state import Asked, Case, Clock, Escalation, Round
from lapor_escalation.domain.workdays import SATURDAY
from lapor_escalation.domain.zones import OFFSETS

WEEKDAYS: Final = ("Sen", "Sel", "Rab", "Kam", "Jum", "Sab", "Min")
WEEKEND: Final = "akhir pekan / weekend"
ON_HOLD: Final = "ditunda / on hold"
AFTER_HOURS: Final = "diterima sesudah pukul 16.00 / received after 16.00"
RECEIVED: Final = "hari penerimaan / day of receipt"
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
    """Of each clock, and of a person who was asked to decide."""
    found = tuple(_deadline(clock, state, rules) for clock in state.clocks)
    return found if state.asked is None else (*found, _question(state.asked, state, rules))


def _deadline(clock: Clock, state: Escalation, rules: Rules) -> Deadline:
    return _counted(
        clocks.span_of(clock), clock.due_at, state, rules,
        whose=f"{clock.agency} (#{clock.assignment})" if clock.agency else "warga / the citizen's clock",
        limit=f"{clock.rule}: {clock.value} {clock.unit}, {clock.source}",
        sent=tuple(
            f"{fired.step} {at(fired.at, clock.zone)}" + (" (terlampaui / overtaken)" if fired.overtaken else "")
            for fired in clock.steps
        ),
        status=_status(clock, state), following=_following(clock, state, rules),
    )  # fmt: skip


def _question(question: Asked, state: Escalation, rules: Rules) -> Deadline:
    waits = undecided.waits(state) is not None
    return _counted(
        undecided.span_of(question, state), question.due_at, state, rules,
        whose=f"petugas / a person: {question.arbiter or '-'}",
        limit=f"decision: {question.value} {question.unit}, {question.source}",
        sent=(f"undecided {at(question.told_at, state.zone)}",) if question.told_at else (),
        status="berjalan / running" if waits or question.told_at else ON_HOLD,
        following=f"undecided {at(question.due_at, state.zone)}" if waits else NEVER,
    )  # fmt: skip


def _counted(
    span: Span, due_at: datetime, state: Escalation, rules: Rules, *, whose: str, limit: str, sent: tuple[str, ...],
    status: str, following: str,
) -> Deadline:  # fmt: skip
    counted = due.counted_days(rules.calendar, span, due_at, state.holds)
    return Deadline(
        whose=whose, limit=limit, since=at(span.start, span.zone),
        receipt_day=day(rules.calendar.receipt_day(span.start, span.zone)),
        counted=tuple(day(d) for d in counted),
        not_counted=tuple((day(d), why) for d, why in _others(span, due_at, counted, rules)),
        holds=tuple(
            f"{at(hold.since, span.zone)} - {at(hold.until, span.zone) if hold.until else '...'}"
            for hold in state.holds
        ),
        due=at(due_at, span.zone), sent=sent, status=status, following=following,
        counted_with=_calendar(state, rules, rules.calendar.is_provisional(due_at, span.zone)),
    )  # fmt: skip


def _calendar(state: Escalation, rules: Rules, provisional: bool) -> str:
    now = rules.calendar.version
    changed = f"; akan dihitung ulang dengan / to be counted again by {now}" if state.calendar != now else ""
    return state.calendar + (" (sementara / provisional)" if provisional else "") + changed


def at(instant: datetime, zone: Zone) -> str:
    local = instant.astimezone(OFFSETS[zone])
    return f"{day(local.date())} {local:%H.%M} {zone}"


def day(value: date) -> str:
    return f"{WEEKDAYS[value.weekday()]} {value:%d-%m-%Y}"


def case_lines(case: Case, state: Escalation) -> Iterator[str]:
    """What became of one alert, and what comes next."""
    zone = state.lead.zone if state.lead else state.zone
    stage = ", tahap teguran / reprimand stage" if case.reprimand_stage else ""
    end = ", ditutup / closed" if case.closed else ""
    seen = ", diterima / acknowledged" if case.acknowledged else ""
    yield f"{case.office}: {at(case.alerted_at, zone)}{seen}{stage}{end}"
    for number, asked in enumerate(case.rounds, start=1):
        yield f"klarifikasi / clarification {number}: {at(asked.asked_at, zone)}, {_round(asked, case, zone)}"
    if case.reprimanded_at is not None and case.heed_by is not None:
        until = f"{case.reprimands} x, diindahkan sampai / to be heeded by {at(case.heed_by, zone)}"
        yield f"teguran / reprimand: {at(case.reprimanded_at, zone)}, {until}, {_heeded(case, state)}"


def _round(asked: Round, case: Case, zone: Zone) -> str:
    if asked.answered_at is not None:
        return f"dijawab / answered {at(asked.answered_at, zone)}"
    if asked.expired:
        return "tidak dijawab / not answered"
    return NEVER if case.closed else f"berikutnya / next: expires {at(asked.answer_by, zone)}"


def _heeded(case: Case, state: Escalation) -> str:
    if case.ignored:
        return "diumumkan mengabaikan / published as ignored"
    if case.heeded:
        return "diindahkan / heeded"
    return "berikutnya / next: published_as_ignored" if ombudsman.may_heed(state, case) else NEVER


def _others(span: Span, due_at: datetime, counted: tuple[date, ...], rules: Rules) -> list[tuple[date, str]]:
    """The days between receipt and due date that did not count, with the reason; also those before the day of
    receipt, where that is not the day on which it came."""
    current = span.start.astimezone(OFFSETS[span.zone]).date()
    if current == rules.calendar.receipt_day(span.start, span.zone):
        current += timedelta(days=1)
    last = due_at.astimezone(OFFSETS[span.zone]).date()
    found = []
    while current <= last:
        if current not in counted:
            found.append((current, _why_not(current, span, rules)))
        current += timedelta(days=1)
    return found


def _why_not(value: date, span: Span, rules: Rules) -> str:
    if value in rules.calendar.off:
        return rules.calendar.off[value]
    if value.weekday() >= SATURDAY:
        return WEEKEND
    if value == rules.calendar.receipt_day(span.start, span.zone):
        return RECEIVED
    return AFTER_HOURS if value == span.start.astimezone(OFFSETS[span.zone]).date() else ON_HOLD


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
