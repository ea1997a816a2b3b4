"""All lanes of a process: opening, heartbeats, adoption of the dead, retiring."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Generic, TypeVar

from lapor_chassis import kafka
from lapor_chassis.batch import OutboxRow
from lapor_chassis.clock import DomainClock
from lapor_chassis.db import Pool
from lapor_chassis.errors import LaneLost, is_transient
from lapor_chassis.lane import Lane, ResolveReferences, fill_references, new_lane, set_aside, take_over
from lapor_chassis.logging import get_logger
from lapor_chassis.publisher import Publisher
from lapor_chassis.settings import ServiceSettings
from lapor_chassis.subject import Codec
from lapor_chassis.telemetry import Metrics

S = TypeVar("S")
Spawn = Callable[[Coroutine[Any, Any, None], str], asyncio.Task[None]]
log = get_logger("lapor.lanes")


class Lanes(Generic[S]):
    def __init__(
        self,
        *,
        service: str,
        settings: ServiceSettings,
        pool: Pool,
        codec: Codec[S],
        clock: DomainClock,
        metrics: Metrics,
        spawn: Spawn,
        resolve: ResolveReferences | None,
    ) -> None:
        self.own: dict[str, Lane[S]] = {}
        self._service = service
        self._settings = settings
        self._pool = pool
        self._codec = codec
        self._clock = clock
        self._metrics = metrics
        self._spawn = spawn
        self._resolve = resolve
        self._owner = f"{service}-{settings.instance}@{socket.gethostname()}:{os.getpid()}"
        self._publishing: dict[int, asyncio.Task[None]] = {}
        self._adopting: Lane[S] | None = None

    async def open(self, name: str) -> Lane[S]:
        """A new lane of this process."""
        lane = self._lane(await new_lane(self._pool, name, self._owner), 1, name, 0)
        self.own[name] = lane
        return lane

    def _lane(self, lane_id: int, epoch: int, name: str, mark: int) -> Lane[S]:
        lane = Lane(
            lane=lane_id, epoch=epoch, name=name, pool=self._pool, codec=self._codec, clock=self._clock,
            source=f"urn:lapor:{self._service}",
        )  # fmt: skip

        async def resolve(rows: Any) -> None:
            await fill_references(self._pool, rows, self._resolve)

        async def aside(row: OutboxRow, reason: str) -> None:
            await set_aside(self._pool, lane_id, row, reason)

        lane.publisher = Publisher(
            lambda: kafka.producer(self._settings, f"{self._service}-{name}"),
            resolve=resolve,
            set_aside=aside,
            metrics=self._metrics,
            source=f"urn:lapor:{self._service}",
            published=mark,
        )
        self._publishing[lane_id] = self._spawn(lane.publisher.run(), f"publisher of lane {lane_id}")
        return lane

    @property
    def publishing(self) -> list[asyncio.Task[None]]:
        return list(self._publishing.values())

    @property
    def oldest_unpublished_seconds(self) -> float:
        return max((lane.publisher.oldest_seconds for lane in self.own.values()), default=0.0)

    async def heartbeats(self) -> None:
        """For ever: says that the lanes live. Raises LaneLost when one was adopted."""
        while True:
            await asyncio.sleep(self._settings.heartbeat_seconds)
            try:
                for lane in list(self.own.values()):
                    await lane.heartbeat()
                await self._keep_adopted()
            except Exception as error:
                if not is_transient(error):
                    raise
            self._metrics.unpublished.set(self.oldest_unpublished_seconds)

    async def _keep_adopted(self) -> None:
        if self._adopting is not None:
            with suppress(LaneLost):  # `adopt_one` will see it
                await self._adopting.heartbeat()

    async def adoptions(self) -> None:
        """For ever: publishes what the dead left behind."""
        while True:
            try:
                while await self.adopt_one():
                    pass
            except Exception as error:
                if not is_transient(error):
                    raise
            await asyncio.sleep(self._settings.heartbeat_seconds)

    async def adopt_one(self) -> bool:
        row = await take_over(
            self._pool,
            self._owner,
            self._settings.lane_dead_after_seconds,
            [lane.id for lane in self.own.values()],
        )
        if row is None:
            return False
        lane = self._lane(row["id"], row["epoch"], row["name"], row["mark"])
        try:
            self._adopting = lane
            while await lane.reload():
                await lane.publisher.drained()
            await lane.finish()
        except LaneLost:
            # We were frozen, or waited for the broker without the database: another one has it now.
            log.warning("an adopted lane was adopted from us", lane=lane.id)
            return True
        finally:
            self._adopting = None
            await self._stop_publishing(lane.id)
        self._metrics.adopted.inc()
        log.warning("adopted a dead lane", lane=lane.id, loop=lane.name, rows=lane.publisher.published - row["mark"])
        return True

    async def close(self) -> None:
        """Publishes the rest and retires the own lanes; what cannot be is adopted by another process, or was."""
        for lane in self.own.values():
            try:
                await lane.finish()
            except Exception as error:
                if not (isinstance(error, LaneLost) or is_transient(error)):
                    raise
                log.warning("a lane is not ours to retire", lane=lane.id, loop=lane.name, error=type(error).__name__)
        self.own.clear()
        for lane_id in list(self._publishing):
            await self._stop_publishing(lane_id)

    async def abandon(self) -> None:
        """Stops publishing without retiring: as if the process had died."""
        for lane_id in list(self._publishing):
            await self._stop_publishing(lane_id)

    async def _stop_publishing(self, lane_id: int) -> None:
        task = self._publishing.pop(lane_id)
        task.cancel()
        await asyncio.wait([task])
