"""A reader of lapor.escalations that notes when it gets each event, and what became due when."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from lapor_chassis.clock import wall_seconds
from lapor_deploy.stack import Stack

from tests.bench import wire
from tests.bench.watch import STUCK_SECONDS, Place, Stuck

ESCALATIONS = "lapor.escalations"
LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Arrival:
    """`at`, `stamped`: wall seconds, by this reader and by the writer; `number`: on its topic."""

    kind: str
    number: int
    at: float
    stamped: float


@dataclass
class Reader:
    """What has come, by complaint, in order."""

    found: dict[str, list[Arrival]] = field(default_factory=dict)
    kinds: dict[str, int] = field(default_factory=dict)
    stopping: bool = False

    def count(self, *kinds: str) -> int:
        return sum(self.kinds.get(kind, 0) for kind in kinds)

    def until(self, count: int, *kinds: str) -> None:
        """Raises Stuck where nothing comes any more."""
        seen, moved_at = -1, time.monotonic()
        while seen < count:
            if time.monotonic() - moved_at > STUCK_SECONDS:
                raise Stuck(f"{seen} of {count} {', '.join(kinds)} came")
            time.sleep(LOOK_SECONDS)
            if (now := self.count(*kinds)) != seen:
                seen, moved_at = now, time.monotonic()
        if seen > count:
            raise Stuck(f"{seen} {', '.join(kinds)} came, not {count}")

    def moments(self, *kinds: str) -> list[float]:
        """When the writer had published them, wall seconds."""
        return [a.stamped for arrivals in tuple(self.found.values()) for a in arrivals if a.kind in kinds]

    def arrivals(self, *kinds: str) -> Iterator[tuple[str, Arrival]]:
        for complaint, arrivals in tuple(self.found.items()):
            for arrival in arrivals:
                if arrival.kind in kinds:
                    yield complaint, arrival

    def _run(self, stack: Stack, starts: dict[Place, int]) -> None:
        client = wire.consumer(stack, "oversight", starts)
        try:
            while not self.stopping:
                messages = client.consume(2_000, 0.05)
                now = wall_seconds()
                for message in messages:
                    if message.error():
                        continue
                    headers = dict(message.headers() or ())
                    kind = _name(headers["ce_type"])
                    arrival = Arrival(kind, int(_text(headers["ce_sequence"])), now, message.timestamp()[1] / 1000)
                    self.found.setdefault(_text(headers["ce_subject"]), []).append(arrival)
                    self.kinds[kind] = self.kinds.get(kind, 0) + 1
        finally:
            client.close()


@contextmanager
def reader(stack: Stack, starts: dict[Place, int]) -> Iterator[Reader]:
    """From these ends on."""
    made = Reader()
    thread = threading.Thread(target=made._run, args=(stack, starts))
    thread.start()
    try:
        yield made
    finally:
        made.stopping = True
        thread.join()


def _name(kind: str | bytes | None) -> str:
    """`id.lapor.escalation.superior-told.v1`: `superior-told`."""
    return _text(kind).split(".")[-2]


def _text(value: str | bytes | None) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
