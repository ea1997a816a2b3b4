"""Two clocks: the wall's, and the domain's, which a simulation may run faster.

`LAPOR_CLOCK=<start>@<wall anchor>x<speed>`: at the wall time `anchor` the domain's time was `start`, and
`speed` domain seconds pass in a wall second. The same formula in every process, so they agree.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta


@dataclass(frozen=True, slots=True)
class DomainClock:
    """Without arguments: the wall's time."""

    start: datetime | None = None
    anchor: datetime | None = None
    speed: float = 1.0

    @classmethod
    def parse(cls, text: str) -> DomainClock:
        """Raises ValueError with what is expected."""
        if not text:
            return cls()
        try:
            start, _, rest = text.partition("@")
            anchor, _, speed = rest.rpartition("x")
            clock = cls(datetime.fromisoformat(start), datetime.fromisoformat(anchor), float(speed))
        except ValueError:
            raise ValueError("expected <start>@<wall anchor>x<speed>, times in ISO 8601 with zone") from None
        if clock.start is None or clock.start.tzinfo is None or clock.anchor is None or clock.anchor.tzinfo is None:
            raise ValueError("the times of a clock need a zone, such as +00:00")
        if not 0 < clock.speed < math.inf:
            raise ValueError("the speed of a clock must be a number above 0")
        return clock

    @property
    def simulated(self) -> bool:
        return self.start is not None

    def at(self, wall: datetime) -> datetime:
        """The domain's time at a wall time."""
        if self.start is None or self.anchor is None:
            return wall
        return self.start + (wall - self.anchor) * self.speed

    def wall_at(self, domain: datetime) -> datetime:
        """The wall's time at a domain time."""
        if self.start is None or self.anchor is None:
            return domain
        return self.anchor + (domain - self.start) / self.speed

    def now(self) -> datetime:
        return self.at(wall_now())

    def __str__(self) -> str:
        if self.start is None or self.anchor is None:
            return ""
        speed = repr(self.speed).removesuffix(".0")  # exact: it is read again by other processes
        return f"{self.start.isoformat()}@{self.anchor.isoformat()}x{speed}"


def wall_now() -> datetime:
    """For leases, back-off, alarms, outbox days, ids."""
    return datetime.now(UTC)


def wall_seconds() -> float:
    return time.time()


def from_broker(timestamp_ms: int) -> datetime:
    """A record's time as a wall time."""
    return datetime.fromtimestamp(timestamp_ms / 1000, UTC)


def monotonic() -> float:
    return time.monotonic()


DAY = timedelta(days=1)
