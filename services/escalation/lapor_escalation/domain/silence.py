"""The reporter's silence: no reply to the agency's follow-up within the limit closes the complaint.

The timer stands still as soon as the reporter has replied and starts again with the next follow-up: else
the agency's silence would close it.
"""

from __future__ import annotations

from datetime import datetime

from lapor_contracts import escalations
from msgspec.structs import replace

from lapor_escalation.domain import clocks
from lapor_escalation.domain.decision import ESCALATIONS, Decision, Rules
from lapor_escalation.domain.ending import end
from lapor_escalation.domain.state import Clock, Escalation, Lead


def followed_up(state: Escalation, rules: Rules, lead: Lead, at: datetime) -> Decision:
    """Starts the timer, or starts it again. A follow-up that the reporter has already answered does not."""
    latest = max(at, state.followed_up_at or at)
    state = replace(state, followed_up_at=latest)
    if state.reporter_replied_at is not None and state.reporter_replied_at >= latest:
        return Decision(state)
    if any(waits(clock, state) and clock.started_at >= latest for clock in state.clocks):
        return Decision(state)
    return clocks.start_agencys(state, rules, "reporter_reply", lead, latest)


def reporter_replied(state: Escalation, at: datetime) -> Decision:
    state = replace(state, reporter_replied_at=max(at, state.reporter_replied_at or at))
    return clocks.stop(state, lambda clock: clock.rule == "reporter_reply" and clock.started_at <= at, at, "answered")


def waits(clock: Clock, state: Escalation) -> bool:
    return clock.rule == "reporter_reply" and clock.stopped is None and state.held_since is None


def close(state: Escalation, clock: Clock) -> Decision:
    """The limit is over: the complaint counts as resolved, the reporter may reopen it."""
    assert clock.assignment is not None  # noqa: S101 - the timer is an assignment's
    closed = escalations.ClosedBySilence(assignment=clock.assignment, limit=clock.limit, due_at=clock.due_at)
    return Decision(state, ((ESCALATIONS, closed),)).then(lambda s: end(s, "silence", clock.due_at))
