"""How many dead letters are too many: on core topics the service stops, an outsider is made to wait."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Sequence
from typing import Any

from aiokafka import AIOKafkaConsumer, TopicPartition
from lapor_contracts.catalogue import topic as topic_of

from lapor_chassis.batch import Batch
from lapor_chassis.clock import monotonic
from lapor_chassis.errors import TooManyDeadLetters
from lapor_chassis.logging import get_logger
from lapor_chassis.record import Record

MINUTE = 60.0
PAUSE_SECONDS = 10.0
log = get_logger("lapor.throttle")


class Window:
    """Counts what happened in the last minute."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._at: deque[float] = deque()

    def over(self, count: int) -> bool:
        now = monotonic()
        self._at.extend([now] * count)
        while self._at and self._at[0] < now - MINUTE:
            self._at.popleft()
        return len(self._at) > self._limit


class Throttle:
    def __init__(self, core_limit: int, outsider_limit: int) -> None:
        self._core = Window(core_limit)
        self._outsider_limit = outsider_limit
        self._outsiders: dict[str, Window] = {}
        self._resuming: set[asyncio.Task[None]] = set()

    def __call__(self, consumer: AIOKafkaConsumer, records: Sequence[Record], batch: Batch[Any]) -> None:
        """After a committed batch with dead letters. Raises TooManyDeadLetters for core topics."""
        by_topic: dict[str, int] = {}
        for dead in batch.dead:
            by_topic[dead.record.topic] = by_topic.get(dead.record.topic, 0) + 1
        for topic, count in by_topic.items():
            if topic_of(topic).kind != "edge":
                if self._core.over(count):
                    raise TooManyDeadLetters(
                        f"too many dead letters from {topic} in a minute: is this the right version?"
                    )
            elif self._outsiders.setdefault(topic, Window(self._outsider_limit)).over(count):
                self._pause(consumer, topic, records)

    def _pause(self, consumer: AIOKafkaConsumer, topic: str, records: Sequence[Record]) -> None:
        partitions = {TopicPartition(r.topic, r.partition) for r in records if r.topic == topic} & consumer.assignment()
        if not partitions:
            return
        log.error(
            "an outsider writes too much that cannot be read and is throttled",
            topic=topic,
            seconds=PAUSE_SECONDS,
        )
        consumer.pause(*partitions)

        async def resume() -> None:
            await asyncio.sleep(PAUSE_SECONDS)
            consumer.resume(*(partitions & consumer.assignment()))

        task = asyncio.create_task(resume())
        self._resuming.add(task)
        task.add_done_callback(self._resuming.discard)
