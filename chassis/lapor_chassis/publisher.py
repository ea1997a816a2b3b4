"""Publishes a lane's committed rows in order, from memory. What it has published is the lane's mark."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence

from aiokafka import AIOKafkaProducer
from aiokafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from lapor_contracts.envelope import encode_fields

from lapor_chassis.batch import OutboxRow
from lapor_chassis.clock import monotonic, wall_seconds
from lapor_chassis.errors import Transient, is_transient
from lapor_chassis.logging import get_logger
from lapor_chassis.telemetry import Metrics

MAX_IN_MEMORY = 10_000  # rows: beyond it the writing loops wait
ROOM_SECONDS = 5.0
GROUP = 2_000  # rows that are sent together, then marked
STOP_SECONDS = 5.0  # a poisoned producer may hang in stop()
TOO_LARGE = (MessageSizeTooLargeError, RecordTooLargeError)
# The producer has waited for the topic as long as a request may last.
NO_TOPIC = (InvalidTopicError, TopicAuthorizationFailedError, UnknownTopicOrPartitionError)

Resolve = Callable[[Sequence[OutboxRow]], Awaitable[None]]
SetAside = Callable[[OutboxRow, str], Awaitable[None]]
log = get_logger("lapor.publisher")


class Publisher:
    """`published`: the last seq of which it, and all before it, are on the broker (or set aside)."""

    def __init__(
        self,
        make_producer: Callable[[], AIOKafkaProducer],
        *,
        resolve: Resolve,
        set_aside: SetAside,
        metrics: Metrics,
        source: str,
        published: int = 0,
    ) -> None:
        self.published = published
        self.enqueued = published
        self._make_producer = make_producer
        self._producer: AIOKafkaProducer | None = None
        self._resolve = resolve
        self._set_aside = set_aside
        self._metrics = metrics
        self._source = source
        self._rows: deque[OutboxRow] = deque()
        self._wake = asyncio.Event()
        self._moved = asyncio.Condition()
        self._careful: set[tuple[str, int]] = set()

    def put(self, rows: Sequence[OutboxRow]) -> None:
        """Rows that are committed, in order of seq."""
        if rows:
            committed = monotonic()
            for row in rows:
                row.committed = committed
            self._rows.extend(rows)
            self.enqueued = rows[-1].seq
            self._wake.set()

    @property
    def oldest_seconds(self) -> float:
        return monotonic() - self._rows[0].committed if self._rows else 0.0

    async def wait_for_room(self) -> None:
        """Raises Transient where the broker has taken nothing for some seconds: whoever waits may have to stop, to
        give its partitions away, or to tell a citizen so."""
        try:
            async with asyncio.timeout(ROOM_SECONDS), self._moved:
                await self._moved.wait_for(lambda: len(self._rows) < MAX_IN_MEMORY)
        except TimeoutError:
            raise Transient("the broker takes no events") from None

    async def drained(self) -> None:
        async with self._moved:
            await self._moved.wait_for(lambda: not self._rows)

    async def run(self) -> None:
        """Until cancelled. A bug (not an outage) is raised."""
        try:
            while True:
                await self._wake.wait()
                self._wake.clear()
                while self._rows:
                    group = [self._rows[i] for i in range(min(GROUP, len(self._rows)))]
                    await self._publish(group)
                    for _ in group:
                        self._rows.popleft()
                    self.published = group[-1].seq
                    self._metrics.published.inc(len(group))
                    async with self._moved:
                        self._moved.notify_all()
        finally:
            await self._drop_producer()

    async def _publish(self, group: list[OutboxRow]) -> None:
        """Tries until all of it is out: after a failure with a new producer, everything again."""
        left, delay = list(group), 0.1
        while left:
            try:
                await self._resolve([row for row in left if row.body is None])
                left = await self._send(left)
                delay = 0.1
            except Exception as error:
                if not (isinstance(error, KafkaError) or is_transient(error)):
                    raise
                log.warning("publishing waits for the broker", error=type(error).__name__, rows=len(left))
                await self._drop_producer()
                await asyncio.sleep(delay)
                delay = min(delay * 2, 2.0)

    async def _send(self, rows: list[OutboxRow]) -> list[OutboxRow]:
        """Gives the rows to send again. A row that can never go out is set aside, and taken from `rows`."""
        producer = await self._ready()
        lots: dict[tuple[str, int], list[OutboxRow]] = {}
        for row in rows:
            lots.setdefault((row.topic, row.partition), []).append(row)
        results = await asyncio.gather(
            *(self._send_lot(producer, *where, lot) for where, lot in lots.items()), return_exceptions=True
        )
        failed = [
            (where, error) for where, error in zip(lots, results, strict=True) if isinstance(error, BaseException)
        ]
        if not failed:
            self._careful.clear()
            return []
        hopeless: set[int] = set()
        for where, error in failed:
            if not isinstance(error, Exception):
                raise error
            if isinstance(error, (*TOO_LARGE, *NO_TOPIC)):
                hopeless |= await self._hopeless(where, lots[where], error)
        rows[:] = [row for row in rows if row.seq not in hopeless]
        still = [error for _, error in failed if not isinstance(error, (*TOO_LARGE, *NO_TOPIC))]
        if still:
            raise still[0]
        await self._drop_producer()
        return [row for where, _ in failed for row in lots[where] if row.seq not in hopeless]

    async def _hopeless(self, where: tuple[str, int], lot: Sequence[OutboxRow], error: Exception) -> set[int]:
        """Sets aside all of a lot that has no topic, or the row that is too large: of several, they are tried
        one by one from now on, to find which it is. Gives what was set aside, by seq."""
        if isinstance(error, TOO_LARGE) and len(lot) > 1 and where not in self._careful:
            self._careful.add(where)
            return set()
        rows = lot[:1] if isinstance(error, TOO_LARGE) else lot
        for row in rows:
            await self._set_aside(row, type(error).__name__)
            self._metrics.set_aside.inc()
            log.error("row set aside: it cannot be published", topic=row.topic, subject=row.key, number=row.number,
                      reason=type(error).__name__)  # fmt: skip
        return {row.seq for row in rows}

    async def _send_lot(self, producer: AIOKafkaProducer, topic: str, partition: int, rows: list[OutboxRow]) -> None:
        if (topic, partition) in self._careful:
            while rows:
                await self._send_builders(producer, topic, partition, rows[:1])
                rows.pop(0)
        else:
            await self._send_builders(producer, topic, partition, rows)

    async def _send_builders(
        self, producer: AIOKafkaProducer, topic: str, partition: int, rows: Sequence[OutboxRow]
    ) -> None:
        """Our own batches: one call a batch, not one a record."""
        sent = []
        builder = producer.create_batch()
        for row in rows:
            record = self._record(row)
            if builder.append(**record) is None:
                sent.append(await producer.send_batch(builder, topic, partition=partition))
                builder = producer.create_batch()
                if builder.append(**record) is None:
                    raise RecordTooLargeError
        sent.append(await producer.send_batch(builder, topic, partition=partition))
        await asyncio.gather(*sent)

    def _record(self, row: OutboxRow) -> dict[str, object]:
        return {
            "key": row.key.encode(),
            "value": row.body,
            "timestamp": int(wall_seconds() * 1000),
            "headers": encode_fields(
                row.event_id, row.type, self._source, row.key, row.time, row.number, row.after, row.traceparent
            ),
        }

    async def _ready(self) -> AIOKafkaProducer:
        if self._producer is None:
            producer = self._make_producer()
            try:
                await producer.start()
            except BaseException:
                await _stop(producer)
                raise
            self._producer = producer
        return self._producer

    async def _drop_producer(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            await _stop(producer)


async def _stop(producer: AIOKafkaProducer) -> None:
    try:
        await asyncio.wait_for(producer.stop(), STOP_SECONDS)
    except (TimeoutError, KafkaError):
        log.warning("a producer did not stop in time and was left")
