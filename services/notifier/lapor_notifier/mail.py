"""A mail's bytes, as they go to the server.

Written by hand: every part is ours, and `email.message` takes several milliseconds a mail, most of them for
parsing the headers that it was given. The tests read the result with `email`.
"""

from __future__ import annotations

import quopri
from datetime import datetime
from email.header import Header
from email.utils import format_datetime
from uuid import UUID

from lapor_notifier.domain.letter import Text

LINE_LIMIT = 998  # RFC 5322, 2.1.1: without the line's end
SUBJECT_LIMIT = 78 - len("Subject: ")


def message_id(delivery: UUID, domain: str) -> str:
    """The same at every attempt, so that a receiver can drop a repeat."""
    return f"<{delivery}@{domain}>"


def mail_bytes(delivery: UUID, text: Text, *, sender: str, to: str, domain: str, at: datetime) -> bytes:
    """Plain text, 7 bits on the wire whatever is in it. `sender` and `to` were checked (`contact.usable`)."""
    encoding, body = _body(text.body)
    head = (
        f"From: SP4N-LAPOR! <{sender}>",
        f"To: {to}",
        f"Subject: {_subject(text.subject)}",
        f"Date: {format_datetime(at)}",
        f"Message-ID: {message_id(delivery, domain)}",
        "Auto-Submitted: auto-generated",  # RFC 3834: no answering machine answers
        "MIME-Version: 1.0",
        'Content-Type: text/plain; charset="utf-8"',
        f"Content-Transfer-Encoding: {encoding}",
        "",
        "",
    )
    return "\r\n".join(head).encode("ascii") + body


def _subject(subject: str) -> str:
    """In one line (`compose` saw to it); encoded words where it is no ASCII, folded where it is long."""
    if subject.isascii() and len(subject) <= SUBJECT_LIMIT:
        return subject
    charset = "ascii" if subject.isascii() else "utf-8"
    return Header(subject, charset, header_name="Subject").encode(linesep="\r\n")


def _body(text: str) -> tuple[str, bytes]:
    lines = text.splitlines()
    if text.isascii() and max(map(len, lines), default=0) <= LINE_LIMIT:
        return "7bit", "".join(line + "\r\n" for line in lines).encode("ascii")
    encoded = quopri.encodestring("".join(line + "\n" for line in lines).encode("utf-8"))
    return "quoted-printable", encoded.replace(b"\n", b"\r\n")
