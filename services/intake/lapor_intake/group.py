"""Group commit: requests that wait together are decided and committed together, one transaction at a time."""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from typing import Any

from lapor_chassis.batch import Batch
from lapor_chassis.errors import LaneLost, is_transient
from lapor_chassis.lane import Lane
from lapor_chassis.logging import get_logger

from lapor_intake.desk import Outcome, Request

LARGEST = 200  # requests in one transaction
TRIES = 4
Decide = Callable[[Batch[Any], list[Request]], Awaitable[list[Outcome]]]
Waiting = tuple[Request, "asyncio.Future[Outcome]"]
log = get_logger("lapor.intake.http")


class Overloaded(Exception):  # noqa: N818 - a kind of message
    """Too many are waiting: come again."""


class Unavailable(Exception):  # noqa: N818 - a kind of message
    """An outage: it may or may not have been committed; the same Idempotency-Key will tell."""


class GroupCommit:
    def __init__(self, decide: Decide, most: int) -> None:
        self._decide = decide
        self._most = most
        self._line: deque[Waiting] = deque()
        self._come = asyncio.Event()
        self._closed = False

    async def submit(self, request: Request) -> Outcome:
        """The outcome, once it is committed. Raises Overloaded, Unavailable."""
        if self._closed:
            raise Unavailable
        if len(self._line) >= self._most:
            raise Overloaded
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._line.append((request, answer))
        self._come.set()
        return await answer

    async def run(self, lane: Lane[Any]) -> None:
        """Until cancelled: whoever still waits then is told to come again."""
        group: list[Waiting] = []
        try:
            while True:
                await self._come.wait()
                self._come.clear()
                while self._line:
                    group = [self._line.popleft() for _ in range(min(LARGEST, len(self._line)))]
                    group = [(request, answer) for request, answer in group if not answer.done()]
                    await self._settle(lane, group)
        finally:
            self._closed = True
            for _, answer in (*group, *self._line):
                _fail(answer, Unavailable())
            self._line.clear()

    async def _settle(self, lane: Lane[Any], group: list[Waiting]) -> None:
        """A request that cannot be decided, by a bug, must not take its neighbours with it, nor the service."""
        if not group:
            return
        try:
            outcomes = await self._commit(lane, [request for request, _ in group])
        except LaneLost:
            raise
        except Exception as error:
            if is_transient(error):
                log.warning("requests are told to come again", error=type(error).__name__, requests=len(group))
                for _, answer in group:
                    _fail(answer, Unavailable())
            elif len(group) > 1:
                for one in group:
                    await self._settle(lane, [one])
            else:
                _fail(group[0][1], error)
            return
        for (_, answer), outcome in zip(group, outcomes, strict=True):
            if not answer.done():
                answer.set_result(outcome)

    async def _commit(self, lane: Lane[Any], requests: list[Request]) -> list[Outcome]:
        for tried in range(1, TRIES + 1):
            try:
                async with lane.batch() as batch:
                    outcomes = await self._decide(batch, requests)
            except Exception as error:
                if tried == TRIES or not is_transient(error):
                    raise
                await asyncio.sleep(random.uniform(0.5, 1) * 0.05 * 2**tried)  # noqa: S311 - spreads tries
            else:
                return outcomes
        raise AssertionError("unreachable")


def _fail(answer: asyncio.Future[Outcome], error: Exception) -> None:
    if not answer.done():
        answer.set_exception(error)
