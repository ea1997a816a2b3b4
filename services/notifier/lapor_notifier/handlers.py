"""What each event does here: state, what mails tell, and the messages that it causes. Table at the foot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID, uuid5

from lapor_chassis.batch import Work
from lapor_chassis.errors import Invalid
from lapor_chassis.ids import uuid7_time
from lapor_contracts import alerts, assignments, complaints, contacts, escalations, notifications, replies
from lapor_contracts.base import Event, Place

from lapor_notifier import statements
from lapor_notifier.domain.audience import Message, messages
from lapor_notifier.domain.state import Assignment, NotifierState
from lapor_notifier.domain.zones import zone_of

NOTIFICATIONS = "lapor.notifications"
MEDIUM: notifications.Medium = "email"
# The name space of delivery ids; any constant would do, it only must never change.
DELIVERIES = UUID("7b1f8f0a-2c55-5d0e-9a43-6c61706f7221")
NO_DAY = date(1970, 1, 1)
NotifierWork = Work[NotifierState]


def delivery_id(event: UUID, role: str, recipient: str | None) -> UUID:
    """The same for the same message, whenever and wherever it is made."""
    return uuid5(DELIVERIES, f"{event}|{MEDIUM}|{role}|{recipient or ''}")


def kept(text: str | None) -> str | None:
    """As a column may hold it: PostgreSQL's text knows no NUL, and one must not stop everybody's mail."""
    return text.replace("\0", " ") if text else text


def on_registered(work: NotifierWork, event: complaints.Registered) -> None:
    known = work.subject.state or NotifierState()
    work.subject.state = replace(
        known, registered=True, has_contact=event.has_contact, zone=zone_of(event.place.area_code)
    )
    place = event.place
    work.batch.defer_rows(
        statements.REGISTERED, work.subject.id, event.tracking_id, event.report_type, kept(event.title),
        kept(event.narrative), event.category, place.area_code, kept(place.address), event.occurred_on,
        len(event.attachments), event.anonymous, event.secret, event.received_at,
    )  # fmt: skip
    tell(work, event)


def on_completed(work: NotifierWork, event: complaints.Completed) -> None:
    _change(work, event.place, narrative=event.narrative, occurred_on=event.occurred_on, files=len(event.attachments))


def on_amended(work: NotifierWork, event: complaints.Amended) -> None:
    _change(
        work, event.place, title=event.title, narrative=event.narrative, category=event.category,
        files=len(event.attachments),
    )  # fmt: skip


def _change(
    work: NotifierWork, place: Place | None, *, title: str | None = None, narrative: str | None = None,
    category: str | None = None, occurred_on: date | None = None, files: int,
) -> None:  # fmt: skip
    state = _registered(work)
    area = place.area_code if place else None
    address = place.address if place else None
    if area:
        work.subject.state = replace(state, zone=zone_of(area))
    work.batch.defer(
        statements.CHANGED, work.subject.id, kept(title), kept(narrative), category, area, kept(address), occurred_on,
        files,
    )  # fmt: skip


def on_contact_set(work: NotifierWork, event: contacts.ContactSet) -> None:
    if event.sealed is None:  # erased before it could be published
        erase(work)
    else:
        work.batch.defer_rows(statements.CONTACT, work.subject.id, event.sealed)


def on_contact_erased(work: NotifierWork, _event: contacts.ContactErased) -> None:
    erase(work)


def erase(work: NotifierWork) -> None:
    """No copy stays; what waits for the reporter ends as failed, at the sending loop's next turn."""
    work.subject.state = replace(work.subject.state or NotifierState(), erased=True)
    work.batch.defer_rows(statements.CONTACT, work.subject.id, None)
    work.batch.defer(statements.ERASED, work.subject.id)


def on_assigned(work: NotifierWork, event: assignments.Assigned) -> None:
    state = _registered(work)
    number = _number(work)
    assignment = Assignment(event.agency.code, event.agency.name, event.agency.zone, event.copies)
    work.subject.state = replace(state, current=number, assignments={**state.assignments, number: assignment})
    tell(work, event)


def on_released(work: NotifierWork, event: assignments.Released) -> None:
    state = _registered(work)
    if state.current == event.assignment:
        work.subject.state = replace(state, current=None)


def on_closed(work: NotifierWork, event: replies.Resolved | escalations.ClosedBySilence) -> None:
    """What the agency still writes about this assignment closes nothing any more."""
    work.subject.state = replace(_registered(work), closed=event.assignment)
    tell(work, event)


def on_limit_missed(work: NotifierWork, event: escalations.LimitMissed) -> None:
    """The reminder of the same limit, if it is still unsent, has no use any more."""
    for message, delivery in tell(work, event):
        work.batch.defer(statements.REPLACED, work.subject.id, message.ladder, message.recipient, delivery)


def tell(work: NotifierWork, event: Event) -> list[tuple[Message, UUID]]:
    """A delivery row and a `queued` for each message that the audience table has for the event."""
    state = _registered(work)
    told = []
    for message in messages(state, event):
        delivery = _queue(work, event, message)
        told.append((message, delivery))
    return told


def on_told(work: NotifierWork, event: Event) -> None:
    """An event that changes nothing here and is only told."""
    tell(work, event)


def _queue(work: NotifierWork, event: Event, message: Message) -> UUID:
    assert work.envelope is not None and work.source is not None  # noqa: S101 - core events have both
    about = work.envelope.id
    made = uuid7_time(about)
    delivery = delivery_id(about, message.role, message.recipient)
    work.emit(
        NOTIFICATIONS,
        notifications.Queued(
            delivery=delivery, about=about, about_type=event.type, role=message.role, recipient=message.recipient,
            medium=MEDIUM,
        ),
    )  # fmt: skip
    work.batch.defer_rows(
        statements.DELIVERY, made.date() if made else NO_DAY, delivery, work.subject.id, work.source.topic,
        _number(work), about, event.type, event.model_dump_json(), message.template, MEDIUM, message.role,
        message.recipient, message.agency, message.zone, message.ladder,
    )  # fmt: skip
    return delivery


def _registered(work: NotifierWork) -> NotifierState:
    """Every other event names `registered` in its `after`, so without it something is wrong."""
    state = work.subject.state
    if state is None or not state.registered:
        raise Invalid("not_registered")
    return state


def _number(work: NotifierWork) -> int:
    assert work.envelope is not None and work.envelope.number is not None  # noqa: S101 - core events are numbered
    return work.envelope.number


HANDLERS: Mapping[type[Event], Any] = {
    complaints.Registered: on_registered,
    complaints.Held: on_told,
    complaints.Completed: on_completed,
    complaints.Amended: on_amended,
    complaints.ReporterReplied: on_told,
    complaints.Withdrawn: on_told,
    contacts.ContactSet: on_contact_set,
    contacts.ContactErased: on_contact_erased,
    assignments.Assigned: on_assigned,
    assignments.Released: on_released,
    assignments.NeedsDecision: on_told,
    assignments.QuestionAsked: on_told,
    assignments.Archived: on_told,
    assignments.OutOfScope: on_told,
    replies.FollowedUp: on_told,
    replies.Resolved: on_closed,
    escalations.Reminded: on_told,
    escalations.LimitMissed: on_limit_missed,
    escalations.SuperiorTold: on_told,
    escalations.Undecided: on_told,
    escalations.ClosedBySilence: on_closed,
    escalations.ClarificationAsked: on_told,
    escalations.Reprimanded: on_told,
    escalations.ReplyWaived: on_told,
    alerts.Alerted: on_told,
}
