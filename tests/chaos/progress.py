"""A line on stderr every few seconds: how far it is."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import dataclass, field

from lapor_chassis.clock import monotonic
from lapor_deploy.stack import SERVICES

from tests.chaos.fire import Fire
from tests.chaos.journal import Watch
from tests.chaos.plan import Plan
from tests.chaos.traffic import Traffic
from tests.chaos.world import World

EVERY_SECONDS = 4.0


def say(line: str) -> None:
    print(f"chaos: {line}", file=sys.stderr, flush=True)


@dataclass
class Progress:
    """`now`: what is being done."""

    world: World
    plan: Plan
    traffic: Traffic
    fire: Fire
    watch: Watch
    now: str = "complaints and kills"
    began: float = field(default_factory=monotonic)

    async def run(self) -> None:
        """For ever."""
        while True:
            await asyncio.sleep(EVERY_SECONDS)
            say(self._line())

    def _line(self) -> str:
        open_ = " ".join(f"{name} {self.watch.unsettled(f'{name}-0')}" for name in SERVICES)
        going_on = ", ".join(sorted(self.fire.going_on)) or "none"
        return (
            f"{monotonic() - self.began:4.0f} s  {self.now}; {self.world.clock.now():%d %b}; "
            f"handed in {self.traffic.handed}/{len(self.plan.complaints)}, answered {self.traffic.settled}; "
            f"kills {self.fire.counted}/{len(self.plan.kills)}, now: {going_on}; "
            f"{self.watch.seen.total()} events; unsettled: {open_}"
        )
