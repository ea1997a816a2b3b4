"""The row of one subject in this service, as it is inside a transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from struct import Struct
from typing import Any, Generic, TypeVar
from uuid import UUID

import msgspec
from lapor_contracts.catalogue import topics

from lapor_chassis.errors import Unreadable
from lapor_chassis.packing import Packing

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
    """States to and from JSON; `state` is a frozen dataclass whose fields have defaults, so that old rows load.

    With `packing` the JSON is packed: half of what a large state costs the database, and less room and log. It is
    for a service that asks its database nothing about the text of its states.
    """

    def __init__(self, state: type[S], packing: Packing | None = None) -> None:
        self._decoder = msgspec.json.Decoder(state)
        self._packing = packing

    def load(self, row: Any) -> Subject[S]:
        """From a row of `subject`."""
        return Subject(
            id=row["id"],
            partition=row["partition"],
            state=None if (text := self.text(row)) is None else self._decoder.decode(text),
            applied=_NUMBERS.decode(row["applied"]),
            written=_NUMBERS.decode(row["written"]),
            due_at=row["due_at"],
            parked=row["parked_at"] is not None,
            has_waiting=row["has_waiting"],
        )

    def text(self, row: Any) -> bytes | None:
        """The JSON of the state in a row of `subject`, packed or not."""
        packed: bytes | None = row["packed"]
        if packed is None:
            plain: str | None = row["plain"]
            return None if plain is None else plain.encode()
        if self._packing is None:
            raise Unreadable("a state is packed, and this version packs none: start the version that wrote it")
        return self._packing.unpack(packed)

    def columns(self, state: S | None) -> tuple[str | None, bytes | None]:
        """`plain` and `packed` of a row: one of them is null."""
        if self._packing is None or state is None:
            return to_json(state), None
        return None, self._packing.pack(msgspec.json.encode(state))


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
