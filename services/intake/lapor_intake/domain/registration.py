"""A new complaint: registered at once, and held where data is missing. None is turned away as incomplete."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lapor_contracts.base import Event
from lapor_contracts.complaints import Held, Registered
from lapor_contracts.redaction import redactor
from lapor_contracts.status import apply
from lapor_contracts.submissions import NewSubmission

from lapor_intake.domain import redacting
from lapor_intake.domain.completeness import missing
from lapor_intake.domain.decision import Decision, Refusal
from lapor_intake.domain.fields import wrong_fields
from lapor_intake.domain.identity import Identity, identify
from lapor_intake.domain.state import IntakeState, with_step


def check(submission: NewSubmission, now: datetime) -> Identity | Refusal:
    """Before an id is given: is what was handed in possible at all?"""
    identity, wrong = identify(submission.reporter)
    paths = tuple(f"reporter.{name}" for name in wrong) + wrong_fields(submission, identity.own, now)
    return Refusal("invalid", paths) if paths else identity


def register(
    submission: NewSubmission, identity: Identity, *, tracking_id: str, channel: str, received_at: datetime
) -> Decision:
    redact = redactor(identity.own)
    lacks = missing(submission.report_type, submission.narrative, submission.place)
    registered = Registered(
        tracking_id=tracking_id,
        channel=channel,
        report_type=submission.report_type,
        title=redacting.line(submission.title, redact),
        narrative=redacting.text(submission.narrative, redact),
        category=submission.category,
        place=redacting.place(submission.place, redact),
        occurred_on=submission.occurred_on,
        attachments=submission.attachments,
        anonymous=submission.anonymous,
        secret=submission.secret,
        has_contact=identity.has_contact,
        complete=not lacks,
        received_at=received_at,
    )
    state = IntakeState(tracking_id, registered.title, received_at, missing=lacks)
    state = with_step(state, "registered", received_at)
    events: tuple[Event, ...] = (registered,)
    if lacks:
        held = Held(missing=lacks)
        state = replace(state, facts=apply(state.facts, held, 1))
        state = with_step(state, "held", received_at)
        events = (registered, held)
    return Decision(state, events)
