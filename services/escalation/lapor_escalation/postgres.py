"""Reading complaints from this service's own database, for an operator."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Final
from uuid import UUID

import asyncpg

from lapor_escalation.domain.state import Escalation
from lapor_escalation.packed import codec

FETCHED: Final = 500
_OPEN: Final = "select * from subject where due_at is not null order by id"


async def find(url: str, asked: str) -> tuple[UUID, Escalation, bytes] | None:
    """`asked`: a tracking id or a complaint id; None where this service knows no such complaint.
    With its state as it stands there, in JSON."""
    connection = await asyncpg.connect(url, timeout=5)
    try:
        subject = await _subject(connection, asked)
        if subject is None:
            return None
        row = await connection.fetchrow("select * from subject where id = $1", subject)
    finally:
        await connection.close()
    reads = codec()
    if row is None or (text := reads.text(row)) is None:
        return None
    state = reads.load(row).state
    return None if state is None else (subject, state, text)


async def _subject(connection: asyncpg.Connection[asyncpg.Record], asked: str) -> UUID | None:
    if asked.isdigit():
        found: UUID | None = await connection.fetchval("select subject from tracking where tracking_id = $1", asked)
        return found
    try:
        return UUID(asked)
    except ValueError:
        return None


async def open_complaints(url: str) -> AsyncIterator[Escalation]:
    """Every complaint that has a deadline, one by one, as they all were at one moment; nothing is locked."""
    connection = await asyncpg.connect(url, timeout=5)
    reads = codec()
    try:
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            async for row in connection.cursor(_OPEN, prefetch=FETCHED):
                state = reads.load(row).state
                if state is not None:
                    yield state
    finally:
        await connection.close()
