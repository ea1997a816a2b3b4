"""Three kinds of failure: invalid input, a passing outage, and bugs (anything else)."""

from __future__ import annotations

import asyncio
import traceback

import asyncpg
from aiokafka.errors import KafkaError


class Invalid(Exception):  # noqa: N818 - a kind of message
    """This input can never be processed: it becomes a dead letter.

    `reason` is a code (metrics, receipts), `field` a path into the body; never what stood there.
    """

    def __init__(self, reason: str, field: str | None = None) -> None:
        super().__init__(reason if field is None else f"{reason}: {field}")
        self.reason = reason
        self.field = field


class Transient(Exception):  # noqa: N818 - a kind of message
    """Try again; `delay` in seconds where the raiser knows better than the back-off."""

    def __init__(self, why: str, delay: float | None = None) -> None:
        super().__init__(why)
        self.delay = delay


class LaneLost(Exception):  # noqa: N818 - a kind of message
    """Another process took this one for dead and adopted its lane: stop, at once."""


class Stalled(Exception):  # noqa: N818 - a kind of message
    """A consumer stands still although there is something to read: only a new process can help."""


class Unreadable(Exception):  # noqa: N818 - a kind of message
    """A newer version wrote this row: this one must not go on."""


class TooManyDeadLetters(Exception):  # noqa: N818 - a kind of message
    """A bad deploy must not empty a topic into the dead letters: stop, loudly."""


_TRANSIENT: tuple[type[BaseException], ...] = (
    Transient,
    OSError,
    TimeoutError,
    asyncio.TimeoutError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,
    asyncpg.PostgresConnectionError,
    asyncpg.CannotConnectNowError,
    asyncpg.AdminShutdownError,
    asyncpg.CrashShutdownError,
    asyncpg.QueryCanceledError,
    asyncpg.DeadlockDetectedError,
    asyncpg.SerializationError,
    asyncpg.TooManyConnectionsError,
    asyncpg.IdleInTransactionSessionTimeoutError,
    asyncpg.OutOfMemoryError,
    asyncpg.DiskFullError,
)


def is_transient(error: BaseException) -> bool:
    """Whether waiting may cure it. asyncpg's "cannot switch to state" comes as a plain Exception."""
    if isinstance(error, KafkaError):
        return bool(error.retriable)
    return isinstance(error, _TRANSIENT) or "cannot switch to state" in str(error)


def described(error: BaseException) -> dict[str, str]:
    """For the log: what and where. The message only of our own errors: others' may quote a body or a row."""
    ours = isinstance(error, LaneLost | Stalled | Unreadable | TooManyDeadLetters | Invalid | Transient)
    where = "".join(traceback.format_tb(error.__traceback__)[-12:])
    return {"error": type(error).__name__, "where": where, **({"reason": str(error)} if ours else {})}
