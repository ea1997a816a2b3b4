"""lapor.complaints, written by intake: what the reporter did. No identity, the narrative redacted."""

from __future__ import annotations

from datetime import date
from typing import ClassVar, Literal

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

ReportType = Literal["complaint", "aspiration", "information_request"]
Missing = Literal["narrative", "place", "occurred_on", "evidence"]


class Registered(Event):
    """A complaint was handed in. `complete` is false where data is missing: a `held` follows."""

    type: ClassVar[str] = "id.lapor.complaint.registered.v1"

    tracking_id: TrackingId
    channel: Code
    report_type: ReportType
    title: Line
    narrative: Text
    category: CategoryCode | None = None
    place: Place
    occurred_on: date | None = None
    attachments: tuple[Attachment, ...] = ()
    anonymous: bool
    secret: bool
    has_contact: bool
    complete: bool
    received_at: Instant


class Held(Event):
    """Data is missing: the reporter was asked for it, the clocks pause."""

    type: ClassVar[str] = "id.lapor.complaint.held.v1"

    missing: tuple[Missing, ...]


class Completed(Event):
    """The reporter sent what was missing; absent fields stay as they were."""

    type: ClassVar[str] = "id.lapor.complaint.completed.v1"

    narrative: Text | None = None
    place: Place | None = None
    occurred_on: date | None = None
    attachments: tuple[Attachment, ...] = ()


class Amended(Event):
    """The reporter changed or added something; absent fields stay as they were."""

    type: ClassVar[str] = "id.lapor.complaint.amended.v1"

    title: Line | None = None
    narrative: Text | None = None
    category: CategoryCode | None = None
    place: Place | None = None
    attachments: tuple[Attachment, ...] = ()


class ReporterReplied(Event):
    """The reporter answered a follow-up or a question."""

    type: ClassVar[str] = "id.lapor.complaint.reporter-replied.v1"

    text: Text
    attachments: tuple[Attachment, ...] = ()


class Reopened(Event):
    """The reporter does not accept the resolution of `assignment` (its number on lapor.assignments)."""

    type: ClassVar[str] = "id.lapor.complaint.reopened.v1"

    assignment: Number
    reason: Text


class Withdrawn(Event):
    """The reporter takes the complaint back."""

    type: ClassVar[str] = "id.lapor.complaint.withdrawn.v1"

    reason: Text | None = None


class Rated(Event):
    """The reporter's mark for the handling, 1 (bad) to 5 (good)."""

    type: ClassVar[str] = "id.lapor.complaint.rated.v1"

    stars: Literal[1, 2, 3, 4, 5]
    comment: Text | None = None
