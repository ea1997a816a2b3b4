"""lapor.replies, written by the router: what an agency answered, after the check.

`assignment` is the assignment's number on lapor.assignments; `received_at` is when the broker got the
reply, on the domain's clock: it is what counts for a limit.
"""

from __future__ import annotations

from typing import ClassVar

from lapor_contracts.base import Attachment, Code, Event, Instant, Number, Text


class Accepted(Event):
    type: ClassVar[str] = "id.lapor.reply.accepted.v1"

    agency: Code
    assignment: Number
    received_at: Instant


class Declined(Event):
    """Not our authority; `suggested` is whom the agency holds for competent."""

    type: ClassVar[str] = "id.lapor.reply.declined.v1"

    agency: Code
    assignment: Number
    received_at: Instant
    reason: Text
    suggested: Code | None = None


class FollowedUp(Event):
    """`lead` is false for a body that got a copy: it tells, but the lead still has to answer."""

    type: ClassVar[str] = "id.lapor.reply.followed-up.v1"

    agency: Code
    assignment: Number
    received_at: Instant
    text: Text
    attachments: tuple[Attachment, ...] = ()
    lead: bool = True


class Resolved(Event):
    type: ClassVar[str] = "id.lapor.reply.resolved.v1"

    agency: Code
    assignment: Number
    received_at: Instant
    text: Text
    attachments: tuple[Attachment, ...] = ()
