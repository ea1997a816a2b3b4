"""A mail's bytes, as they go to the server."""

from __future__ import annotations

from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from uuid import UUID

from lapor_notifier.domain.letter import Text

LINE_LIMIT = 998  # RFC 5322, 2.1.1


def message_id(delivery: UUID, domain: str) -> str:
    """The same at every attempt, so that a receiver can drop a repeat."""
    return f"<{delivery}@{domain}>"


def mail_bytes(delivery: UUID, text: Text, *, sender: str, to: str, domain: str, at: datetime) -> bytes:
    """Plain text, 7 bits on the wire whatever is in it."""
    mail = EmailMessage(policy=SMTP)
    mail["From"] = f"SP4N-LAPOR! <{sender}>"
    mail["To"] = to
    mail["Subject"] = text.subject
    mail["Date"] = format_datetime(at)
    mail["Message-ID"] = message_id(delivery, domain)
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers
    plain = text.body.isascii() and max(map(len, text.body.splitlines()), default=0) <= LINE_LIMIT
    mail.set_content(text.body, charset="utf-8", cte="7bit" if plain else "quoted-printable")
    return mail.as_bytes()
