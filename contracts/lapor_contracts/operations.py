"""What the services tell their operators: lapor.tallies and lapor.dlq.<service>."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from lapor_contracts.base import Event, Instant, Line


class Tally(Event):
    """So many subjects, and so many events (the sum of their last numbers), had been committed for
    `topic` and `partition` when `as_of` (wall clock) was: whoever counts fewer on the topic after
    `oldest_unpublished_seconds` is 0 has lost some."""

    type: ClassVar[str] = "id.lapor.tally.v1"

    service: Line
    topic: Line
    partition: int
    subjects: int
    events: int
    as_of: Instant
    oldest_unpublished_seconds: float


class DeadLetter(Event):
    """What a service could not process. From an edge topic: where it is, never what it holds."""

    type: ClassVar[str] = "id.lapor.dead-letter.v1"

    service: Line
    topic: Line
    partition: int
    offset: int
    event_id: Line | None
    subject: UUID | None
    number: int | None
    reason: Line
    field: Line | None
