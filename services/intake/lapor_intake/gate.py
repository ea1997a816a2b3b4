"""Who shows the right access code may act on a complaint; wrong ones are counted and slowed down."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil
from uuid import UUID

from lapor_chassis.db import Conn

from lapor_intake import postgres
from lapor_intake.domain.access import matches
from lapor_intake.domain.attempts import wait_after
from lapor_intake.domain.tracking import is_tracking_id


@dataclass(frozen=True, slots=True)
class Denied:
    """The same for an unknown tracking id and for a wrong code. `wait`: seconds until the next look."""

    wait: int = 0


async def admit(conn: Conn, access_key: bytes, shown: Sequence[tuple[str, str]]) -> list[UUID | Denied]:
    """For each tracking id and code the complaint. Call it inside a transaction."""
    ids = sorted({tracking_id for tracking_id, _ in shown if is_tracking_id(tracking_id)})
    if not ids:
        return [Denied() for _ in shown]
    complaints = await postgres.complaints_of(conn, ids)
    attempts = await postgres.load_attempts(conn, ids)
    answers = [
        _look(access_key, complaints.get(tracking_id), code, attempts[tracking_id])
        if tracking_id in attempts
        else Denied()
        for tracking_id, code in shown
    ]
    await postgres.save_attempts(conn, attempts)
    return answers


def _look(access_key: bytes, complaint: UUID | None, code: str, attempts: postgres.Attempts) -> UUID | Denied:
    if attempts.blocked > 0:
        return Denied(ceil(attempts.blocked))
    if complaint is not None and matches(access_key, complaint, code):
        attempts.right = True
        return complaint
    matches(access_key, None, code)  # as long as for a complaint that exists
    attempts.added += 1
    attempts.blocked = wait_after(attempts.failures + attempts.added)
    return Denied(ceil(attempts.blocked))
