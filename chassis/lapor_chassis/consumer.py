"""A consuming loop: FastStream's batch subscriber, our own decoding, retry, draining and acknowledgement."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Generic, TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, ConsumerRecord, TopicPartition
from aiokafka.coordinator.assignors.range import RangePartitionAssignor
from aiokafka.coordinator.assignors.roundrobin import RoundRobinPartitionAssignor
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker
from faststream.kafka.message import KafkaAckableMessage

from lapor_chassis import fetching, kafka
from lapor_chassis.batch import Batch
from lapor_chassis.clock import monotonic
from lapor_chassis.errors import Transient, is_transient
from lapor_chassis.lane import Lane
from lapor_chassis.logging import get_logger
from lapor_chassis.record import Record
from lapor_chassis.settings import ServiceSettings
from lapor_chassis.telemetry import Metrics, Tracing

S = TypeVar("S")
Process = Callable[[Batch[Any], Sequence[Record]], Awaitable[None]]
Prepare = Callable[[Sequence[Record]], Awaitable[None]]
DRAIN_SECONDS = 25.0  # under the rebalance time-out
REBALANCE_MS = 30_000
IDLE_MS = 1_000
FETCH_BYTES = 524_288  # of a partition at once: what lies ready is kept in memory
SESSION_MS = 45_000
HEARTBEAT_MS = 1_000  # how soon a member learns that others came or went
MAX_BACKOFF_SECONDS = 5.0
log = get_logger("lapor.consumer")
fetching.install()


class _Owned(ConsumerRebalanceListener):
    """What this instance owns; before partitions go, the running batch is drained."""

    def __init__(self, loop: Loop[Any]) -> None:
        self._loop = loop

    async def on_partitions_revoked(self, revoked: Sequence[TopicPartition]) -> None:
        self._loop.revoking = True
        try:
            await asyncio.wait_for(self._loop.idle.wait(), DRAIN_SECONDS)
        except TimeoutError:
            log.warning("a batch was not through before its partitions went", loop=self._loop.name)
        for partition in revoked:
            self._loop.done.pop(partition, None)
        self._loop.owned -= set(revoked)

    async def on_partitions_assigned(self, assigned: Sequence[TopicPartition]) -> None:
        self._loop.done.clear()
        self._loop.owned = set(assigned)
        self._loop.revoking = False
        if not self._loop.joined:
            self._loop.joined = True
            self._loop.share_anew()


class Loop(Generic[S]):
    """`done`: per partition the offset up to which everything is committed here. `owned`: the assignment.
    `closed`: a batch was left for good, so nothing is acknowledged any more."""

    def __init__(
        self, *, name: str, group: str, settings: ServiceSettings, process: Process, metrics: Metrics, tracing: Tracing,
        failed: Callable[[BaseException], None], prepare: Prepare | None = None,
        on_bad: Callable[[Batch[Any]], None] | None = None,
    ) -> None:  # fmt: skip
        self.name = name
        self.group = group
        self.lane: Lane[S]
        self.owned: set[TopicPartition] = set()
        self.done: dict[TopicPartition, int] = {}
        self.revoking = False
        self.stopping = False
        self.closed = False
        self.joined = False
        self.idle = asyncio.Event()
        self.idle.set()
        self.progress_at = monotonic()
        self.busy_since: float | None = None
        self._settings = settings
        self._process = process
        self._prepare = prepare
        self._metrics = metrics
        self._tracing = tracing
        self._failed = failed
        self._on_bad = on_bad
        self._subscriber: Any = None
        self._began = 0.0
        self._full = False

    @property
    def consumer(self) -> AIOKafkaConsumer | None:
        consumer: AIOKafkaConsumer | None = self._subscriber.consumer if self._subscriber else None
        return consumer

    def share_anew(self) -> None:
        """Where something matches that nobody may have: a static member that comes back gets what it had before,
        without the topics that were made while it was away, and its client does not know that it leads the
        group. Asked again, the broker lets the leader share out all there is."""
        consumer = self.consumer
        if consumer is None or consumer._coordinator is None:
            return
        if consumer.subscription() - {partition.topic for partition in self.owned}:
            consumer._coordinator.request_rejoin()

    def subscribe(self, broker: KafkaBroker, *, topics: Sequence[str] = (), pattern: str | None = None) -> None:
        """Declares the subscriber; core topics are shared by range, so that equal partitions go together."""
        member = f"{self.group}-{self._settings.instance}" if self._settings.static_member else None
        subscriber = broker.subscriber(
            *topics,
            pattern=pattern,
            batch=True,
            group_id=self.group,
            group_instance_id=member,
            ack_policy=AckPolicy.MANUAL,
            auto_offset_reset="earliest",
            max_records=self._settings.batch_records,
            max_partition_fetch_bytes=FETCH_BYTES,
            **kafka.PATIENT,
            session_timeout_ms=SESSION_MS,
            heartbeat_interval_ms=HEARTBEAT_MS,
            rebalance_timeout_ms=REBALANCE_MS,
            max_poll_interval_ms=600_000,
            partition_assignment_strategy=[RoundRobinPartitionAssignor if pattern else RangePartitionAssignor],
            listener=_Owned(self),
            title=self.group,
        )
        self._subscriber = subscriber

        subscriber.get_msg = self._next

        async def parse(records: tuple[ConsumerRecord[Any, Any], ...]) -> KafkaAckableMessage:
            """Nothing raises here: a bad record becomes a value, not a lost batch."""
            return KafkaAckableMessage(body=b"", raw_message=records, consumer=subscriber.consumer)

        async def decode(message: KafkaAckableMessage) -> KafkaAckableMessage:
            """The handler gets what this gives: the message itself, for its acknowledgement."""
            return message

        async def consume(message: KafkaAckableMessage) -> None:
            # Whatever is made meanwhile (a connection, a timer) keeps the context it was made in, and so the message.
            raw, message.raw_message = message.raw_message, ()
            await self.consume(raw if isinstance(raw, tuple) else (raw,), message)

        subscriber(consume, parser=parse, decoder=decode)

    async def _next(self, consumer: AIOKafkaConsumer) -> tuple[ConsumerRecord[Any, Any], ...]:
        """At once where there is something. FastStream's own, when it has waited in vain, sleeps as long again,
        and what comes meanwhile lies there; so it has to look often, which costs most of an idle service's time."""
        most = self._settings.batch_records
        if not self._full:
            await asyncio.sleep(self._began + self._settings.batch_every_ms / 1000 - monotonic())
        found = await fetching.take(consumer, most, IDLE_MS)
        self._began = monotonic()
        self._full = len(found) >= most or fetching.more_lies_ready(consumer)
        return found

    async def consume(self, raw: Sequence[ConsumerRecord[Any, Any]], message: Any) -> None:
        """Until it is committed; an outage is waited for, a bug stops the process."""
        if self.closed:
            # A batch was left or failed: an acknowledgement of this one would pass it.
            await asyncio.sleep(0.05)
            return
        left = False
        self.idle.clear()
        self.busy_since = monotonic()
        try:
            records = [Record.of(record) for record in raw]
            await self._until_committed(records)
            await self._acknowledge(records, message)
            self.progress_at = monotonic()
        except _Revoked:
            left = True
            log.info("a batch was left to the next owner", loop=self.name, records=len(raw))
        except Exception as error:
            self.closed = True
            self._failed(error)
            await asyncio.sleep(1)
            raise
        finally:
            self.busy_since = None
            self.idle.set()
        while self.revoking and not self.stopping:  # noqa: ASYNC110 - two flags, rarely
            # What was left must not be passed by a later acknowledgement: the next assignment starts anew.
            await asyncio.sleep(0.02)
        self.closed = self.closed or (left and self.stopping)

    async def _acknowledge(self, records: Sequence[Record], message: Any) -> None:
        try:
            await message.ack()
        except KafkaError as error:
            # Its offsets were not committed: they come again and are dropped as repeats.
            log.warning("offsets were not committed", loop=self.name, error=type(error).__name__)
            return
        for record in records:
            # A batch that took too long may end when its partitions are another's.
            if (partition := TopicPartition(record.topic, record.partition)) in self.owned:
                self.done[partition] = record.offset + 1

    async def _until_committed(self, records: list[Record]) -> None:
        delay = 0.1
        while True:
            try:
                await self._once(records)
                return
            except Exception as error:
                if not is_transient(error):
                    raise
                if self.revoking or self.stopping:
                    raise _Revoked from error
                wait = error.delay if isinstance(error, Transient) and error.delay else delay * random.uniform(0.5, 1)  # noqa: S311
                log.warning(
                    "a batch is tried again",
                    loop=self.name,
                    error=type(error).__name__,
                    seconds=round(wait, 2),
                )
                self._metrics.retries.inc()
                await asyncio.sleep(wait)
                delay = min(delay * 2, MAX_BACKOFF_SECONDS)

    async def _once(self, records: list[Record]) -> None:
        with (
            self._tracing.batch(self.name, len(records)),
            self._metrics.batch_seconds.labels(self.name).time(),
        ):
            if self._prepare is not None:
                await self._prepare(records)
            async with self.lane.batch() as batch:
                await self._process(batch, records)
        self._metrics.batch_records.labels(self.name).inc(len(records))
        if self._on_bad is not None and batch.dead:
            self._on_bad(batch)

    def stuck(self, after: float) -> bool:
        """A batch has been running for longer than `after` seconds."""
        return self.busy_since is not None and monotonic() - self.busy_since > after

    def watch(self, after: float) -> Callable[[], str | None]:
        """For health: what is wrong when a batch stands still for longer than `after` seconds."""
        return lambda: f"a batch has been running for over {after:.0f} s" if self.stuck(after) else None


class _Revoked(Exception):  # noqa: N818 - not an error
    """The partitions go to another instance, or the process stops, while an outage lasts."""
