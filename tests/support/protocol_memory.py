"""`lapor_chassis.store` over dictionaries, so that the real Inbound and Batch can be driven thousands of times.

What a batch writes is there when it is flushed, and not when it is not: as with a transaction.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import pytest
from lapor_chassis import store
from lapor_chassis.batch import Batch, OutboxRow
from lapor_chassis.record import Record
from lapor_chassis.store import DeadRow
from lapor_chassis.subject import Codec, Subject, to_json

NOW = datetime(2026, 1, 5, 9, 0, tzinfo=UTC)
Place = tuple[str, int, int]


@dataclass
class Memory:
    """A service's database."""

    subjects: dict[UUID, dict[str, Any]] = field(default_factory=dict)
    waiting: dict[int, tuple[UUID, Record]] = field(default_factory=dict)
    dead: dict[Place, DeadRow] = field(default_factory=dict)
    outbox: list[OutboxRow] = field(default_factory=list)
    tallies: dict[tuple[str, int], list[int]] = field(default_factory=dict)
    arrivals: int = 0

    @property
    def timers(self) -> dict[UUID, datetime]:
        return {subject: row["due_at"] for subject, row in self.subjects.items() if row["due_at"] is not None}

    def batch(self, codec: Codec[Any]) -> Batch[Any]:
        conn: Any = _Settling()
        return Batch(
            conn=conn, codec=codec, source="urn:lapor:test", now=NOW, day=NOW.date(), next_seq=len(self.outbox) + 1
        )

    async def lock_subjects(self, _: Any, ids: Sequence[UUID]) -> list[Any]:
        return [self.subjects[subject] for subject in ids if subject in self.subjects]

    async def save_subjects(self, _: Any, subjects: Sequence[Subject[Any]], codec: Codec[Any]) -> None:
        for subject in subjects:
            assert subject.new == (subject.id not in self.subjects)
            plain, packed = codec.columns(subject.state)
            self.subjects[subject.id] = {
                "id": subject.id, "partition": subject.partition,
                "plain": plain, "packed": packed, "applied": to_json(subject.applied),
                "written": to_json(subject.written), "parked_at": NOW if subject.parked else None,
                "has_waiting": subject.has_waiting, "due_at": subject.due_at,
            }  # fmt: skip

    async def save_waiting(
        self, _: Any, came: Sequence[tuple[UUID, Record]], waited: Sequence[tuple[UUID, int]]
    ) -> None:
        for subject, arrival in waited:
            assert self.waiting.pop(arrival)[0] == subject
        for subject, record in came:
            if record.position not in {kept.position for _, kept in self.waiting.values()}:
                self.arrivals += 1
                self.waiting[self.arrivals] = (subject, replace(record, arrival=self.arrivals))

    async def load_waiting(self, _: Any, ids: Sequence[UUID]) -> dict[UUID, list[Record]]:
        found: dict[UUID, list[Record]] = {}
        for _arrival, (subject, record) in sorted(self.waiting.items()):
            if subject in ids:
                found.setdefault(subject, []).append(record)
        return found

    async def buried(self, _: Any, records: Sequence[Record]) -> set[Place]:
        return {record.position for record in records} & self.dead.keys()

    async def save_dead_letters(self, _: Any, dead: Sequence[DeadRow]) -> None:
        for row in dead:
            self.dead.setdefault(row.record.position, row)

    async def save_outbox(self, _: Any, __: int, ___: date, rows: Sequence[OutboxRow]) -> None:
        self.outbox += rows
        assert [row.seq for row in self.outbox] == list(range(1, len(self.outbox) + 1))

    async def save_tallies(self, _: Any, __: int, tallies: Mapping[tuple[str, int], list[int]]) -> None:
        for where, (subjects, events) in tallies.items():
            had = self.tallies.setdefault(where, [0, 0])
            had[0] += subjects
            had[1] += events


@contextmanager
def instead_of_store(memory: Memory) -> Iterator[Memory]:
    with pytest.MonkeyPatch.context() as patch:
        for name in (
            "lock_subjects", "save_subjects", "save_waiting", "load_waiting", "buried",
            "save_dead_letters", "save_outbox", "save_tallies",
        ):  # fmt: skip
            patch.setattr(store, name, getattr(memory, name))
        yield memory


class _Settling:
    """The connection of a batch: only the closing of a dead letter is told to it directly."""

    async def execute(self, *_: object) -> str:
        return "UPDATE 1"
