"""lapor.agency-replies.<code>, written by the agency: not trusted, checked by the router.

ce_id: a UUIDv7 of the agency's own, the same when sent again; ce_subject: the complaint's id.
`assignment`: the number of the `assigned` in the agency's outlet that this answers.
"""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from lapor_contracts.base import Attachment, Code, Event, Text

OutletNumber = Annotated[int, Field(ge=1)]


class AgencyAccepted(Event):
    type: ClassVar[str] = "id.lapor.agency-reply.accepted.v1"

    assignment: OutletNumber


class AgencyDeclined(Event):
    """Bukan wewenang: not our authority."""

    type: ClassVar[str] = "id.lapor.agency-reply.declined.v1"

    assignment: OutletNumber
    reason: Text
    suggested: Code | None = None


class AgencyFollowedUp(Event):
    type: ClassVar[str] = "id.lapor.agency-reply.followed-up.v1"

    assignment: OutletNumber
    text: Text
    attachments: tuple[Attachment, ...] = ()


class AgencyResolved(Event):
    type: ClassVar[str] = "id.lapor.agency-reply.resolved.v1"

    assignment: OutletNumber
    text: Text
    attachments: tuple[Attachment, ...] = ()
