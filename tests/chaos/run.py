"""One run, from the first complaint to the reckoning: who acts, who reads, and in what order it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Sequence
from typing import Any, TypeVar

from lapor_chassis.clock import monotonic

from tests.chaos.agencies import Offices
from tests.chaos.fire import Fire
from tests.chaos.journal import Books, Watch
from tests.chaos.plan import Plan
from tests.chaos.progress import Progress
from tests.chaos.quiet import Quiet
from tests.chaos.reckoning import reckon
from tests.chaos.report import Reckoning
from tests.chaos.speaker import Speaker
from tests.chaos.traffic import Traffic
from tests.chaos.world import World

LEAST_SECONDS, SECONDS_A_KILL, COMPLAINTS_A_SECOND = 25.0, 9.0, 25.0
T = TypeVar("T")
Work = Coroutine[Any, Any, None]


class Run:
    """`phases`: how long each took, in seconds. `stuck`: what was not quiet in the end although it should be."""

    def __init__(self, world: World, plan: Plan) -> None:
        self.world = world
        self.plan = plan
        self.phases: dict[str, float] = {}
        self.stuck: list[str] = []
        books, self._watch, self._speaker = Books(world.folder), Watch(world.stack), Speaker(world.stack)
        world.on_exit = books.exit
        seconds = max(LEAST_SECONDS, len(plan.kills) * SECONDS_A_KILL, len(plan.complaints) / COMPLAINTS_A_SECOND)
        self._traffic = Traffic(world, plan, self._watch, books, self._speaker, seconds)
        self._offices = Offices(world, plan, books, self._speaker)
        self._fire = Fire(world, plan, self._traffic, self._watch, books)
        self._progress = Progress(world, plan, self._traffic, self._fire, self._watch)

    async def play(self) -> Reckoning:
        """Raises what anybody fails with."""
        return await beside([self.world.supervise(), self._progress.run()], self._all())

    async def _all(self) -> Reckoning:
        receipts = [receipts.run() for receipts in self._traffic.receipts.values()]
        await beside([self._watch.run(), *receipts, *self._offices.readers()], self._until_quiet())
        async with self._phase("reckoning"):
            return await reckon(self.world.stack, self.world.folder, self.world.clock)

    async def _until_quiet(self) -> None:
        try:
            async with self._phase("complaints and kills"), asyncio.TaskGroup() as tasks:
                tasks.create_task(self._traffic.run())
                tasks.create_task(self._fire.run())
            async with self._phase("waiting until all is quiet"):
                last = self.world.clock.now()
                self.stuck = await Quiet(self.world, self._watch, self._offices, last).wait()
            for error in self._offices.errors:
                raise error
        finally:
            await self._speaker.close()

    def _phase(self, name: str) -> _Phase:
        self._progress.now = name
        return _Phase(self.phases, name)


class _Phase:
    def __init__(self, phases: dict[str, float], name: str) -> None:
        self._phases = phases
        self._name = name

    async def __aenter__(self) -> None:
        self._began = monotonic()

    async def __aexit__(self, *_: object) -> None:
        self._phases[self._name] = round(monotonic() - self._began, 1)


async def beside(always: Sequence[Work], story: Coroutine[Any, Any, T]) -> T:
    """The story, while the others run for ever; one of them that fails ends it."""
    async with asyncio.TaskGroup() as tasks:
        running = [tasks.create_task(work) for work in always]
        result = await story
        for task in running:
            task.cancel()
    return result
