"""Which references to evidence could hold an identity: a file's name often says who made it, or whom it shows.

One rule for intake (what reporters hand in) and the router (what officers send). Gives paths, never values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from uuid import UUID

from lapor_contracts.base import Attachment
from lapor_contracts.redaction import redactor

_MEDIA_TYPE = re.compile(r"[a-z]{2,20}/[a-zA-Z0-9.+-]{1,100}")
_HEX = re.compile(r"[0-9a-fA-F]{32,}")
_SERIAL = re.compile(r"[a-zA-Z]{0,2}[-_.]?[0-9]{1,6}")
# What evidence usually is; names from IANA's media type registry.
KNOWN_MEDIA_TYPES = frozenset(
    {
        "application/geo+json", "application/json", "application/msword", "application/octet-stream",
        "application/pdf", "application/rtf", "application/vnd.ms-excel", "application/vnd.ms-powerpoint",
        "application/vnd.oasis.opendocument.spreadsheet", "application/vnd.oasis.opendocument.text",
        "application/vnd.openxmlformats-officedocument.presentationml.presentation",
        "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "application/xml",
        "application/zip", "audio/aac", "audio/amr", "audio/mp4", "audio/mpeg", "audio/ogg", "audio/wav",
        "audio/webm", "image/bmp", "image/gif", "image/heic", "image/heif", "image/jpeg", "image/png",
        "image/svg+xml", "image/tiff", "image/webp", "text/csv", "text/plain", "video/3gpp", "video/mp4",
        "video/mpeg", "video/ogg", "video/quicktime", "video/webm",
    }
)  # fmt: skip


def wrong_fields(attachments: Sequence[Attachment], own: Sequence[str] | None = None) -> tuple[str, ...]:
    """Paths like `attachments.0.id` and `attachments.0.media_type` that could hold an identity.

    `own`: the reporter's values; what redaction would take out is wrong. None: whose names could stand there
    is not known (officers), so only references that say nothing pass (a UUID, hex digits, a short serial number)
    and only media types that are known.
    """
    if not attachments:
        return ()
    says_something = _known_or_nothing if own is None else _redacted(redactor(own))
    return tuple(
        f"attachments.{position}.{name}"
        for position, attachment in enumerate(attachments)
        for name in says_something(attachment)
    )


def _known_or_nothing(attachment: Attachment) -> Iterator[str]:
    if not _is_opaque(attachment.id) and not _SERIAL.fullmatch(attachment.id):
        yield "id"
    if attachment.media_type not in KNOWN_MEDIA_TYPES:
        yield "media_type"


def _redacted(redact: Callable[[str], str]) -> Callable[[Attachment], Iterator[str]]:
    def wrong(attachment: Attachment) -> Iterator[str]:
        if not _is_opaque(attachment.id) and redact(attachment.id) != attachment.id:
            yield "id"
        if not _MEDIA_TYPE.fullmatch(attachment.media_type) or redact(attachment.media_type) != attachment.media_type:
            yield "media_type"

    return wrong


def _is_opaque(text: str) -> bool:
    if _HEX.fullmatch(text):
        return True
    try:
        return str(UUID(text)) == text.lower()
    except ValueError:
        return False
