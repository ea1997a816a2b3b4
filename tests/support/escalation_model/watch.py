"""A stopwatch: it counts down minute by minute, and stands still while the complaint is on hold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from tests.support.escalation_model.office import Office

LONGEST = 400 * 24 * 60  # minutes; who waits longer has lost the way
Hold = tuple[int, int | None]


@dataclass
class Watch:
    """`need` minutes from `start` on, of office time or (`plain`) of any. `ran_out`: when nothing was left."""

    start: int
    need: int
    zone: str
    plain: bool = False

    def __post_init__(self) -> None:
        self.rewind()

    def rewind(self) -> None:
        self.at, self.left = self.start, self.need
        self.ran_out: int | None = None

    def run(self, until: int, office: Office, holds: Sequence[Hold]) -> None:
        while self.at < until and self.left > 0:
            counts = self.plain or office.is_open(self.at, self.zone)
            if counts and not any(since <= self.at and (end is None or self.at < end) for since, end in holds):
                self.left -= 1
                if self.left == 0:
                    self.ran_out = self.at + 1
            self.at = self.at + 1 if self.plain else office.following(self.at)
        if self.left == 0:
            self.at = max(self.at, until)

    def runs_out(self, office: Office, holds: Sequence[Hold]) -> int:
        """When it has run out or, should nothing more happen, will. A hold that lasts is not counted."""
        ahead = replace(self)
        ahead.run(self.start + LONGEST, office, [hold for hold in holds if hold[1] is not None])
        assert ahead.ran_out is not None
        return ahead.ran_out


def limit(start: int, value: int, unit: str, zone: str, office: Office) -> Watch:
    """Of a limit: it runs out at 16.00 of the last day, if no hold comes in between."""
    if unit == "calendar_days":
        return Watch(start, office.closing_of_day(start, value, zone) - start, zone, plain=True)
    end = office.last_closing(start, value, zone)
    return Watch(start, office.open_minutes(start, end, zone), zone)
