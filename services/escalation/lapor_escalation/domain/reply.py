"""What an agency answered. What counts is when the broker got the reply, not when we hear of it.

Only the lead agency is measured: the copy of a complaint to another body stops no clock. The first of
accepted, followed_up, declined, resolved is the first response.
"""

from __future__ import annotations

from lapor_contracts import replies

from lapor_escalation.domain import clocks, ombudsman, silence
from lapor_escalation.domain.decision import Decision, Rules
from lapor_escalation.domain.ending import end
from lapor_escalation.domain.state import Clock, Escalation, Lead

Reply = replies.Accepted | replies.Declined | replies.FollowedUp | replies.Resolved


def replied(state: Escalation, rules: Rules, reply: Reply) -> Decision:
    lead = state.lead
    if lead is None or (reply.agency, reply.assignment) != (lead.code, lead.assignment):
        return Decision(state)
    match reply:
        case replies.Accepted():
            return _responded(state, rules, reply, lead)
        case replies.FollowedUp():
            return _followed_up(state, rules, reply, lead)
        case replies.Declined():
            return clocks.stop(state, lambda clock: clock.assignment == lead.assignment, reply.received_at, "declined")
        case replies.Resolved():
            return _resolved(state, reply, lead)


def _responded(state: Escalation, rules: Rules, reply: Reply, lead: Lead) -> Decision:
    """Ends the first response; what is left is the completion, counted from the assignment too."""
    if state.closed is not None:
        return Decision(state)
    decision = clocks.stop(state, lambda clock: _awaits_answer(clock, lead), reply.received_at, "answered")
    if any(clock.rule == "completion" and clock.assignment == lead.assignment for clock in state.clocks):
        return decision
    limit = rules.policy.completion(state.report_type)
    return decision.then(lambda s: clocks.start_agencys(s, rules, limit, lead, lead.assigned_at))


def _followed_up(state: Escalation, rules: Rules, reply: replies.FollowedUp, lead: Lead) -> Decision:
    at = reply.received_at
    answered = Decision(ombudsman.explained(state, lead.assignment, at))
    if state.closed is not None:
        return answered
    return answered.then(lambda s: _responded(s, rules, reply, lead)).then(
        lambda s: silence.followed_up(s, rules, lead, at)
    )


def _resolved(state: Escalation, reply: replies.Resolved, lead: Lead) -> Decision:
    answered = ombudsman.explained(state, lead.assignment, reply.received_at)
    return Decision(answered) if state.closed is not None else end(answered, "resolved", reply.received_at)


def _awaits_answer(clock: Clock, lead: Lead) -> bool:
    if clock.kind == "citizen":
        return clock.rule == "acceptance"
    return clock.assignment == lead.assignment and clock.rule == "first_response"
