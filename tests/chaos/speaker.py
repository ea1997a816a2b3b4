"""Writing as anybody outside, through outages: the same record again until the broker has it."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import suppress

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError
from aiokafka.structs import RecordMetadata
from lapor_deploy.outsider import client
from lapor_deploy.stack import Stack

AGAIN_SECONDS = 0.3
STOP_SECONDS = 2.0
Headers = Sequence[tuple[str, bytes]]


class Speaker:
    """One producer a principal; a new one where one has failed, because its sequence is broken for good."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._producers: dict[str, AIOKafkaProducer] = {}
        self._turns: dict[str, asyncio.Lock] = {}

    async def say(self, principal: str, topic: str, key: bytes, value: bytes, headers: Headers) -> RecordMetadata:
        """Where the broker keeps it. Never gives up; where its answer was lost the record may stand there twice."""
        while True:
            producer: AIOKafkaProducer | None = None
            try:
                producer = await self._of(principal)
                at: RecordMetadata = await producer.send_and_wait(topic, key=key, value=value, headers=list(headers))
                return at
            except KafkaError:
                await self._drop(principal, producer)
                await asyncio.sleep(AGAIN_SECONDS)

    async def close(self) -> None:
        for principal, producer in list(self._producers.items()):
            await self._drop(principal, producer)

    async def _of(self, principal: str) -> AIOKafkaProducer:
        async with self._turns.setdefault(principal, asyncio.Lock()):
            if principal not in self._producers:
                producer = AIOKafkaProducer(acks="all", enable_idempotence=True, **client(self._stack, principal))
                try:
                    await producer.start()
                except BaseException:
                    await _stop(producer)
                    raise
                self._producers[principal] = producer
            return self._producers[principal]

    async def _drop(self, principal: str, producer: AIOKafkaProducer | None) -> None:
        if producer is not None and self._producers.get(principal) is producer:
            del self._producers[principal]
            await _stop(producer)


async def _stop(producer: AIOKafkaProducer) -> None:
    """What it still holds is said again by whoever said it."""
    with suppress(KafkaError, TimeoutError, asyncio.CancelledError):
        await asyncio.wait_for(producer.stop(), STOP_SECONDS)
