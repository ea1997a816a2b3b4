"""Escalation's neighbours on the real broker: who writes its topics, and who reads what it says."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from lapor_chassis.application import Application
from lapor_chassis.clock import DomainClock, wall_now
from lapor_chassis.ids import uuid7
from lapor_contracts.base import Event
from lapor_contracts.envelope import Envelope, decode, encode
from lapor_contracts.events import EVENTS
from lapor_deploy.outsider import client
from lapor_deploy.stack import Stack
from lapor_escalation.domain.state import Escalation
from lapor_escalation.main import build
from lapor_escalation.settings import EscalationSettings

from tests.support.producers import Producers

WATCHED = ("lapor.escalations", "lapor.ombudsman.alerts", "lapor.dlq.escalation")
DEADLINE_SECONDS = 60.0  # more than the session (45 s) of a member of the group that died and left no word


@asynccontextmanager
async def service(stack: Stack, clock: DomainClock, **settings: Any) -> AsyncIterator[Application[Escalation]]:
    app = build(made_settings(stack, **settings), clock=clock)
    await app.start()
    await joined(app)
    try:
        yield app
    finally:
        await app.stop()
    assert app.failure is None, app.failure


async def joined(app: Application[Escalation]) -> None:
    """It has its partitions: with a fast clock, days would pass until then."""
    async with asyncio.timeout(DEADLINE_SECONDS):
        while app.core is None or not app.core.owned:  # noqa: ASYNC110 - the application has no event for it
            await asyncio.sleep(0.02)


def made_settings(stack: Stack, **changes: Any) -> EscalationSettings:
    who = stack.kafka_credentials("escalation")
    values: dict[str, Any] = {
        "kafka_bootstrap": stack.bootstrap, "kafka_username": who.username, "kafka_password": who.password,
        "database_url": stack.database_url("escalation"), "timer_interval_seconds": 0.05, "tally_seconds": 60.0,
    }  # fmt: skip
    return EscalationSettings(**(values | changes))


class SteppedClock(DomainClock):
    """Runs as fast as the wall's, and jumps ahead when a test says so: no race with the speed of a machine."""

    def jump(self, to: datetime) -> None:
        object.__setattr__(self, "anchor", wall_now())
        object.__setattr__(self, "start", to)


def running_from(start: datetime) -> SteppedClock:
    return SteppedClock(start, wall_now())


@dataclass
class Written:
    """An event as an outsider reads it."""

    topic: str
    envelope: Envelope
    event: Event
    value: bytes


@dataclass
class Neighbours:
    """Writes one complaint's events, each principal on its own topics, and collects what is said about it."""

    stack: Stack
    complaint: UUID = field(default_factory=uuid7)
    seen: list[Written] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)
    sent: dict[tuple[str, int], UUID] = field(default_factory=dict)
    _consumer: AIOKafkaConsumer | None = None
    _producers: Producers = field(init=False)

    def __post_init__(self) -> None:
        self._producers = Producers(self.stack, enable_idempotence=True)

    def made(self, topic: str, event: Event, at: datetime, **changes: Any) -> tuple[str, bytes, list[Any]]:
        """The next event of the complaint on `topic`; `after` all that was written on the others."""
        number = changes.pop("number", self.numbers.get(topic, 0) + 1)
        core = topic not in ("lapor.ombudsman.replies",)
        after = {other: n for other, n in self.numbers.items() if other != topic}
        envelope = Envelope(
            id=changes.pop("id", uuid7()), type=event.type, source="urn:test", subject=str(self.complaint), time=at,
            number=number if core else None, after=changes.pop("after", after if core else {}),
        )  # fmt: skip
        if core:
            self.numbers[topic] = max(number, self.numbers.get(topic, 0))
            self.sent[topic, number] = envelope.id
        return topic, event.model_dump_json().encode(), encode(envelope)

    async def send(self, principal: str, *records: tuple[str, bytes, list[Any]]) -> None:
        """Together, so that they may come in one batch; done when the broker has them."""
        producer = await self._producers.of(principal)
        done = [
            await producer.send(topic, value, key=str(self.complaint).encode(), headers=headers)
            for topic, value, headers in records
        ]
        await asyncio.gather(*done)

    async def say(self, principal: str, topic: str, event: Event, at: datetime, **changes: Any) -> None:
        await self.send(principal, self.made(topic, event, at, **changes))

    async def until(self, enough: Callable[[Neighbours], bool]) -> None:
        """Reads on until what was said is enough; fails after the deadline with what was said."""
        consumer = await self._reader()
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not enough(self):
                    for records in (await consumer.getmany(timeout_ms=100)).values():
                        self._take(records)
        except TimeoutError:
            said = [type(written.event).__name__ for written in self.seen]
            raise AssertionError(f"not said in {DEADLINE_SECONDS:.0f} s; said was {said}") from None

    def _take(self, records: list[Any]) -> None:
        for record in records:
            envelope = decode(record.headers)
            if envelope.subject == str(self.complaint) and not self._repeats(record.topic, envelope):
                event = EVENTS[envelope.type].model_validate_json(record.value)
                self.seen.append(Written(record.topic, envelope, event, record.value))

    def _repeats(self, topic: str, envelope: Envelope) -> bool:
        """Published again after a crash: the same number, and then the same event; readers drop it."""
        before = [w.envelope for w in self.seen if w.topic == topic and w.envelope.number == envelope.number]
        assert all(known.id == envelope.id for known in before if known.number is not None)
        return envelope.number is not None and bool(before)

    def of(self, kind: type[Event], **wanted: Any) -> list[Any]:
        return [
            w.event for w in self.seen
            if isinstance(w.event, kind) and all(getattr(w.event, n) == v for n, v in wanted.items())
        ]  # fmt: skip

    async def position_of(self, topic: str, event: UUID) -> tuple[int, int]:
        """Where an outsider finds it: partition and offset."""
        consumer = AIOKafkaConsumer(enable_auto_commit=False, **client(self.stack, "admin"))
        await consumer.start()
        try:
            partitions = [TopicPartition(topic, p) for p in await _partitions(consumer, topic)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            async with asyncio.timeout(DEADLINE_SECONDS):
                while True:
                    for records in (await consumer.getmany(timeout_ms=100)).values():
                        for record in records:
                            if decode(record.headers).id == event:
                                return record.partition, record.offset
        finally:
            await consumer.stop()

    async def entries(self, topic: str, key: str) -> list[Written]:
        """All that is on a topic under a key by now."""
        consumer = AIOKafkaConsumer(enable_auto_commit=False, **client(self.stack, "admin"))
        await consumer.start()
        try:
            partitions = [TopicPartition(topic, p) for p in await _partitions(consumer, topic)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            ends, found = await consumer.end_offsets(partitions), list[Written]()
            while any([await consumer.position(partition) < end for partition, end in ends.items()]):
                for records in (await consumer.getmany(timeout_ms=100)).values():
                    for record in records:
                        if record.key == key.encode() and record.value is not None:
                            envelope = decode(record.headers)
                            event = EVENTS[envelope.type].model_validate_json(record.value)
                            found.append(Written(topic, envelope, event, record.value))
            return found
        finally:
            await consumer.stop()

    async def _reader(self) -> AIOKafkaConsumer:
        """An outsider's plain consumer, outside of any group, from the beginning."""
        if self._consumer is None:
            consumer = AIOKafkaConsumer(enable_auto_commit=False, **client(self.stack, "admin"))
            await consumer.start()
            partitions = [TopicPartition(topic, p) for topic in WATCHED for p in await _partitions(consumer, topic)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            self._consumer = consumer
        return self._consumer

    async def close(self) -> None:
        await self._producers.close()
        if self._consumer is not None:
            await self._consumer.stop()


async def _partitions(consumer: AIOKafkaConsumer, topic: str) -> set[int]:
    await consumer._client.set_topics([topic])
    found: set[int] = consumer.partitions_for_topic(topic) or set()
    return found
