"""The mails that have arrived, as the local mail server keeps them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from email import policy
from email.parser import BytesParser
from pathlib import Path

DEADLINE_SECONDS = 40.0


@dataclass(frozen=True)
class Mail:
    """`id`: the Message-ID, the same where a mail was sent twice. `kind`: the English half of the subject."""

    id: str
    to: str
    subject: str
    text: str

    @property
    def kind(self) -> str:
        return self.subject.rpartition(" / ")[2]


class Mailbox:
    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._read: dict[Path, Mail] = {}

    def mails(self, to: str | None = None, about: str | None = None) -> list[Mail]:
        """In order of arrival; `about`: a tracking id."""
        for path in sorted(self._folder.glob("*.eml")):
            if path not in self._read:
                self._read[path] = _mail(path.read_bytes())
        return [
            mail
            for _, mail in sorted(self._read.items())
            if to in (None, mail.to) and (about is None or about in mail.subject)
        ]

    async def until(
        self, enough: Callable[[list[Mail]], bool], to: str | None = None, about: str | None = None
    ) -> list[Mail]:
        """Waits until they are enough; AssertionError with what was there after the deadline."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not enough(found := self.mails(to, about)):  # noqa: ASYNC110 - a folder says nothing by itself
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"to {to} about {about}: only {[mail.kind for mail in found]}") from None
        return found


def _mail(raw: bytes) -> Mail:
    message = BytesParser(policy=policy.default).parsebytes(raw)
    body = message.get_body(("plain",))
    text = body.get_content() if body is not None else ""
    return Mail(
        str(message["Message-ID"]).strip("<>").partition("@")[0], str(message["To"]), str(message["Subject"]), text
    )
