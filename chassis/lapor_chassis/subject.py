"""The row of one subject in this service, as it is inside a transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from struct import Struct
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from lapor_contracts.catalogue import topics

S = TypeVar("S")
CORE_PARTITIONS = next(topic.partitions for topic in topics() if topic.kind == "core")
_NINE_WORDS = Struct("<9I")
_MIX, _32_BITS = 0x5BD1E995, 0xFFFFFFFF
_NUMBERS = msgspec.json.Decoder(dict[str, int])


@dataclass(slots=True)
class Subject(Generic[S]):
    """`state` None: this service knows nothing of it yet. `due_at`: the next deadline, on the domain clock.

    `new`: it has no row yet; two transactions may both believe that, and the second is tried again.
    """

    id: UUID
    partition: int
    state: S | None = None
    applied: dict[str, int] = field(default_factory=dict)
    written: dict[str, int] = field(default_factory=dict)
    due_at: datetime | None = None
    parked: bool = False
    has_waiting: bool = False
    touched: bool = False
    new: bool = False


class Codec(Generic[S]):
    """States to and from JSON; `state` is a frozen dataclass whose fields have defaults, so that old rows load."""

    def __init__(self, state: type[S]) -> None:
        self._decoder = msgspec.json.Decoder(state)

    def load(self, row: Any) -> Subject[S]:
        """From a row of `subject`."""
        return Subject(
            id=row["id"],
            partition=row["partition"],
            state=None if row["state"] is None else self._decoder.decode(row["state"]),
            applied=_NUMBERS.decode(row["applied"]),
            written=_NUMBERS.decode(row["written"]),
            due_at=row["due_at"],
            parked=row["parked_at"] is not None,
            has_waiting=row["has_waiting"],
        )


def to_json(value: Any) -> str | None:
    return None if value is None else msgspec.json.encode(value).decode()


def partition_of(subject: UUID) -> int:
    """The partition on every core topic: Kafka's default partitioner, for the key is the id as text."""
    return (_murmur2(str(subject).encode()) & 0x7FFFFFFF) % CORE_PARTITIONS


def _murmur2(key: bytes) -> int:
    """Kafka's hash of the 36 bytes of a UUID's text; the client library's, for any length, takes six times as long."""
    hashed = 0x9747B28C ^ len(key)
    for word in _NINE_WORDS.unpack(key):
        mixed = word * _MIX & _32_BITS
        hashed = hashed * _MIX & _32_BITS ^ (mixed ^ mixed >> 24) * _MIX & _32_BITS
    hashed = (hashed ^ hashed >> 13) * _MIX & _32_BITS
    return hashed ^ hashed >> 15
