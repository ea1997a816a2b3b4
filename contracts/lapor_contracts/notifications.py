"""lapor.notifications, written by the notifier: what became of each message. Roles, never addresses."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from lapor_contracts.base import Code, Event, Line

Role = Literal["reporter", "agency", "superior", "ombudsman"]
Medium = Literal["email"]


class Queued(Event):
    """`delivery`: the key of the message, the same in every later event; `about`: the event it tells of."""

    type: ClassVar[str] = "id.lapor.notification.queued.v1"

    delivery: UUID
    about: UUID
    about_type: Line
    role: Role
    recipient: Code | None = None
    medium: Medium


class Sent(Event):
    """The mail server took it. SMTP is at-least-once: `attempts` may hide a repeat."""

    type: ClassVar[str] = "id.lapor.notification.sent.v1"

    delivery: UUID
    attempts: int


class Failed(Event):
    type: ClassVar[str] = "id.lapor.notification.failed.v1"

    delivery: UUID
    reason: Literal["no_address", "refused", "erased", "gave_up"]
    attempts: int


class Replaced(Event):
    """Not sent: a later message made it pointless."""

    type: ClassVar[str] = "id.lapor.notification.replaced.v1"

    delivery: UUID
    by: UUID
