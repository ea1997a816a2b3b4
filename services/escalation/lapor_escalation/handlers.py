"""What each event does here: the rule decides, this writes what it decided. Tables at the foot."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from lapor_chassis.batch import Source, Work
from lapor_chassis.errors import Invalid
from lapor_chassis.inbound import Handler
from lapor_contracts import assignments, complaints, ombudsman_replies, replies
from lapor_contracts.base import Event
from lapor_contracts.envelope import Envelope
from lapor_contracts.redaction import redact

from lapor_escalation import oversight
from lapor_escalation.domain import alert, assignment, clocks, complaint, ombudsman, reply, standing, timers
from lapor_escalation.domain.decision import Decision, Refused, Rules
from lapor_escalation.domain.state import Escalation
from lapor_escalation.domain.workdays import OutsideCalendar

EscalationWork = Work[Escalation]
Rule = Callable[[Escalation], Decision]
Bound = Callable[[Rules, EscalationWork, Any], None]

MAX_TEXT = 19_000  # under a Text's limit: a text grows where a placeholder is longer than what it hides
TRACKING = """insert into tracking (tracking_id, subject) select * from unnest($1::text[], $2::uuid[])
  on conflict do nothing"""


def said(text: str) -> str:
    """An officer's words without anybody's identity."""
    return redact(text)[:MAX_TEXT].strip()


def on_registered(rules: Rules, work: EscalationWork, event: complaints.Registered) -> None:
    work.batch.defer_rows(TRACKING, event.tracking_id, work.subject.id)
    decision = complaint.registered(event, rules)
    carry_out(work, rules, Decision(_heard(work, decision.state, event), decision.events))


def on_held(rules: Rules, work: EscalationWork, _: complaints.Held) -> None:
    decide(work, rules, lambda state: complaint.held(state, rules, _time(work)))


def on_completed(rules: Rules, work: EscalationWork, event: complaints.Completed) -> None:
    decide(work, rules, lambda state: complaint.completed(state, rules, event.place, _time(work)))


def on_amended(rules: Rules, work: EscalationWork, event: complaints.Amended) -> None:
    decide(work, rules, lambda state: complaint.amended(state, event))


def on_reporter_replied(rules: Rules, work: EscalationWork, _: complaints.ReporterReplied) -> None:
    decide(work, rules, lambda state: complaint.reporter_replied(state, _time(work)))


def on_reopened(rules: Rules, work: EscalationWork, event: complaints.Reopened) -> None:
    decide(work, rules, lambda state: complaint.reopened(state, event, _time(work)))


def on_withdrawn(rules: Rules, work: EscalationWork, _: complaints.Withdrawn) -> None:
    decide(work, rules, lambda state: complaint.withdrawn(state, _time(work)))


def on_assigned(rules: Rules, work: EscalationWork, event: assignments.Assigned) -> None:
    number, at = _number(work), _time(work)
    decide(work, rules, lambda state: assignment.assigned(state, rules, event.agency, number, at))


def on_released(rules: Rules, work: EscalationWork, event: assignments.Released) -> None:
    decide(work, rules, lambda state: assignment.released(state, event.assignment, _time(work)))


def on_needs_decision(rules: Rules, work: EscalationWork, event: assignments.NeedsDecision) -> None:
    decide(work, rules, lambda state: assignment.needs_decision(state, rules, _time(work), event.arbiter))


def on_archived(rules: Rules, work: EscalationWork, _: assignments.Archived) -> None:
    decide(work, rules, lambda state: assignment.archived(state, _time(work)))


def on_out_of_scope(rules: Rules, work: EscalationWork, _: assignments.OutOfScope) -> None:
    decide(work, rules, lambda state: assignment.out_of_scope(state, _time(work)))


def on_reply(rules: Rules, work: EscalationWork, event: reply.Reply) -> None:
    decide(work, rules, lambda state: reply.replied(state, rules, event))


def on_acknowledged(rules: Rules, work: EscalationWork, event: ombudsman_replies.OmbudsmanAcknowledged) -> None:
    decide(work, rules, lambda state: ombudsman.acknowledged(state, event.office))


def on_clarification_asked(
    rules: Rules, work: EscalationWork, event: ombudsman_replies.OmbudsmanClarificationAsked
) -> None:
    text, at = said(event.text), _source(work).received_at
    decide(work, rules, lambda state: ombudsman.clarification_asked(state, rules, event.office, text, at))


def on_reprimanded(rules: Rules, work: EscalationWork, event: ombudsman_replies.OmbudsmanReprimanded) -> None:
    text, at = said(event.text), _source(work).received_at
    decide(work, rules, lambda state: ombudsman.reprimanded(state, rules, event.office, text, at))


def on_case_closed(rules: Rules, work: EscalationWork, event: ombudsman_replies.OmbudsmanCaseClosed) -> None:
    text = said(event.text) if event.text is not None else None
    decide(work, rules, lambda state: ombudsman.case_closed(state, event.office, text))


def on_timer(rules: Rules, work: EscalationWork) -> None:
    """Fires what is due up to the deadline that woke us, no further: only for that one is it certain that
    everything which came in before it has been applied. A later one wakes us again."""
    state = work.subject.state
    if state is None:
        return
    due = timers.next_due(state, rules)
    until = min(due[0], work.now) if due is not None else None
    if not clocks.is_counted(state, rules):
        due = carry_out(work, rules, clocks.recount(state, rules))
    while due is not None and until is not None and due[0] <= until:
        due = carry_out(work, rules, timers.fire(known(work), rules, due, work.now))
    work.subject.due_at = due[0] if due is not None else None


def on_calendar_changed(rules: Rules, work: EscalationWork) -> None:
    decide(work, rules, Decision)


def decide(work: EscalationWork, rules: Rules, rule: Rule) -> None:
    """Raises Invalid where the complaint is not known."""
    carry_out(work, rules, clocks.recount(known(work), rules).then(rule))


def known(work: EscalationWork) -> Escalation:
    """Raises Invalid where it is not: intake's `registered` always comes first."""
    if work.subject.state is None:
        raise Invalid("not_registered")
    return work.subject.state


def carry_out(work: EscalationWork, rules: Rules, decision: Decision) -> timers.Due | None:
    """Writes the events in order, keeps those that are proof, counts those that are an agency's outcome, sets the
    state and its next deadline, which it gives."""
    state = decision.state
    for topic, event in decision.events:
        number = work.emit(topic, event)
        outcome = standing.outcome_of(event, decision.state)
        if outcome is not None:
            oversight.noted(work.batch, outcome)
        event_id = work.batch.last_event_id
        if event_id is not None:
            state = _proven(
                state, event, at=work.now, topic=topic, number=number, event_id=event_id,
                partition=work.subject.partition,
            )  # fmt: skip
    work.subject.state = state
    due = timers.next_due(state, rules)
    work.subject.due_at = due[0] if due is not None else None
    return due


def _heard(work: EscalationWork, state: Escalation, event: Event) -> Escalation:
    """What came in is proof too, as far as it proves anything."""
    envelope, source = _envelope(work), _source(work)
    if envelope.number is None:
        return state
    return _proven(
        state, event, at=envelope.time, topic=source.topic, number=envelope.number, event_id=envelope.id,
        partition=source.partition, offset=source.offset,
    )  # fmt: skip


def _proven(
    state: Escalation, event: Event, *, at: datetime, topic: str, number: int, event_id: UUID, partition: int,
    offset: int | None = None,
) -> Escalation:  # fmt: skip
    evidence = alert.evidence_of(
        event, at=at, topic=topic, number=number, event_id=event_id, partition=partition, offset=offset
    )
    return state if evidence is None else alert.proven(state, event, evidence)


def _envelope(work: EscalationWork) -> Envelope:
    assert work.envelope is not None  # noqa: S101 - only a timer has none
    return work.envelope


def _source(work: EscalationWork) -> Source:
    assert work.source is not None  # noqa: S101 - only a timer has none
    return work.source


def _time(work: EscalationWork) -> datetime:
    return _envelope(work).time


def _number(work: EscalationWork) -> int:
    number = _envelope(work).number
    assert number is not None  # noqa: S101 - core topics are numbered
    return number


def bound(table: dict[type[Event], Bound], rules: Rules) -> dict[type[Event], Handler]:
    """The table as the chassis wants it: by the rules in force, refusals as invalid input."""
    return {event: partial(_guarded, handler, rules) for event, handler in table.items()}


def _guarded(handler: Bound, rules: Rules, work: EscalationWork, event: Any) -> None:
    try:
        if work.subject.state is not None:
            work.subject.state = _heard(work, work.subject.state, event)
        handler(rules, work, event)
    except Refused as refused:
        raise Invalid(refused.reason, refused.field) from None
    except OutsideCalendar:
        raise Invalid("outside_calendar") from None


HANDLERS: dict[type[Event], Bound] = {
    complaints.Registered: on_registered,
    complaints.Held: on_held,
    complaints.Completed: on_completed,
    complaints.Amended: on_amended,
    complaints.ReporterReplied: on_reporter_replied,
    complaints.Reopened: on_reopened,
    complaints.Withdrawn: on_withdrawn,
    assignments.Assigned: on_assigned,
    assignments.Released: on_released,
    assignments.NeedsDecision: on_needs_decision,
    assignments.Archived: on_archived,
    assignments.OutOfScope: on_out_of_scope,
    replies.Accepted: on_reply,
    replies.Declined: on_reply,
    replies.FollowedUp: on_reply,
    replies.Resolved: on_reply,
}

EDGE_HANDLERS: dict[type[Event], Bound] = {
    ombudsman_replies.OmbudsmanAcknowledged: on_acknowledged,
    ombudsman_replies.OmbudsmanClarificationAsked: on_clarification_asked,
    ombudsman_replies.OmbudsmanReprimanded: on_reprimanded,
    ombudsman_replies.OmbudsmanCaseClosed: on_case_closed,
}
