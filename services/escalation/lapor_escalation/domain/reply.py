"""What an agency answered. What counts is when the broker got the reply, not when we hear of it.

Only the lead agency is measured: what a body with a copy tells stops no clock. The first of accepted,
followed_up, declined, resolved is the first response. After the end of an assignment its agency may still
explain itself to the Ombudsman; that starts, stops and opens nothing.
"""

from __future__ import annotations

from typing import Final

from lapor_contracts import replies

from lapor_escalation.domain import clocks, ombudsman, silence
from lapor_escalation.domain.decision import Decision, Rules
from lapor_escalation.domain.ending import CAUSES, end
from lapor_escalation.domain.state import Cause, Clock, Escalation, Lead

ENDED: Final[frozenset[Cause]] = frozenset(CAUSES.values())
Reply = replies.Accepted | replies.Declined | replies.FollowedUp | replies.Resolved


def replied(state: Escalation, rules: Rules, reply: Reply) -> Decision:
    lead = state.lead
    if lead is None or not _counts(reply, lead):
        return Decision(state)
    if state.closed is not None or _is_over(state, lead):
        return Decision(_explained(state, reply, lead))
    match reply:
        case replies.Accepted():
            return _responded(state, rules, reply, lead)
        case replies.FollowedUp():
            return _followed_up(state, rules, reply, lead)
        case replies.Declined():
            return clocks.stop(state, lambda clock: clock.assignment == lead.assignment, reply.received_at, "declined")
        case replies.Resolved():
            return end(_explained(state, reply, lead), "resolved", reply.received_at)


def _counts(reply: Reply, lead: Lead) -> bool:
    told_by_copy = isinstance(reply, replies.FollowedUp) and not reply.lead
    return (reply.agency, reply.assignment) == (lead.code, lead.assignment) and not told_by_copy


def _responded(state: Escalation, rules: Rules, reply: Reply, lead: Lead) -> Decision:
    """Ends the first response; what is left is the completion, counted from the assignment too."""
    decision = clocks.stop(state, lambda clock: _awaits_answer(clock, lead), reply.received_at, "answered")
    if any(clock.rule == "completion" and clock.assignment == lead.assignment for clock in state.clocks):
        return decision
    return decision.then(lambda s: clocks.start_agencys(s, rules, "completion", lead, lead.assigned_at))


def _followed_up(state: Escalation, rules: Rules, reply: replies.FollowedUp, lead: Lead) -> Decision:
    return _responded(_explained(state, reply, lead), rules, reply, lead).then(
        lambda s: silence.followed_up(s, rules, lead, reply.received_at)
    )


def _explained(state: Escalation, reply: Reply, lead: Lead) -> Escalation:
    """What says something about the matter answers the Ombudsman."""
    if isinstance(reply, replies.FollowedUp | replies.Resolved):
        return ombudsman.explained(state, lead.assignment, reply.received_at)
    return state


def _is_over(state: Escalation, lead: Lead) -> bool:
    """The complaint was reopened, and the next assignment is on its way."""
    return any(
        clock.assignment == lead.assignment and clock.stopped is not None and clock.stopped.cause in ENDED
        for clock in state.clocks
    )


def _awaits_answer(clock: Clock, lead: Lead) -> bool:
    if clock.kind == "citizen":
        return clock.rule == "acceptance"
    return clock.assignment == lead.assignment and clock.rule == "first_response"
