"""What the run writes down, and the outside reader that sees, while it runs, which work is unsettled."""

from __future__ import annotations

import asyncio
import json
import re
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError
from lapor_chassis import kafka as _cured  # noqa: F401 - aiokafka's fetching after an outage, mended there
from lapor_chassis.clock import monotonic, wall_now, wall_seconds
from lapor_contracts import assignments, complaints, escalations, notifications
from lapor_deploy.errors import LaporError
from lapor_deploy.outsider import CORE, Read, consuming, read
from lapor_deploy.stack import SERVICES, Stack

AGAIN_SECONDS = 0.3
TITLE = "laporan nomor {n}"
_NUMBER = re.compile(r"laporan nomor (\d+)$")
Record = ConsumerRecord[Any, Any]


def number_of(title: str) -> int | None:
    """Which complaint of the plan it is."""
    found = _NUMBER.search(title)
    return int(found[1]) if found else None


class Book:
    """A file of JSON objects, one a line, each on the disk when it is written."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("w", encoding="utf-8")
        self.lines = 0

    def write(self, **line: object) -> None:
        self._file.write(json.dumps(line, ensure_ascii=False) + "\n")
        self._file.flush()
        self.lines += 1


class Books:
    """`handed`, `said` and `kills` are what the reckoning reads; `exits` tells who ended how."""

    def __init__(self, folder: Path) -> None:
        self.handed, self.said, self.kills, self.exits = (
            Book(folder / f"{name}.jsonl") for name in ("handed", "said", "kills", "exits")
        )

    def exit(self, name: str, code: int) -> None:
        self.exits.write(at=wall_now().isoformat(), what=name, code=code)


async def follow(stack: Stack, principal: str, names: Sequence[str], take: Callable[[Record], None]) -> None:
    """For ever, every record from the first on; after an outage it goes on where it was."""
    done: dict[TopicPartition, int] = {}
    while True:
        try:
            async with consuming(stack, principal, names) as consumer:
                for partition, offset in done.items():
                    consumer.seek(partition, offset)
                while True:
                    for partition, records in (await consumer.getmany(timeout_ms=100)).items():
                        for record in records:
                            take(record)
                        done[partition] = records[-1].offset + 1
        except (KafkaError, LaporError):
            await asyncio.sleep(AGAIN_SECONDS)


@dataclass
class Stage:
    """One service's work from outside: when each piece began and when it was through, in wall seconds."""

    begun: dict[object, float] = field(default_factory=dict)
    ended: dict[object, float] = field(default_factory=dict)
    open: set[object] = field(default_factory=set)

    def begin(self, piece: object, at: float) -> None:
        if self.begun.setdefault(piece, at) == at and piece not in self.ended:
            self.open.add(piece)

    def end(self, piece: object, at: float) -> None:
        self.ended.setdefault(piece, at)
        self.open.discard(piece)

    def open_at(self, moment: float) -> int:
        """How many pieces had begun by then and were not through."""
        return sum(at <= moment and self.ended.get(piece, moment + 1) > moment for piece, at in self.begun.items())


class Watch:
    """Reads the core topics as oversight does."""

    def __init__(self, stack: Stack) -> None:
        self.stages = {name: Stage() for name in SERVICES}
        self.seen: Counter[str] = Counter()
        self.last_event_at = monotonic()
        self._stack = stack

    async def run(self) -> None:
        await follow(self._stack, "oversight", CORE, self._take)

    def handing_in(self, n: int) -> None:
        self.stages["intake"].begin(n, wall_seconds())

    def refused(self, n: int) -> None:
        self.stages["intake"].end(n, wall_seconds())

    def unsettled(self, what: str, at: float | None = None) -> int:
        """Pieces of this service; of broker and database all services'. `at`: then, None: as far as is known now."""
        service = what.rpartition("-")[0]
        stages = [self.stages[service]] if service in self.stages else list(self.stages.values())
        return sum(len(stage.open) if at is None else stage.open_at(at) for stage in stages)

    def _take(self, record: Record) -> None:
        found = read(record)
        if found is None:
            return
        self.last_event_at = monotonic()
        self.seen[found.name] += 1
        self._settle(found, record.timestamp / 1000)

    def _settle(self, found: Read, at: float) -> None:
        complaint, event = found.envelope.subject, found.event
        if found.topic == "lapor.assignments":
            self.stages["router"].end(complaint, at)
        elif found.topic == "lapor.escalations":
            self.stages["escalation"].end(complaint, at)
        match event:
            case complaints.Registered():
                self._registered(complaint, event, at)
            case assignments.Assigned():
                self.stages["escalation"].begin((complaint, found.envelope.number), at)
            case escalations.ClockStarted(assignment=int() as number, limit=limit) if limit.rule == "first_response":
                self.stages["escalation"].end((complaint, number), at)
            case notifications.Queued():
                self.stages["notifier"].begin(event.delivery, at)
                self.stages["notifier"].end(complaint, at)
            case notifications.Sent() | notifications.Failed() | notifications.Replaced():
                self.stages["notifier"].end(event.delivery, at)

    def _registered(self, complaint: str, event: complaints.Registered, at: float) -> None:
        if (n := number_of(event.title)) is not None:
            self.stages["intake"].end(n, at)
        self.stages["escalation"].begin(complaint, at)
        if event.complete:
            self.stages["router"].begin(complaint, at)
        if event.has_contact:
            self.stages["notifier"].begin(complaint, at)
