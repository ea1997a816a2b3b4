"""The row of one subject in this service, as it is inside a transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from aiokafka.partitioner import murmur2
from lapor_contracts.catalogue import topics

S = TypeVar("S")
CORE_PARTITIONS = next(topic.partitions for topic in topics() if topic.kind == "core")
_NUMBERS = msgspec.json.Decoder(dict[str, int])


@dataclass(slots=True)
class Subject(Generic[S]):
    """`state` None: this service knows nothing of it yet. `due_at`: the next deadline, on the domain clock."""

    id: UUID
    partition: int
    state: S | None = None
    applied: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    due_at: datetime | None = None
    parked: bool = False
    has_waiting: bool = False
    touched: bool = False
    loaded_due_at: datetime | None = None


class Codec(Generic[S]):
    """States to and from JSON; `state` is a frozen dataclass whose fields have defaults, so that old rows load."""

    def __init__(self, state: type[S]) -> None:
        self._decoder = msgspec.json.Decoder(state)

    def load(self, row: Any, due_at: datetime | None = None) -> Subject[S]:
        """From a row of `subject` and its timer."""
        return Subject(
            id=row["id"],
            partition=row["partition"],
            state=None if row["state"] is None else self._decoder.decode(row["state"]),
            applied=_NUMBERS.decode(row["applied"]),
            written=_NUMBERS.decode(row["written"]),
            due_at=due_at,
            parked=row["parked_at"] is not None,
            has_waiting=row["has_waiting"],
            loaded_due_at=due_at,
        )


def to_json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


@lru_cache(maxsize=65_536)
def partition_of(subject: UUID) -> int:
    """The partition on every core topic: Kafka's default partitioner, for the key is the id as text."""
    return int((murmur2(str(subject).encode()) & 0x7FFFFFFF) % CORE_PARTITIONS)
