"""The Ombudsman's replies to an alert: checked here, for the topic they come on is not trusted.

An alert must exist, and the office that answers must be the one that was alerted. Two requests for
clarification are possible; where neither is answered in time, the right of reply is waived and the case is
at the reprimand stage.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from lapor_contracts import escalations
from lapor_contracts.base import Event, Zone
from msgspec.structs import replace

from lapor_escalation.domain.decision import ESCALATIONS, Decision, Refused, Rules
from lapor_escalation.domain.state import Case, Escalation, Round


def acknowledged(state: Escalation, office: str) -> Decision:
    """Raises Refused, as all of these do."""
    case = _case(state, office)
    if case.acknowledged:
        raise Refused("already_acknowledged")
    event = escalations.Acknowledged(office=office, assignment=case.assignment)
    return _decided(state, case, replace(case, acknowledged=True), event)


def clarification_asked(state: Escalation, rules: Rules, office: str, text: str, at: datetime) -> Decision:
    """`at`: when the broker got it. The answer is due by 16.00 of the last day in the agency's zone."""
    case = _case(state, office)
    number = _next_round(case, rules)
    answer_by = rules.calendar.due_in_calendar_days(at, rules.policy.ombudsman.clarification_days, _zone(state))
    event = escalations.ClarificationAsked(
        office=office, agency=case.agency, assignment=case.assignment, round=number, text=text, answer_by=answer_by
    )
    return _decided(state, case, replace(case, rounds=(*case.rounds, Round(at, answer_by))), event)


def reprimanded(state: Escalation, rules: Rules, office: str, text: str, at: datetime) -> Decision:
    """`at`: when the broker got it. The first one sets the time within which the agency may still heed it: an answer
    that the broker got later may have been read before it, from another topic."""
    case = _case(state, office)
    after, heed_by = replace(case, reprimands=case.reprimands + 1), None
    if case.reprimanded_at is None:
        heed_by = rules.calendar.due_in_calendar_days(at, rules.policy.ombudsman.heed_days, _zone(state))
        heeded = case.answered_at is not None and at <= case.answered_at
        after = replace(after, reprimanded_at=at, heed_by=heed_by, heeded=heeded)
    event = escalations.Reprimanded(
        office=office, agency=case.agency, assignment=case.assignment, text=text, heed_by=heed_by
    )
    return _decided(state, case, after, event)


def case_closed(state: Escalation, office: str, text: str | None) -> Decision:
    case = _case(state, office)
    event = escalations.CaseClosed(office=office, assignment=case.assignment, text=text)
    return _decided(state, case, replace(case, closed=True), event)


def explained(state: Escalation, assignment: int, at: datetime) -> Escalation:
    """The agency's follow-up or resolution answers every request that was open by then, and heeds a reprimand."""
    return replace(state, cases=tuple(_answered(case, assignment, at) for case in state.cases))


def expire(state: Escalation, rules: Rules, asked: Round) -> Decision:
    """Nobody answered in time; after the last round the right of reply is waived, which is said once."""
    decision = Decision(state)
    for case in state.cases:
        if any(known is asked for known in case.rounds):
            decision = _expired(state, rules, case, asked)
    return decision


def may_heed(state: Escalation, case: Case) -> bool:
    """It was reprimanded, its complaint is still open, and nothing has been heard of its agency since."""
    waits = case.heed_by is not None and not (case.heeded or case.ignored or case.closed)
    return waits and state.closed is None and _could_answer(state, case)


def ignore(state: Escalation, case: Case) -> Decision:
    """The last step: the body that did not heed its reprimand is published (UU 37/2008), once a case."""
    assert case.reprimanded_at is not None and case.heed_by is not None  # noqa: S101 - `may_heed` said so
    event = escalations.PublishedAsIgnored(
        office=case.office, agency=case.agency, assignment=case.assignment, reprimanded_at=case.reprimanded_at,
        heed_by=case.heed_by,
    )  # fmt: skip
    return _decided(state, case, replace(case, ignored=True), event)


def _zone(state: Escalation) -> Zone:
    return state.lead.zone if state.lead is not None else state.zone


def _case(state: Escalation, office: str) -> Case:
    """The latest open case of that office, else its latest."""
    if not state.cases:
        raise Refused("no_alert")
    cases = [case for case in state.cases if case.office == office]
    if not cases:
        raise Refused("not_the_alerted_office", "office")
    open_cases = [case for case in cases if not case.closed]
    if not open_cases:
        raise Refused("case_is_closed")
    return open_cases[-1]


def _next_round(case: Case, rules: Rules) -> Literal[1, 2]:
    if len(case.rounds) >= rules.policy.ombudsman.rounds:
        raise Refused("no_further_round")
    return 1 if not case.rounds else 2


def _decided(state: Escalation, before: Case, after: Case, event: Event) -> Decision:
    cases = tuple(after if case is before else case for case in state.cases)
    return Decision(replace(state, cases=cases), ((ESCALATIONS, event),))


def _answered(case: Case, assignment: int, at: datetime) -> Case:
    if case.assignment not in (None, assignment):
        return case
    rounds = tuple(
        replace(asked, answered_at=at, expired=False)
        if asked.answered_at is None and asked.asked_at <= at <= asked.answer_by
        else asked
        for asked in case.rounds
    )
    silent = all(asked.expired for asked in rounds)
    heeded = case.heeded or (case.reprimanded_at is not None and case.reprimanded_at <= at)
    latest = max(at, case.answered_at or at)
    return replace(
        case, rounds=rounds, reprimand_stage=case.reprimand_stage and silent, heeded=heeded, answered_at=latest
    )


def _expired(state: Escalation, rules: Rules, case: Case, asked: Round) -> Decision:
    rounds = tuple(replace(r, expired=True) if r is asked else r for r in case.rounds)
    silent = sum(r.expired for r in rounds) >= rules.policy.ombudsman.rounds
    waived = silent and _could_answer(state, case)
    after = replace(case, rounds=rounds, reprimand_stage=waived)
    if not waived:
        cases = tuple(after if other is case else other for other in state.cases)
        return Decision(replace(state, cases=cases))
    event = escalations.ReplyWaived(office=case.office, agency=case.agency, assignment=case.assignment)
    return _decided(state, case, after, event)


def _could_answer(state: Escalation, case: Case) -> bool:
    """No right is waived by silence where nobody would have taken the answer: after a withdrawal or archiving,
    or from an agency that the complaint was taken from."""
    if state.closed not in (None, "resolved", "silence"):
        return False
    return case.assignment is None or (state.lead is not None and state.lead.assignment == case.assignment)
