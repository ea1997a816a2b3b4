"""What happens to the instances: one is killed, the other is killed, a third one joins and leaves again, and so on."""

from __future__ import annotations

import asyncio
import signal
from dataclasses import dataclass, field
from functools import partial

from lapor_chassis.clock import monotonic

from tests.chaos.world import Part, World
from tests.simulate.world import GUEST, INSTANCES, SERVICE, is_ready, service

STAYS_SECONDS = 12.0  # the guest, once it is ready
READY_SECONDS = 60.0
LOOK_SECONDS = 0.1


@dataclass
class Fire:
    """`every`: seconds from one trouble to the next."""

    world: World
    every: float
    kills: int = 0
    rebalances: int = 0
    slow: list[str] = field(default_factory=list)

    async def run(self) -> None:
        """For ever."""
        turn = 0
        while True:
            began = monotonic()
            if turn % (INSTANCES + 1) < INSTANCES:
                await self._kill(f"{SERVICE}-{turn % (INSTANCES + 1)}")
            else:
                await self._guest()
            turn += 1
            await asyncio.sleep(max(0.0, self.every - (monotonic() - began)))

    async def _kill(self, name: str) -> None:
        if not self.world.alive(name):
            return
        self.world.signal(name, signal.SIGKILL)
        self.kills += 1
        while self.world.alive(name):  # noqa: ASYNC110 - a process says nothing when it ends
            await asyncio.sleep(LOOK_SECONDS)
        self.slow += await self.world.until_ready(name, seconds=READY_SECONDS)

    async def _guest(self) -> None:
        """It takes partitions from the others, and gives them back: no member that the broker would wait for."""
        program = service(self.world.stack, INSTANCES, static=False)
        self.world.parts[GUEST] = Part(program, partial(is_ready, program))
        self.slow += await self.world.until_ready(GUEST, seconds=READY_SECONDS)
        self.rebalances += 1
        await asyncio.sleep(STAYS_SECONDS)
        part = self.world.parts.pop(GUEST)
        if part.child is not None:
            part.child.stop()
            self.rebalances += 1
