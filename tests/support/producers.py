"""One producer a principal, each with its own credentials."""

from __future__ import annotations

import asyncio
from typing import Any

from aiokafka import AIOKafkaProducer
from lapor_deploy.outsider import client
from lapor_deploy.stack import Stack


class Producers:
    def __init__(self, stack: Stack, **options: Any) -> None:
        self._stack = stack
        self._options = {"acks": "all", **options}
        self._started: dict[str, AIOKafkaProducer] = {}
        self._one_at_a_time = asyncio.Lock()  # two that ask at once for the same get the same

    async def of(self, principal: str) -> AIOKafkaProducer:
        async with self._one_at_a_time:
            if principal not in self._started:
                producer = AIOKafkaProducer(**self._options, **client(self._stack, principal))
                await producer.start()
                self._started[principal] = producer
            return self._started[principal]

    async def close(self) -> None:
        while self._started:
            await self._started.popitem()[1].stop()
