"""Checks of single fields that a schema cannot say. Gives paths, never values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from lapor_contracts.base import Attachment, Place
from lapor_contracts.redaction import redactor
from lapor_contracts.submissions import Body

from lapor_intake.domain.redacting import Redact

_MEDIA_TYPE = re.compile(r"[a-z]{2,20}/[a-zA-Z0-9.+-]{1,100}")
_HEX = re.compile(r"[0-9a-fA-F]{32,}")
_LARGEST_FILE = 10**12
# Where the day begins first, it is up to 14 hours ahead of UTC.
_AHEAD = timedelta(hours=14)


def wrong_fields(body: Body, own: Sequence[str], now: datetime) -> tuple[str, ...]:
    """`own`: the reporter's values, which a reference or a code must not carry past redaction."""
    wrong: list[str] = []
    place: Place | None = getattr(body, "place", None)
    if place is not None:
        wrong += _wrong_in_place(place)
    occurred_on: date | None = getattr(body, "occurred_on", None)
    if occurred_on is not None and occurred_on > (now + _AHEAD).date():
        wrong.append("occurred_on")
    category: str | None = getattr(body, "category", None)
    attachments: Sequence[Attachment] = getattr(body, "attachments", ())
    if category is None and not attachments:
        return tuple(wrong)
    redact = redactor(own)
    if category is not None and redact(category) != category:
        wrong.append("category")
    for position, attachment in enumerate(attachments):
        wrong += [f"attachments.{position}.{name}" for name in _wrong_in_attachment(attachment, redact)]
    return tuple(wrong)


def _wrong_in_place(place: Place) -> Iterator[str]:
    for name, value, limit in (("latitude", place.latitude, 90), ("longitude", place.longitude, 180)):
        if value is not None and not -limit <= value <= limit:  # also what is not a number
            yield f"place.{name}"
    if (place.latitude is None) != (place.longitude is None):
        yield "place.longitude" if place.longitude is None else "place.latitude"


def _wrong_in_attachment(attachment: Attachment, redact: Redact) -> Iterator[str]:
    """A file's name often says who made it: only references that say nothing pass."""
    if not _is_opaque(attachment.id) and redact(attachment.id) != attachment.id:
        yield "id"
    if not _MEDIA_TYPE.fullmatch(attachment.media_type) or redact(attachment.media_type) != attachment.media_type:
        yield "media_type"
    if not 0 <= attachment.size <= _LARGEST_FILE:
        yield "size"


def _is_opaque(text: str) -> bool:
    if _HEX.fullmatch(text):
        return True
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
