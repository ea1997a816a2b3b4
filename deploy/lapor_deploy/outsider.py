"""Reading and writing the topics as anybody outside would: plain clients, credentials of one's own."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.errors import KafkaConnectionError, TopicAuthorizationFailedError
from lapor_chassis.clock import DomainClock
from lapor_chassis.ids import uuid7
from lapor_contracts.base import Event
from lapor_contracts.catalogue import topics
from lapor_contracts.envelope import Envelope, InvalidEnvelope, decode, encode
from lapor_contracts.events import EVENTS
from pydantic import ValidationError

from lapor_deploy.errors import LaporError
from lapor_deploy.stack import Stack

CORE = tuple(topic.name for topic in topics() if topic.kind == "core" and "oversight" in topic.readers)


@dataclass(frozen=True, slots=True)
class Read:
    """One event as it stands on a topic. `event` None: a type or a body that this reader does not know."""

    topic: str
    partition: int
    offset: int
    envelope: Envelope
    event: Event | None

    @property
    def name(self) -> str:
        """The type without its prefix and version: `complaint.registered`."""
        return self.envelope.type.removeprefix("id.lapor.").rsplit(".", 1)[0]


def client(stack: Stack, principal: str) -> dict[str, Any]:
    """Options of an aiokafka client that signs in as `principal`."""
    who = stack.kafka_credentials(principal)
    return {
        "bootstrap_servers": stack.bootstrap,
        "security_protocol": "SASL_SSL" if stack.tls else "SASL_PLAINTEXT",
        "sasl_mechanism": "SCRAM-SHA-512",
        "sasl_plain_username": who.username,
        "sasl_plain_password": who.password,
    }


@asynccontextmanager
async def consuming(
    stack: Stack, principal: str, names: Sequence[str], *, from_end: bool = False
) -> AsyncIterator[AIOKafkaConsumer]:
    """A consumer outside of any group, on all partitions of these topics. Raises LaporError."""
    consumer = AIOKafkaConsumer(auto_offset_reset="earliest", enable_auto_commit=False, **client(stack, principal))
    try:
        await consumer.start()
        # Named, not subscribed to: a topic that may not be read is an error here, not silence.
        await asyncio.gather(*(consumer._client._wait_on_metadata(name) for name in names))
        partitions = [TopicPartition(name, p) for name in names for p in consumer.partitions_for_topic(name) or ()]
        consumer.assign(partitions)
        if from_end:
            await consumer.seek_to_end(*partitions)
        else:
            await consumer.seek_to_beginning(*partitions)
        yield consumer
    except KafkaConnectionError as error:
        raise LaporError(
            f"Kafka does not answer at {stack.bootstrap} for {principal}", "is the stack up? see `lapor status`"
        ) from error
    except TopicAuthorizationFailedError as error:
        raise LaporError(f"{principal} may not read {error.args[0]}", "see `lapor access check`") from error
    finally:
        await consumer.stop()


def read(record: Any) -> Read | None:
    """The event of a record; None where its headers are no CloudEvent's."""
    try:
        envelope = decode(record.headers)
    except InvalidEnvelope:
        return None
    model = EVENTS.get(envelope.type)
    try:
        event = model.model_validate_json(record.value) if model and record.value is not None else None
    except ValidationError:
        event = None
    return Read(record.topic, record.partition, record.offset, envelope, event)


async def to_end(consumer: AIOKafkaConsumer) -> AsyncIterator[Any]:
    """Every record from where this consumer stands to where its partitions end now."""
    ends = await consumer.end_offsets(consumer.assignment())
    left = {tp for tp, end in ends.items() if end > await consumer.position(tp)}
    while left:
        for tp, records in (await consumer.getmany(timeout_ms=500)).items():
            for record in records:
                yield record
            if await consumer.position(tp) >= ends[tp]:
                left.discard(tp)


async def read_to_end(stack: Stack, principal: str, names: Sequence[str]) -> AsyncIterator[Read]:
    """Everything that is on these topics now."""
    async with consuming(stack, principal, names) as consumer:
        async for record in to_end(consumer):
            if (found := read(record)) is not None:
                yield found


class Journal:
    """All that has been read of some topics so far, and waiting for more."""

    def __init__(self) -> None:
        self.reads: list[Read] = []
        self._changed = asyncio.Condition()

    async def follow(self, stack: Stack, principal: str, names: Sequence[str]) -> None:
        """Reads for ever."""
        async with consuming(stack, principal, names) as consumer:
            while True:
                batch = await consumer.getmany(timeout_ms=100)
                found = [r for records in batch.values() for record in records if (r := read(record)) is not None]
                if found:
                    async with self._changed:
                        self.reads += found
                        self._changed.notify_all()

    async def first(self, wanted: Callable[[Read], bool], seconds: float) -> Read | None:
        """The first event that fits, also one that was read before; None when it does not come in time."""
        try:
            async with asyncio.timeout(seconds), self._changed:
                await self._changed.wait_for(lambda: any(map(wanted, self.reads)))
        except TimeoutError:
            return None
        return next(filter(wanted, self.reads))

    def of(self, complaint: UUID) -> list[Read]:
        return [r for r in self.reads if r.envelope.subject == str(complaint)]


@asynccontextmanager
async def writing(stack: Stack, principal: str) -> AsyncIterator[AIOKafkaProducer]:
    """An idempotent producer with credentials of its own."""
    producer = AIOKafkaProducer(acks="all", enable_idempotence=True, **client(stack, principal))
    try:
        await producer.start()
        yield producer
    except KafkaConnectionError as error:
        raise LaporError(
            f"Kafka does not answer at {stack.bootstrap} for {principal}", "is the stack up? see `lapor status`"
        ) from error
    except TopicAuthorizationFailedError as error:
        raise LaporError(f"{principal} may not write {error.args[0]}", "see `lapor access check`") from error
    finally:
        await producer.stop()


async def write(
    producer: AIOKafkaProducer, topic: str, source: str, subject: str, event: Event, clock: DomainClock
) -> UUID:
    """One edge event; gives its id. Sent again with the same id it would be dropped."""
    envelope = Envelope(id=uuid7(), type=event.type, source=f"urn:lapor:{source}", subject=subject, time=clock.now())
    await producer.send_and_wait(
        topic, key=subject.encode(), value=event.model_dump_json().encode(), headers=encode(envelope)
    )
    return envelope.id


def causal_order(reads: Iterable[Read]) -> list[Read]:
    """The events of one complaint in an order in which nothing comes before its cause.

    It follows from numbers and `ce_after` alone, never from clocks or from which topic was read first.
    """
    rank = {name: place for place, name in enumerate(CORE)}
    waiting = sorted(reads, key=lambda r: (rank.get(r.topic, len(rank)), r.envelope.number or 0))
    present = {r.topic for r in waiting}
    applied: dict[str, int] = {}
    ordered: list[Read] = []
    while waiting:
        ready = next((r for r in waiting if _is_next(r, applied, present)), waiting[0])
        waiting.remove(ready)
        applied[ready.topic] = ready.envelope.number or 0
        ordered.append(ready)
    return ordered


def _is_next(read: Read, applied: dict[str, int], present: set[str]) -> bool:
    return (read.envelope.number or 0) == applied.get(read.topic, 0) + 1 and all(
        applied.get(topic, 0) >= number for topic, number in read.envelope.after.items() if topic in present
    )
