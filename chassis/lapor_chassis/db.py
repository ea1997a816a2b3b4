"""The database as asyncpg gives it: a connection of its own, or one that belongs to a pool."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import asyncpg

if TYPE_CHECKING:
    from asyncpg.pool import PoolConnectionProxy

    Conn: TypeAlias = asyncpg.Connection[asyncpg.Record] | PoolConnectionProxy[asyncpg.Record]
    Pool: TypeAlias = asyncpg.Pool[asyncpg.Record]
else:
    Conn = asyncpg.Connection
    Pool = asyncpg.Pool

IDLE_IN_TRANSACTION_MS = 5_000  # a frozen process must not keep its row locks


async def _keep_session(_conn: asyncpg.Connection[asyncpg.Record]) -> None:
    """asyncpg itself ends a transaction that was left open. What a session keeps beyond that (settings, locks,
    temporary tables) is not used here, and to clear it would be a round trip after each use of a connection."""


async def connect_pool(url: str, name: str, *, size: int = 8) -> Pool:
    """A pool whose sessions lose an idle transaction after some seconds."""
    return await asyncpg.create_pool(
        url,
        min_size=1,
        max_size=size,
        reset=_keep_session,
        command_timeout=60,
        server_settings={
            "application_name": name,
            "idle_in_transaction_session_timeout": str(IDLE_IN_TRANSACTION_MS),
            "timezone": "UTC",
        },
    )
