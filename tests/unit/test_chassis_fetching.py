"""What lies ready in the client is taken in fair parts. aiokafka's own fetcher and results, without a broker."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka import ConsumerRecord, TopicPartition
from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import KafkaError
from lapor_chassis import fetching

fetching.install()
A, B, C = (TopicPartition(topic, 0) for topic in ("a", "b", "c"))


class Assignment:
    """Always ours, always where the client stands."""

    active = True

    def __init__(self, records: Records) -> None:
        self._records = records
        self.paused = False

    @property
    def position(self) -> int:
        return self._records.next_fetch_offset

    def state_value(self, _: TopicPartition) -> Assignment:
        return self

    def consumed_to(self, _: int) -> None:
        pass


class Records:
    """Of one partition, by their timestamps."""

    def __init__(self, partition: TopicPartition, times: list[int]) -> None:
        self._left: list[ConsumerRecord[Any, Any]] = [
            ConsumerRecord(partition.topic, 0, offset, time, 0, None, b"", None, -1, 0, ())
            for offset, time in enumerate(times)
        ]
        self.next_fetch_offset = 0

    def __iter__(self) -> Records:
        return self

    def __next__(self) -> ConsumerRecord[Any, Any]:
        if not self._left:
            raise StopIteration
        record = self._left.pop(0)
        self.next_fetch_offset = record.offset + 1
        return record


class Consumer:
    """`getmany` over what is ready, partition by partition as aiokafka's fetcher; `later` comes while it waits."""

    def __init__(self, ready: dict[TopicPartition, list[int]], later: dict[TopicPartition, list[int]] | None = None):
        self._fetcher = self
        self._records = {partition: result(partition, times) for partition, times in ready.items()}
        self._later = {partition: result(partition, times) for partition, times in (later or {}).items()}
        self.error: KafkaError | None = None
        self.calls = 0

    async def getmany(self, *, timeout_ms: int = 0, max_records: int) -> dict[TopicPartition, list[Any]]:
        self.calls += 1
        if self.error and self.calls > 1:
            raise self.error
        if timeout_ms:
            self._records.update(self._later)
        found: dict[TopicPartition, list[Any]] = {}
        for partition, lies_ready in list(self._records.items()):
            if max_records and (records := lies_ready.getall(max_records)):
                found[partition] = records
                max_records -= len(records)
            if not lies_ready.has_more():
                del self._records[partition]
        return found


def result(partition: TopicPartition, times: list[int]) -> Any:
    records = Records(partition, times)
    return FetchResult(partition, assignment=Assignment(records), partition_records=records, backoff=0)


async def taken(consumer: Any, most: int) -> list[tuple[str, int]]:
    return [(record.topic, record.timestamp) for record in await fetching.take(consumer, most, 100)]


async def test_each_partition_gives_its_part_and_the_oldest_comes_first() -> None:
    consumer: Any = Consumer({A: [1, 4, 7, 9], B: [2, 3, 8], C: [5]})
    assert await taken(consumer, 6) == [("a", 1), ("b", 2), ("b", 3), ("a", 4), ("c", 5)]
    assert fetching.more_lies_ready(consumer)
    assert await taken(consumer, 6) == [("a", 7), ("b", 8), ("a", 9)]


async def test_what_comes_while_it_waits_is_shared_out_too() -> None:
    consumer: Any = Consumer({}, later={A: [10, 11, 12, 13], B: [1, 2, 3, 4]})
    assert await taken(consumer, 5) == [("b", 1), ("b", 2), ("a", 10), ("a", 11), ("a", 12)]
    assert await taken(Consumer({}, later={A: [1, 2]}), 1) == [("a", 1)]
    nothing: Any = Consumer({})
    assert await taken(nothing, 5) == [] and nothing.calls == 1


async def test_times_that_go_back_change_no_order_within_a_partition() -> None:
    expected = [("b", 2), ("a", 5), ("a", 1), ("a", 6)]
    assert await taken(Consumer({A: [5, 1, 6], B: [2]}), 9) == expected
    assert await taken(Consumer({}, later={A: [5, 1, 6], B: [2]}), 9) == expected


async def test_an_error_costs_nothing_that_was_read() -> None:
    consumer: Any = Consumer({}, later={A: [1, 2]})
    consumer.error = KafkaError()
    assert await taken(consumer, 5) == [("a", 1)]
    with pytest.raises(KafkaError):
        await taken(consumer, 5)
