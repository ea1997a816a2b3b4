"""Plain clients: what is written before a measurement, and what is read after it, with credentials of one's own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from lapor_contracts.catalogue import topic as topic_of
from lapor_deploy.stack import Stack

Headers = list[tuple[str, str | bytes | None]]
SECONDS = 30.0
_QUEUE = 200_000
_QUIET = {"log_level": 0}  # what goes wrong is raised


@dataclass(frozen=True, slots=True)
class Row:
    """A record to be written."""

    topic: str
    key: bytes
    value: bytes
    headers: Headers


def producer(stack: Stack, principal: str, **options: Any) -> Producer:
    """Idempotent, and with Kafka's own partitioner: a key lies where the services look for it."""
    settings = {"enable.idempotence": True, "partitioner": "murmur2_random", "linger.ms": 20,
                "queue.buffering.max.messages": _QUEUE, **options}  # fmt: skip
    return Producer({**stack.kafka_client(principal), **_QUIET, **settings})


def write(stack: Stack, principal: str, rows: Iterable[Row]) -> int:
    """All of them, acknowledged; how many. Raises KafkaException for the first that was refused."""
    client, refused, count = producer(stack, principal), [], 0

    def answered(error: Any, _message: Message) -> None:
        if error is not None:
            refused.append(error)

    for count, row in enumerate(rows, 1):  # noqa: B007 - how many there were
        while True:
            try:
                client.produce(row.topic, row.value, row.key, headers=row.headers, on_delivery=answered)
                break
            except BufferError:
                client.poll(0.1)
        client.poll(0)
    if client.flush(SECONDS) or refused:
        raise KafkaException(refused[0] if refused else None)
    return count


def partitions(names: Iterable[str]) -> list[tuple[str, int]]:
    return [(name, number) for name in names for number in range(topic_of(name).partitions)]


def consumer(stack: Stack, principal: str, starts: dict[tuple[str, int], int]) -> Consumer:
    """From these offsets on; it joins no group and commits nothing, the name only has to be one of its own."""
    settings = {"group.id": principal, "enable.auto.commit": False, "queued.max.messages.kbytes": 32_768}
    client = Consumer({**stack.kafka_client(principal), **_QUIET, **settings})
    client.assign([TopicPartition(name, number, offset) for (name, number), offset in starts.items()])
    return client


def read(
    stack: Stack, principal: str, names: Sequence[str], since: dict[tuple[str, int], int] | None = None
) -> Iterator[Message]:
    """All that is on these topics now, from their beginning or from the offsets in `since`."""
    places = partitions(names)
    client = consumer(stack, principal, {place: (since or {}).get(place, OFFSET_BEGINNING) for place in places})
    try:
        marks = {place: client.get_watermark_offsets(TopicPartition(*place), SECONDS) for place in places}
        left = {place: end for place, (low, end) in marks.items() if end > max(low, (since or {}).get(place, 0))}
        while left:
            for message in client.consume(1_000, 0.2):
                if message.error():
                    raise KafkaException(message.error())
                place = (str(message.topic()), int(message.partition() or 0))
                if place not in left:
                    continue
                yield message
                if int(message.offset() or 0) + 1 >= left[place]:
                    del left[place]
    finally:
        client.close()


def header(message: Message, name: str) -> str:
    """Raises KeyError where it is not there."""
    value = dict(message.headers() or ())[name]
    return value.decode() if isinstance(value, bytes) else str(value)


def admin(stack: Stack) -> AdminClient:
    return AdminClient({**stack.kafka_client("admin"), **_QUIET})
