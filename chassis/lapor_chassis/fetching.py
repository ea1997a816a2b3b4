"""How records are taken from aiokafka: in fair parts, and one that it cannot decode costs that record, not others.

aiokafka 0.14 decodes the names of headers while it hands out records. A name that is not UTF-8 (any outsider
may write one) raises there: what other partitions had in the same call is lost behind their positions, and
the partition is read again for ever. Here it becomes a record whose headers cannot be read, which the
gatekeeper turns into a dead letter. The rest of its batch, by the same writer, fares the same.
"""

from __future__ import annotations

import sys
from heapq import merge
from operator import attrgetter
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import CorruptRecordException, KafkaError

from lapor_chassis.clock import wall_seconds
from lapor_chassis.logging import get_logger

NO_LIMIT = sys.maxsize
UNREADABLE = (("ce_specversion", b"\xff"),)
log = get_logger("lapor.fetching")


async def take(consumer: AIOKafkaConsumer, most: int, timeout_ms: int) -> tuple[ConsumerRecord[Any, Any], ...]:
    """Up to `most` records, each partition that lies ready giving its part, the oldest first.

    aiokafka gives all that it has of one partition before the next one's: behind a backlog events of one topic then
    come long before what they follow from, on another, and each of them has to wait in the database.
    """
    taken: dict[TopicPartition, list[ConsumerRecord[Any, Any]]] = {}
    if not (ready := _ready(consumer)):
        taken = await consumer.getmany(timeout_ms=timeout_ms, max_records=1)
        if not taken:
            return ()
    left = most - sum(map(len, taken.values()))
    for lies_ready in ready.values():
        lies_ready.share = max(1, left // len(ready))
    try:
        found = await consumer.getmany(max_records=left) if ready and left else {}
    except KafkaError:
        if not taken:
            raise
        found = {}  # what is wrong comes again, what was read would not
    for partition, records in found.items():
        taken[partition] = taken.get(partition, []) + records
    return tuple(merge(*taken.values(), key=attrgetter("timestamp")))  # within a partition as they lie


def more_lies_ready(consumer: AIOKafkaConsumer) -> bool:
    return bool(_ready(consumer))


def _ready(consumer: AIOKafkaConsumer) -> dict[TopicPartition, Any]:
    """What was fetched and is not given out yet, or the error that is; nothing where it has not started."""
    fetcher: Any = consumer._fetcher
    ready: dict[TopicPartition, Any] = fetcher._records if fetcher else {}
    return ready


def _getall(self: Any, max_records: int | None = None) -> list[ConsumerRecord[Any, Any]]:
    """As aiokafka's, but nothing raises. A batch with a wrong checksum gives nothing and passes nothing."""
    partition: TopicPartition = self._topic_partition
    if not self.check_assignment(partition) or not self.has_more():
        return []
    records: list[ConsumerRecord[Any, Any]] = []
    most = min(max_records or NO_LIMIT, self.__dict__.pop("share", NO_LIMIT))
    while len(records) < most:
        try:
            record = next(self._partition_records, None)
        except UnicodeDecodeError:
            offset = self._partition_records.next_fetch_offset
            self._partition_records.next_fetch_offset = offset + 1
            records.append(_unreadable(partition, offset))
            record = None
        except CorruptRecordException:
            log.error("a batch has a wrong checksum", topic=partition.topic, partition=partition.partition)
            record = None
        if record is None:
            # Exhausted, or its iterator has ended by the error: what follows is fetched anew.
            self._update_position()
            self._partition_records = None
            return records
        records.append(record)
    self._update_position()
    return records


def _calculate_backoff(self: Any) -> float:
    """Nothing more is asked for while something lies ready.

    aiokafka asks for the other partitions after a tenth of a second, and the broker may hold that question for
    seconds: meanwhile what comes to the partition that was left out is not asked for, though it has been read.
    So whoever reads some of its partitions only would stop the others: all consumers here read all of theirs."""
    return float(self._backoff)


def _unreadable(partition: TopicPartition, offset: int) -> ConsumerRecord[Any, Any]:
    return ConsumerRecord(
        topic=partition.topic,
        partition=partition.partition,
        offset=offset,
        timestamp=int(wall_seconds() * 1000),
        timestamp_type=0,
        key=None,
        value=None,
        checksum=None,
        serialized_key_size=-1,
        serialized_value_size=-1,
        headers=UNREADABLE,
    )


def install() -> None:
    """For every consumer of this process."""
    FetchResult.getall = _getall  # type: ignore[method-assign]
    FetchResult.calculate_backoff = _calculate_backoff  # type: ignore[method-assign]
