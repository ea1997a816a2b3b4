"""Events that intake reads. The table at the foot is the table of contents of what it does with them."""

from __future__ import annotations

from lapor_chassis.batch import Work
from lapor_chassis.inbound import Handler
from lapor_contracts import assignments, escalations, replies
from lapor_contracts.base import Event

from lapor_intake.domain.progress import progressed
from lapor_intake.domain.state import IntakeState


def on_progress(work: Work[IntakeState], event: Event) -> None:
    """Keeps the status and the reporter's view; a complaint that is not intake's is left alone."""
    state, envelope = work.subject.state, work.envelope
    if state is None or envelope is None or envelope.number is None:
        return
    work.subject.state = progressed(state, event, envelope.number, envelope.time)


HANDLERS: dict[type[Event], Handler] = {
    assignments.Assigned: on_progress,
    assignments.Released: on_progress,
    assignments.NeedsDecision: on_progress,
    assignments.QuestionAsked: on_progress,
    assignments.Archived: on_progress,
    assignments.OutOfScope: on_progress,
    replies.Accepted: on_progress,
    replies.Declined: on_progress,
    replies.FollowedUp: on_progress,
    replies.Resolved: on_progress,
    escalations.Reminded: on_progress,
    escalations.LimitMissed: on_progress,
    escalations.SuperiorTold: on_progress,
    escalations.ClosedBySilence: on_progress,
    escalations.Acknowledged: on_progress,
    escalations.ClarificationAsked: on_progress,
    escalations.ReplyWaived: on_progress,
    escalations.Reprimanded: on_progress,
    escalations.CaseClosed: on_progress,
}
