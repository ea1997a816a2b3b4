"""Starting, stopping, pausing and resuming clocks.

The agency's clock runs per assignment, the citizen's once per complaint: it never starts anew, and only a
hold pauses it. `at` is when something happened, which may be earlier than when we heard of it.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from lapor_contracts import escalations
from lapor_contracts.base import Event
from lapor_contracts.escalations import LimitRule, Opened, Step
from msgspec.structs import replace

from lapor_escalation.domain import due, undecided
from lapor_escalation.domain.decision import ESCALATIONS, Decision, Rules
from lapor_escalation.domain.due import Span
from lapor_escalation.domain.policy import Matter
from lapor_escalation.domain.state import Cause, Clock, Escalation, Hold, Lead, Stopped
from lapor_escalation.domain.zones import OFFSETS

Matches = Callable[[Clock], bool]


def start_citizens(state: Escalation, rules: Rules, rule: LimitRule) -> Decision:
    """Counted from the registration, in the zone of the place. A second start of one is nothing."""
    if any(clock.rule == rule and clock.kind == "citizen" for clock in state.clocks):
        return Decision(state)
    return _start(state, rules, _clock(state, rules, rule, None, state.received_at))


def start_agencys(state: Escalation, rules: Rules, rule: LimitRule, lead: Lead, at: datetime) -> Decision:
    """Counted from `at`, in the agency's zone."""
    return _start(state, rules, _clock(state, rules, rule, lead, at))


def _clock(state: Escalation, rules: Rules, rule: LimitRule, lead: Lead | None, at: datetime) -> Clock:
    """By the profile of the day on which it starts."""
    zone = lead.zone if lead else state.zone
    day = at.astimezone(OFFSETS[zone]).date()
    matter = Matter(state.report_type, day, state.category, lead.code if lead else None)
    limit = rules.policy.limit(rule, matter)
    span = Span(at, limit.value, limit.unit, zone)
    return Clock(
        kind="agency" if lead else "citizen", rule=limit.rule, value=limit.value, unit=limit.unit,
        source=limit.source, zone=span.zone, started_at=at, due_at=due.due_at(rules.calendar, span, state.holds),
        assignment=lead.assignment if lead else None, agency=lead.code if lead else None,
    )  # fmt: skip


def _start(state: Escalation, rules: Rules, clock: Clock) -> Decision:
    state = replace(state, clocks=(*(c for c in state.clocks if not same(c, clock)), clock))
    events: list[tuple[str, Event]] = [(ESCALATIONS, started(clock, rules, state.holds))]
    if state.held_since is not None:
        events.append((ESCALATIONS, paused(clock, rules, state.held_since)))
    return Decision(state, tuple(events))


def stop(state: Escalation, matches: Matches, at: datetime, cause: Cause) -> Decision:
    """Stops the running clocks that match. In time: in the very second of the limit still is."""
    events: list[tuple[str, Event]] = []
    clocks = []
    for clock in state.clocks:
        if clock.stopped is None and matches(clock):
            clock = replace(clock, stopped=Stopped(at, cause, in_time(clock, state.held_since, at, cause)))  # noqa: PLW2901
            events.append((ESCALATIONS, _stopped(clock, at, cause)))
        clocks.append(clock)
    return Decision(replace(state, clocks=tuple(clocks)), tuple(events)) if events else Decision(state)


def pause(state: Escalation, rules: Rules, at: datetime) -> Decision:
    state = replace(state, holds=(*state.holds, Hold(at)))
    return Decision(state, tuple((ESCALATIONS, paused(clock, rules, at)) for clock in state.running))


def resume(state: Escalation, rules: Rules, at: datetime) -> Decision:
    """What was left runs again from `at`; the citizen's in the zone that the place has by now."""
    holds = (*state.holds[:-1], replace(state.holds[-1], until=at))
    placed = (replace(c, zone=state.zone) if c.kind == "citizen" and _may_run(c) else c for c in state.clocks)
    clocks = tuple(counted(clock, rules, holds) if _may_run(clock) else clock for clock in placed)
    state = undecided.counted(replace(state, holds=holds, clocks=clocks), rules)
    return Decision(state, tuple((ESCALATIONS, resumed(clock, "completed")) for clock in state.running))


def go_on(state: Escalation, matches: Matches, at: datetime, why: Opened) -> Decision:
    """A complaint that is open again: the citizen's clocks that match go on with the due date that they had,
    for they never reset. `why` is said."""
    events: list[tuple[str, Event]] = []
    clocks = []
    for clock in state.clocks:
        if clock.kind == "citizen" and clock.stopped is not None and matches(clock):
            clock = replace(clock, stopped=None, restarted_at=at)  # noqa: PLW2901
            events.append((ESCALATIONS, resumed(clock, why)))
        clocks.append(clock)
    return Decision(replace(state, clocks=tuple(clocks)), tuple(events))


def recount(state: Escalation, rules: Rules) -> Decision:
    """Where the calendar has changed every running clock is counted again; one whose due date moved says so."""
    if is_counted(state, rules):
        return Decision(state)
    events: list[tuple[str, Event]] = []
    clocks = []
    for before in state.clocks:
        clock = counted(before, rules, state.holds) if _may_run(before) else before
        if clock.due_at != before.due_at and clock.stopped is None:
            events.append((ESCALATIONS, _moved(clock, before.due_at, state, rules)))
        clocks.append(clock)
    state = replace(state, clocks=tuple(clocks), calendar=rules.calendar.version)
    return Decision(undecided.counted(state, rules), tuple(events))


def is_counted(state: Escalation, rules: Rules) -> bool:
    """By the calendar that is in force."""
    return state.calendar == rules.calendar.version


def _may_run(clock: Clock) -> bool:
    """What an end of the complaint has stopped on the citizen's clock may go on once it is open again."""
    return clock.stopped is None or (clock.kind == "citizen" and clock.stopped.cause != "answered")


def counted(clock: Clock, rules: Rules, holds: tuple[Hold, ...]) -> Clock:
    return replace(clock, due_at=due.due_at(rules.calendar, span_of(clock), holds))


def span_of(clock: Clock) -> Span:
    return Span(clock.started_at, clock.value, clock.unit, clock.zone)


def same(one: Clock, other: Clock) -> bool:
    return (one.kind, one.rule, one.assignment) == (other.kind, other.rule, other.assignment)


def in_time(clock: Clock, held_since: datetime | None, at: datetime, cause: Cause) -> bool:
    """While a hold lasts, a limit that was not reached before it cannot be missed. A complaint that the
    reporter's silence has closed was not answered by the reporter in time."""
    if clock.rule == "reporter_reply" and cause == "closed":
        return False
    return at <= clock.due_at or (held_since is not None and held_since < clock.due_at)


def started(clock: Clock, rules: Rules, holds: tuple[Hold, ...]) -> escalations.ClockStarted:
    return escalations.ClockStarted(
        clock=clock.kind, assignment=clock.assignment, agency=clock.agency, limit=clock.limit,
        due_at=clock.due_at, counting=counting(clock, rules, holds),
    )  # fmt: skip


def counting(clock: Clock, rules: Rules, holds: tuple[Hold, ...]) -> escalations.Counting:
    days = due.counted_days(rules.calendar, span_of(clock), clock.due_at, holds)
    return rules.calendar.counting(clock.started_at, clock.due_at, days, clock.zone)


def paused(clock: Clock, rules: Rules, since: datetime) -> escalations.ClockPaused:
    left = due.left_minutes(rules.calendar, span_of(clock), clock.due_at, since)
    return escalations.ClockPaused(clock=clock.kind, assignment=clock.assignment, limit=clock.rule, left_minutes=left)


def resumed(clock: Clock, why: Opened) -> escalations.ClockResumed:
    return escalations.ClockResumed(
        clock=clock.kind, assignment=clock.assignment, limit=clock.rule, due_at=clock.due_at, why=why
    )


def _moved(clock: Clock, before: datetime, state: Escalation, rules: Rules) -> escalations.ClockMoved:
    old, new = state.calendar, rules.calendar.version
    return escalations.ClockMoved(
        clock=clock.kind, assignment=clock.assignment, agency=clock.agency, limit=clock.limit, due_before=before,
        due_at=clock.due_at, counting=counting(clock, rules, state.holds), calendar_before=old,
        why_id=f"Kalender kerja berubah: {old} menjadi {new}", why_en=f"The working calendar changed: {old} to {new}",
    )  # fmt: skip


def _stopped(clock: Clock, at: datetime, cause: Cause) -> escalations.ClockStopped:
    stopped = clock.stopped
    return escalations.ClockStopped(
        clock=clock.kind, assignment=clock.assignment, limit=clock.rule, cause=cause,
        in_time=stopped is not None and stopped.in_time, withdrawn_steps=unfounded_steps(clock, at),
    )  # fmt: skip


def unfounded_steps(clock: Clock, at: datetime) -> tuple[Step, ...]:
    """Steps that were sent although the answer of `at` had come before they were due; a limit that was moved after
    it had been called missed, and was kept in the end, was never missed."""
    kept = at <= clock.due_at
    return tuple(
        fired.step
        for fired in clock.steps
        if not fired.overtaken and (at <= fired.due_at or (kept and fired.step != "reminded"))
    )
