"""lapor.receipts.<channel>, written by intake: one for each submission of the channel."""

from __future__ import annotations

from typing import ClassVar, Literal
from uuid import UUID

from lapor_contracts.base import Event, Line, Text, TrackingId

RefusalReason = Literal[
    "unreadable", "cannot_open", "invalid", "too_large", "id_too_old", "id_not_uuid7", "unknown_complaint",
    "wrong_access_code", "not_possible_now",
]  # fmt: skip


class ReceiptAccepted(Event):
    """`access_code` lets its holder add to, amend, reopen or withdraw the complaint."""

    type: ClassVar[str] = "id.lapor.receipt.accepted.v1"

    submission: UUID
    tracking_id: TrackingId
    access_code: Line | None = None


class ReceiptRefused(Event):
    """`fields`: where the body is wrong; never what stood there."""

    type: ClassVar[str] = "id.lapor.receipt.refused.v1"

    submission: UUID | None
    reason: RefusalReason
    fields: tuple[Line, ...] = ()
    text_id: Text
    text_en: Text
