"""Reading one complaint from this service's own database, for an operator."""

from __future__ import annotations

from uuid import UUID

import asyncpg
from lapor_chassis.subject import Codec

from lapor_escalation.domain.state import Escalation


async def find(url: str, asked: str) -> tuple[UUID, Escalation] | None:
    """`asked`: a tracking id or a complaint id; None where this service knows no such complaint."""
    connection = await asyncpg.connect(url, timeout=5)
    try:
        subject = await _subject(connection, asked)
        if subject is None:
            return None
        row = await connection.fetchrow(
            "select s.*, t.due_at from subject s left join timer t on t.subject = s.id where s.id = $1", subject
        )
    finally:
        await connection.close()
    state = Codec(Escalation).load(row).state if row is not None else None
    return None if state is None else (subject, state)


async def _subject(connection: asyncpg.Connection[asyncpg.Record], asked: str) -> UUID | None:
    if asked.isdigit():
        found: UUID | None = await connection.fetchval("select subject from tracking where tracking_id = $1", asked)
        return found
    try:
        return UUID(asked)
    except ValueError:
        return None
