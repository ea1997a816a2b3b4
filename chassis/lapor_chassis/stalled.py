"""Notices a consumer that has died inside its library: there is lag, no batch is running, and nothing moves.

The member's heartbeats go on, so the group keeps its partitions with it: only the process's end frees them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from lapor_chassis import kafka
from lapor_chassis.clock import monotonic
from lapor_chassis.consumer import Loop
from lapor_chassis.errors import Stalled
from lapor_chassis.settings import ServiceSettings


class Watch:
    """`ends`: a consumer that reads nothing. `after`: seconds without any progress, while the broker answers."""

    def __init__(self, loops: Sequence[Loop[Any]], ends: AIOKafkaConsumer, after: float) -> None:
        self._loops = loops
        self._ends = ends
        self._after = after
        self._behind: dict[str, tuple[float, float]] = {}

    async def run(self) -> None:
        """For ever. Raises Stalled."""
        while True:
            await asyncio.sleep(self._after / 4)
            for loop in self._loops:
                try:
                    behind = await self._is_behind(loop)
                except (KafkaError, TimeoutError):
                    behind = False  # the broker does not answer us either
                self._judge(loop, behind)

    def _judge(self, loop: Loop[Any], behind: bool) -> None:
        if not behind:
            self._behind.pop(loop.name, None)
            return
        progress, since = self._behind.setdefault(loop.name, (loop.progress_at, monotonic()))
        if progress != loop.progress_at:
            self._behind[loop.name] = (loop.progress_at, monotonic())
        elif monotonic() - since > self._after:
            raise Stalled(f"{loop.name} reads nothing although there is something to read")

    async def _is_behind(self, loop: Loop[Any]) -> bool:
        consumer = loop.consumer
        if consumer is None or loop.revoking or loop.busy_since is not None:
            return False
        owned = sorted(loop.owned - consumer.paused())
        if not owned:
            return False
        ends = await self._ends.end_offsets(owned)
        return any([ends[tp] > await self._done(loop, consumer, tp) for tp in owned])

    async def _done(self, loop: Loop[Any], consumer: AIOKafkaConsumer, tp: TopicPartition) -> int:
        if tp not in loop.done:
            committed = await asyncio.wait_for(consumer.committed(tp), self._after)
            if committed is None:
                committed = (await self._ends.beginning_offsets([tp]))[tp]
            if tp in loop.owned:
                loop.done.setdefault(tp, int(committed))
        return loop.done.get(tp, 0)


async def watch(loops: Sequence[Loop[Any]], settings: ServiceSettings) -> None:
    """For ever, with a consumer of its own. Raises Stalled."""
    async with kafka.plain_consumer(settings) as ends:
        await Watch(loops, ends, settings.stuck_after_seconds).run()
