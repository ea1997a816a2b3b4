"""lapor.agency.<code>, written by the router: all that the agency needs, so that it needs no other topic.

Numbered per complaint in this outlet. A reply names the number of the `assigned` that it answers.
"""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal
from uuid import UUID

from lapor_contracts.base import (
    Attachment,
    CategoryCode,
    Code,
    Event,
    Instant,
    Line,
    Number,
    Place,
    Text,
    TrackingId,
)
from lapor_contracts.complaints import ReportType
from lapor_contracts.escalations import Limit


class AgencyAssigned(Event):
    """`lead` is false for a body that gets a copy: it may follow up, it is not measured."""

    type: ClassVar[str] = "id.lapor.agency.assigned.v1"

    tracking_id: TrackingId
    lead: bool
    report_type: ReportType
    title: Line
    narrative: Text
    category: CategoryCode | None
    place: Place
    occurred_on: date | None
    attachments: tuple[Attachment, ...] = ()
    anonymous: bool
    secret: bool
    received_at: Instant
    explanation_id: Text
    explanation_en: Text


class AgencyAmended(Event):
    """The complaint as it is now, after the reporter's change."""

    type: ClassVar[str] = "id.lapor.agency.amended.v1"

    title: Line
    narrative: Text
    category: CategoryCode | None
    place: Place
    occurred_on: date | None
    attachments: tuple[Attachment, ...] = ()


class AgencyReporterReplied(Event):
    """What the reporter wrote to the agency; behind `assigned` also what was written before it had the complaint.

    Of the latter `written_at` says when, `written_to` to whose code; absent: to nobody's.
    """

    type: ClassVar[str] = "id.lapor.agency.reporter-replied.v1"

    text: Text
    attachments: tuple[Attachment, ...] = ()
    written_at: Instant | None = None
    written_to: Code | None = None


class AgencyReminded(Event):
    """`assignment`: its number in this outlet."""

    type: ClassVar[str] = "id.lapor.agency.reminded.v1"

    assignment: Number
    limit: Limit
    due_at: Instant


class AgencyLimitMissed(Event):
    type: ClassVar[str] = "id.lapor.agency.limit-missed.v1"

    assignment: Number
    limit: Limit
    due_at: Instant


class AgencyClarificationAsked(Event):
    """The Ombudsman asks for a written explanation, for the `round`th time; a follow-up answers it."""

    type: ClassVar[str] = "id.lapor.agency.clarification-asked.v1"

    assignment: Number | None
    round: Literal[1, 2]
    text: Text
    answer_by: Instant


class AgencyReprimanded(Event):
    type: ClassVar[str] = "id.lapor.agency.reprimanded.v1"

    assignment: Number | None
    text: Text


class AgencyReleased(Event):
    type: ClassVar[str] = "id.lapor.agency.released.v1"

    assignment: Number
    reason: Literal["declined", "moved", "agency_left", "withdrawn", "decision"]


class AgencyWithdrawn(Event):
    """The reporter took the complaint back: nothing more to do."""

    type: ClassVar[str] = "id.lapor.agency.withdrawn.v1"


class AgencyReplyRejected(Event):
    """The reply `reply` (its ce_id) was not taken; the texts say why and what to do."""

    type: ClassVar[str] = "id.lapor.agency.reply-rejected.v1"

    reply: UUID
    reason: Literal["not_current", "already_closed", "unknown_agency"]
    text_id: Text
    text_en: Text
