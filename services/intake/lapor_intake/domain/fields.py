"""Checks of single fields that a schema cannot say. Gives paths, never values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta

from lapor_contracts import attachments as references
from lapor_contracts.base import Attachment, Place
from lapor_contracts.redaction import redact
from lapor_contracts.submissions import Body

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
    if category is not None and redact(category, own) != category:
        wrong.append("category")
    wrong += references.wrong_fields(attachments, own)
    wrong += [f"attachments.{at}.size" for at, one in enumerate(attachments) if not 0 <= one.size <= _LARGEST_FILE]
    return tuple(wrong)


def _wrong_in_place(place: Place) -> Iterator[str]:
    for name, value, limit in (("latitude", place.latitude, 90), ("longitude", place.longitude, 180)):
        if value is not None and not -limit <= value <= limit:  # also what is not a number
            yield f"place.{name}"
    if (place.latitude is None) != (place.longitude is None):
        yield "place.longitude" if place.longitude is None else "place.latitude"
