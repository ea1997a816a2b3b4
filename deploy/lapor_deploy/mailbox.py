"""A real SMTP server that keeps each mail as a file: where the mails of a local stack arrive.

`python -m lapor_deploy.mailbox --port 2525 --dir mail`. The names sort in order of arrival; a file is
there whole or not at all. It forwards nothing and accepts connections of this machine only.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import signal
import time
from datetime import UTC, datetime
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session

from lapor_deploy.embedded.ports import LOOPBACK

MOST_BYTES = 10_000_000


class Keeper:
    """The handler of aiosmtpd: writes what was received, with the envelope in front as mail servers do."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._folder = folder
        self._numbers = itertools.count(1)

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Answer 250 only once the mail is there."""
        content = envelope.content or b""
        body = content if isinstance(content, bytes) else content.encode("utf-8")
        head = [f"Return-Path: <{envelope.mail_from}>", *(f"Delivered-To: {to}" for to in envelope.rcpt_tos)]
        name = self._name()
        # Not named as a mail is: a pattern as `*.eml` finds hidden files too, and this one goes away.
        draft = self._folder / f".{name}.part"
        draft.write_bytes("".join(f"{line}\r\n" for line in head).encode("utf-8") + body)
        draft.rename(self._folder / name)
        return f"250 OK kept as {name}"

    def _name(self) -> str:
        seconds, nanoseconds = divmod(time.time_ns(), 1_000_000_000)
        moment = datetime.fromtimestamp(seconds, UTC).strftime("%Y%m%dT%H%M%S")
        return f"{moment}.{nanoseconds // 1000:06d}Z-{next(self._numbers):06d}.eml"


async def serve(port: int, folder: Path) -> None:
    """Until SIGTERM or SIGINT."""
    keeper, loop, stop = Keeper(folder), asyncio.get_running_loop(), asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)

    def session() -> SMTP:
        return SMTP(keeper, enable_SMTPUTF8=True, data_size_limit=MOST_BYTES, hostname="localhost", loop=loop)

    server = await loop.create_server(session, LOOPBACK, port)
    print(f"mailbox: listening on {LOOPBACK}:{port}, mails are kept in {folder}", flush=True)
    await stop.wait()
    server.close()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    arguments = parser.parse_args()
    asyncio.run(serve(arguments.port, arguments.dir))


if __name__ == "__main__":
    main()
