"""A mail server that takes every mail and counts it, in a process of its own: what it needs can be told apart."""

from __future__ import annotations

import asyncio
import multiprocessing
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.sharedctypes import Synchronized
from pathlib import Path

from aiosmtpd.smtp import SMTP, Envelope, Session
from lapor_deploy.embedded.ports import LOOPBACK, accepts
from lapor_deploy.embedded.program import wait_until

START_SECONDS = 15.0
_NO_LOG = Path("/dev/null")


class Counting:
    """The handler of aiosmtpd."""

    def __init__(self, mails: Synchronized[int]) -> None:
        self._mails = mails

    async def handle_DATA(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        self._mails.value += 1  # nobody else writes it
        return "250 OK"


@dataclass
class Sink:
    """`mails` and `connections`: so far; one of these only looked whether it answers."""

    pid: int
    _mails: Synchronized[int]
    _connections: Synchronized[int]

    @property
    def mails(self) -> int:
        return int(self._mails.value)

    @property
    def connections(self) -> int:
        return int(self._connections.value)


@contextmanager
def sink(port: int) -> Iterator[Sink]:
    """Takes mail on this port."""
    spawned = multiprocessing.get_context("spawn")
    mails, connections = spawned.Value("q", 0), spawned.Value("q", 0)
    process = spawned.Process(target=_run, args=(port, mails, connections), daemon=True)
    process.start()
    try:
        wait_until(
            lambda: accepts(LOOPBACK, port, 0.5), process.is_alive, "the bench's mail server", _NO_LOG, START_SECONDS
        )
        yield Sink(int(process.pid or 0), mails, connections)
    finally:
        process.terminate()
        process.join()


def _run(port: int, mails: Synchronized[int], connections: Synchronized[int]) -> None:
    asyncio.run(_serve(port, mails, connections))


async def _serve(port: int, mails: Synchronized[int], connections: Synchronized[int]) -> None:
    loop, handler = asyncio.get_running_loop(), Counting(mails)

    def session() -> SMTP:
        connections.value += 1
        return SMTP(handler, enable_SMTPUTF8=True, hostname="localhost", loop=loop)

    server = await loop.create_server(session, LOOPBACK, port)
    await server.serve_forever()
