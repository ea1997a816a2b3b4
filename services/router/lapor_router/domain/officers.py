"""What officers and deciders write and attach, without anybody's identity: it goes to topics that many read."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lapor_contracts.attachments import wrong_fields
from lapor_contracts.base import Attachment
from lapor_contracts.redaction import redact

from lapor_router.domain.policy import LARGEST_FILE

MAX_TEXT = 19_000  # under a Text's limit, with room for the words that go around it
NO_WORDS = "-"
UNKNOWN_MEDIA_TYPE = "application/octet-stream"
UNKNOWN_SIZE = 0
# No database keeps NUL, and between two digits any of them would hide a number from redaction.
_CONTROLS = {code: None for code in (*range(0x20), *range(0x7F, 0xA0)) if chr(code) not in "\t\n\r"}


def said(text: str) -> str:
    """An officer's words. Never empty: a text of control characters alone says nothing, but is a reply."""
    return redact(text.translate(_CONTROLS))[:MAX_TEXT].strip() or NO_WORDS


def suggested(code: str | None) -> str | None:
    """A code may be written so that it is somebody's number."""
    return code if code is None or redact(code) == code else None


def evidence(attachments: Sequence[Attachment]) -> tuple[Attachment, ...]:
    """All of it: what a reference says too much is replaced by what the file itself says."""
    wrong = set(wrong_fields(attachments))
    return tuple(_kept(attachment, _wrong_of(position, wrong)) for position, attachment in enumerate(attachments))


def _wrong_of(position: int, paths: Iterable[str]) -> set[str]:
    prefix = f"attachments.{position}."
    return {path.removeprefix(prefix) for path in paths if path.startswith(prefix)}


def _kept(attachment: Attachment, wrong: set[str]) -> Attachment:
    return Attachment(
        id=attachment.sha256 if "id" in wrong else attachment.id,
        media_type=UNKNOWN_MEDIA_TYPE if "media_type" in wrong else attachment.media_type,
        size=attachment.size if 0 <= attachment.size <= LARGEST_FILE else UNKNOWN_SIZE,
        sha256=attachment.sha256,
    )
