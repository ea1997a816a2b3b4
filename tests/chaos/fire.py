"""The kills of the plan, each in the middle of work: one that hits an idle service is made again a moment later."""

from __future__ import annotations

import asyncio
import signal
from collections import defaultdict
from dataclasses import dataclass, field

from lapor_chassis.clock import monotonic, wall_now

from tests.chaos.journal import Books, Watch
from tests.chaos.plan import Kill, Plan
from tests.chaos.traffic import Traffic
from tests.chaos.world import HEARTBEAT_SECONDS, LANE_DEAD_AFTER_SECONDS, TAKEN_FOR_DEAD, World

TRIES = 4
READY_SECONDS = 60.0
BUSY_SECONDS, LEAST_UNSETTLED = 4.0, 5
LOOK_SECONDS = 0.005
READ_ON_SECONDS = 0.5  # by then the outside reader has all that was on the topics at the kill
ADOPTED_SECONDS = LANE_DEAD_AFTER_SECONDS + 2 * HEARTBEAT_SECONDS + 1.0
NOTICED_SECONDS = 4 * HEARTBEAT_SECONDS + 4.0


@dataclass
class Fire:
    """`counted`: kills that met unsettled work."""

    world: World
    plan: Plan
    traffic: Traffic
    watch: Watch
    books: Books
    counted: int = 0
    going_on: set[str] = field(default_factory=set)
    _turns: dict[str, asyncio.Lock] = field(default_factory=lambda: defaultdict(asyncio.Lock))

    async def run(self) -> None:
        """Ends when all are made and everybody has been started again."""
        async with asyncio.TaskGroup() as tasks:
            for kill in self.plan.kills:
                tasks.create_task(self._one(kill))
        await self.traffic.free_the_last()

    async def _one(self, kill: Kill) -> None:
        await self.traffic.reached(kill.at)
        async with self._turns[kill.what]:
            for _ in range(TRIES):
                if await self._made(kill):
                    self.counted += 1
                    return

    async def _made(self, kill: Kill) -> bool:
        await self.world.until_ready(kill.what, seconds=READY_SECONDS)
        await self._busy(kill.what)
        if not self.world.alive(kill.what):
            return False
        at = wall_now()
        self.going_on.add(f"{kill.how} {kill.what}")
        note, happened = await (self._freeze(kill.what) if kill.how == "SIGSTOP" else self._kill(kill.what))
        await asyncio.sleep(READ_ON_SECONDS)
        unsettled = self.watch.unsettled(kill.what, at.timestamp())
        counts = happened and unsettled > 0
        self.books.kills.write(
            at=at.isoformat(), what=kill.what, how=kill.how, unsettled=unsettled, counts=counts, note=note
        )
        self.going_on.discard(f"{kill.how} {kill.what}")
        return counts

    async def _busy(self, what: str) -> None:
        """Waits for a moment with work in it, as far as the outside reader knows: more is handed in for it."""
        await self.traffic.hurry()
        deadline = monotonic() + BUSY_SECONDS
        while self.watch.unsettled(what) < LEAST_UNSETTLED and monotonic() < deadline:  # noqa: ASYNC110 - of many
            await asyncio.sleep(LOOK_SECONDS)

    async def _kill(self, what: str) -> tuple[str, bool]:
        began = monotonic()
        self.world.signal(what, signal.SIGKILL)
        while self.world.alive(what):  # noqa: ASYNC110 - a process says nothing when it ends
            await asyncio.sleep(LOOK_SECONDS)
        late = await self.world.until_ready(what, seconds=READY_SECONDS)
        return f"{'not ready' if late else 'ready'} after {monotonic() - began:.1f} s", not late

    async def _freeze(self, what: str) -> tuple[str, bool]:
        """True where its lanes were adopted meanwhile: then it ends itself as soon as it looks."""
        exits = self.world.parts[what].exits
        before = len(exits)
        self.world.signal(what, signal.SIGSTOP)
        try:
            await asyncio.sleep(ADOPTED_SECONDS)
        finally:
            if self.world.alive(what):
                self.world.signal(what, signal.SIGCONT)
        deadline = monotonic() + NOTICED_SECONDS
        while len(exits) == before and monotonic() < deadline:  # noqa: ASYNC110 - a process says nothing
            await asyncio.sleep(LOOK_SECONDS)
        ended = exits[before] if len(exits) > before else None
        await self.world.until_ready(what, seconds=READY_SECONDS)
        if ended in TAKEN_FOR_DEAD:
            return f"frozen for {ADOPTED_SECONDS:.0f} s, its lanes were adopted, it ended itself", True
        return f"frozen for {ADOPTED_SECONDS:.0f} s, but it was not taken for dead, or did not notice ({ended})", False
