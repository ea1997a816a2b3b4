"""When it is over: everybody runs again, nothing is on its way, and no step of any ladder is still to come."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import datetime, timedelta

from confluent_kafka import KafkaException
from lapor_chassis.clock import monotonic
from lapor_deploy.lag import group_lags
from lapor_deploy.stack import SERVICES

from tests.chaos.agencies import Offices
from tests.chaos.journal import Watch
from tests.chaos.world import World

# What the limits of a run add up to, counted from the last complaint, with two weekends.
LAST_STEP = timedelta(days=13)
# Longer than between two steps with a weekend between them.
STILL = timedelta(days=4)
LONGEST_SECONDS = 120.0
LOOK_SECONDS = 1.0


@dataclass
class Quiet:
    """`last`: the simulated time at which the last complaint was handed in."""

    world: World
    watch: Watch
    offices: Offices
    last: datetime

    async def wait(self) -> list[str]:
        """What is not quiet after a time in which it should have become so; empty: all is."""
        late = await self.world.until_ready()
        if late:
            return [f"{name} is not ready" for name in late]
        deadline = monotonic() + LONGEST_SECONDS
        while (left := await self._left()) and monotonic() < deadline:  # noqa: ASYNC110 - a clock, and the broker
            await asyncio.sleep(LOOK_SECONDS)
        return left

    async def _left(self) -> list[str]:
        """What is still to come; the broker is asked last, for that is dear."""
        now, speed = self.world.clock.now(), self.world.clock.speed
        left = []
        if self.offices.busy:
            left.append(f"{len(self.offices.busy)} agencies have not acted yet")
        if now < self.last + LAST_STEP:
            left.append(f"steps come until {self.last + LAST_STEP:%d %b}")
        if monotonic() - self.watch.last_event_at < STILL.total_seconds() / speed:
            left.append("events still come")
        left += [f"{name}: {n} unsettled" for name in SERVICES if (n := self.watch.unsettled(f"{name}-0"))]
        return left or await asyncio.to_thread(self._lags)

    def _lags(self) -> list[str]:
        try:
            return [f"{g.group} is {g.lag} records behind" for g in group_lags(self.world.stack) if g.lag]
        except KafkaException as error:
            return [f"the broker does not say how far the groups are ({error.args[0].name()})"]
