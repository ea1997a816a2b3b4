"""Kept connections to the mail server, and what its answers mean. Its words are never logged: they may name
a recipient."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal
from urllib.parse import unquote, urlsplit
from uuid import UUID

import aiosmtplib
from lapor_chassis.clock import monotonic
from lapor_chassis.logging import get_logger
from pydantic import SecretStr

Answer = Literal["sent", "refused", "later", "unreachable"]
# Servers close what is idle (RFC 5321 says after 5 minutes, many after less): a mail that finds its
# connection closed half way could have arrived, so an old connection is not trusted with one.
IDLE_SECONDS = 10.0
log = get_logger("lapor.smtp")


@dataclass(frozen=True, slots=True)
class Mail:
    delivery: UUID
    to: str
    body: bytes


class Unreachable(Exception):  # noqa: N818 - a state of the server
    """No connection, or the server does not let us in: not the fault of any one mail."""


class Connection:
    """One connection, kept while it works."""

    def __init__(self, url: SecretStr, sender: str, time_out: timedelta) -> None:
        self._url = url
        self._sender = sender
        self._time_out = time_out.total_seconds()
        self._client: aiosmtplib.SMTP | None = None
        self._used_at = 0.0

    async def send(self, mail: Mail) -> Answer:
        try:
            client = await self._connected()
            await client.sendmail(self._sender, [mail.to], mail.body)
        except Unreachable:
            return "unreachable"
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            return await self._after(error)
        self._used_at = monotonic()
        return "sent"

    async def _after(self, error: Exception) -> Answer:
        code = _code(error)
        answer = meaning(error, code)
        if code is None or code == 421 or answer == "unreachable":
            self._drop()
        self._used_at = monotonic()
        log.warning("mail not taken", code=code, kind=type(error).__name__, answer=answer)
        return answer

    async def _connected(self) -> aiosmtplib.SMTP:
        stale = monotonic() - self._used_at > IDLE_SECONDS
        if self._client is not None and self._client.is_connected and not stale:
            return self._client
        self._drop()
        self._client = client_of(self._url, self._time_out)
        try:
            await self._client.connect()
        except (aiosmtplib.SMTPException, OSError, TimeoutError) as error:
            self._drop()
            log.warning("mail server cannot be reached", code=_code(error), kind=type(error).__name__)
            raise Unreachable from None
        return self._client

    def _drop(self) -> None:
        if self._client is not None:
            self._client.close()
            self._client = None

    async def close(self) -> None:
        if self._client is not None and self._client.is_connected:
            with suppress(aiosmtplib.SMTPException, OSError, TimeoutError):
                await self._client.quit(timeout=2)
        self._drop()


def client_of(url: SecretStr, time_out: float) -> aiosmtplib.SMTP:
    """STARTTLS is used where a server of `smtp://` offers it."""
    parts = urlsplit(url.get_secret_value())
    return aiosmtplib.SMTP(
        hostname=parts.hostname,
        port=parts.port,
        username=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        use_tls=parts.scheme == "smtps",
        timeout=time_out,
    )


def _code(error: Exception) -> int | None:
    """The server's code; None where there was no answer."""
    if isinstance(error, aiosmtplib.SMTPRecipientsRefused):
        return error.recipients[0].code if error.recipients else None
    return error.code if isinstance(error, aiosmtplib.SMTPResponseException) else None


def meaning(error: Exception, code: int | None) -> Answer:
    """5xx to the recipient or the content is final. To our own sender address or password it is our fault and
    no mail's: everything waits until that is put right."""
    if isinstance(error, aiosmtplib.SMTPSenderRefused | aiosmtplib.SMTPAuthenticationError):
        return "unreachable" if code is not None and code >= 500 else "later"
    return "refused" if code is not None and code >= 500 else "later"


class Connections:
    """A few connections side by side."""

    def __init__(self, connections: Sequence[Connection]) -> None:
        self._connections = connections
        self._stopped = False

    def stop(self) -> None:
        """What is on its way ends; nothing more is begun."""
        self._stopped = True

    async def send(self, mails: Sequence[Mail], window: timedelta) -> dict[UUID, Answer]:
        """Each mail's answer. Not in it: not tried, for the server went away or `window` was over."""
        answers: dict[UUID, Answer] = {}
        waiting = iter(mails)
        ends = monotonic() + window.total_seconds()
        reachable = True

        async def work(connection: Connection) -> None:
            nonlocal reachable
            while reachable and not self._stopped and monotonic() < ends:
                mail = next(waiting, None)
                if mail is None:
                    return
                answers[mail.delivery] = await connection.send(mail)
                reachable = reachable and answers[mail.delivery] != "unreachable"

        await asyncio.gather(*(work(connection) for connection in self._connections[: len(mails)]))
        return answers

    async def close(self) -> None:
        await asyncio.gather(*(connection.close() for connection in self._connections))
