"""The ladder of a clock: reminder, missed limit, superior, Ombudsman. Each step at most once a clock.

After an outage of ours several steps may lie in the past. Then the lower one is recorded as overtaken and
the highest is sent; but the superior and the Ombudsman are told only when the time that the step before
gives has run out since that step was REALLY sent: nobody is escalated for our own downtime.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from lapor_contracts import escalations
from lapor_contracts.base import Event
from lapor_contracts.escalations import Step
from msgspec.structs import replace

from lapor_escalation.domain import clocks, due, offices
from lapor_escalation.domain.alert import accused, alerted, opened_case
from lapor_escalation.domain.calendar import OFFICE_MINUTES
from lapor_escalation.domain.decision import ALERTS, ESCALATIONS, Decision, Rules
from lapor_escalation.domain.state import Clock, Escalation, Fired


@dataclass(frozen=True, slots=True)
class NextStep:
    clock: Clock
    step: Step
    due_at: datetime


def next_step(clock: Clock, state: Escalation, rules: Rules) -> NextStep | None:
    """None: stopped, paused, or at its end."""
    if clock.stopped is not None or state.held_since is not None or clock.rule == "reporter_reply":
        return None
    fired = {fired.step: fired for fired in clock.steps}
    if "limit_missed" not in fired:
        if "reminded" not in fired:
            return NextStep(clock, "reminded", _reminder_at(clock, rules))
        return NextStep(clock, "limit_missed", clock.due_at)
    if "superior_told" not in fired:
        return NextStep(clock, "superior_told", _after(fired["limit_missed"], "superior_told", clock, state, rules))
    if "alerted" not in fired and not _ombudsman_knows(clock, state):
        return NextStep(clock, "alerted", _after(fired["superior_told"], "alerted", clock, state, rules))
    return None


def climb(state: Escalation, rules: Rules, step: NextStep, now: datetime) -> Decision:
    """`step` is due at `now`."""
    clock = step.clock
    if step.step == "reminded" and clock.due_at <= now:
        overtaken = escalations.Overtaken(
            clock=clock.kind, assignment=clock.assignment, step=step.step, was_due_at=step.due_at
        )
        return Decision(
            _with(state, clock, Fired(step.step, step.due_at, now, overtaken=True)), ((ESCALATIONS, overtaken),)
        )
    after = _with(state, clock, Fired(step.step, step.due_at, now))
    if step.step == "alerted":
        after = replace(after, cases=(*after.cases, opened_case(state, clock, now)))
        return Decision(after, ((ALERTS, alerted(state, clock)),))
    return Decision(after, ((ESCALATIONS, _event(step, state, rules)),))


def _reminder_at(clock: Clock, rules: Rules) -> datetime:
    return rules.calendar.rewind(clock.due_at, rules.policy.steps["reminded"] * OFFICE_MINUTES, clock.zone)


def _after(before: Fired, step: Step, clock: Clock, state: Escalation, rules: Rules) -> datetime:
    """From the step before on, and never before the limit: a decree may have moved it after that step."""
    sent = max(before.at, clock.restarted_at or before.at, clock.due_at)
    return due.grace_until(rules.calendar, sent, rules.policy.steps[step], clock.zone, state.holds)


def _ombudsman_knows(clock: Clock, state: Escalation) -> bool:
    """The system's own silence is not worth a second alert about a complaint that the Ombudsman has."""
    return clock.kind == "citizen" and bool(state.cases)


def _event(step: NextStep, state: Escalation, rules: Rules) -> Event:
    clock = step.clock
    if step.step == "reminded":
        return escalations.Reminded(
            clock=clock.kind, assignment=clock.assignment, agency=clock.agency, limit=clock.limit, due_at=clock.due_at
        )
    if step.step == "limit_missed":
        return escalations.LimitMissed(
            clock=clock.kind, assignment=clock.assignment, agency=clock.agency, limit=clock.limit,
            due_at=clock.due_at, counting=clocks.counting(clock, rules, state.holds),
        )  # fmt: skip
    return escalations.SuperiorTold(
        clock=clock.kind, assignment=clock.assignment, agency=clock.agency, superior=_superior(clock, state),
        limit=clock.limit, due_at=clock.due_at,
    )  # fmt: skip


def _superior(clock: Clock, state: Escalation) -> str | None:
    """The agency's own; of the system as a whole the province's admin, and where no province is known the nation's."""
    if clock.kind == "citizen":
        return offices.admin_of(state.area_code)
    lead = accused(state, clock)
    return lead.superior if lead else None


def _with(state: Escalation, clock: Clock, fired: Fired) -> Escalation:
    return replace(
        state,
        clocks=tuple(replace(c, steps=(*c.steps, fired)) if clocks.same(c, clock) else c for c in state.clocks),
    )
