"""The reference: the least that any reader and writer of these events does, in a process of its own.

getmany(500), each record validated and dumped by its own model, `send()` each, idempotent, acks=all. No state, no
database, no numbers, no headers and no commit of offsets. `python -m tests.bench.raw_loop`, its orders as JSON on
stdin: `client` (options of aiokafka), `topics` (name -> partitions), `output`, `count`; where the topics hold fewer,
they are read again.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from lapor_contracts.events import EVENTS

MOST = 500


async def run(client: dict[str, Any], topics: dict[str, int], output: str, count: int) -> None:
    reads = AIOKafkaConsumer(auto_offset_reset="earliest", enable_auto_commit=False, **client)
    # As the services' own.
    writes = AIOKafkaProducer(acks="all", enable_idempotence=True, linger_ms=5, max_batch_size=512 * 1024, **client)
    async with reads, writes:
        places = [TopicPartition(name, number) for name, partitions in topics.items() for number in range(partitions)]
        reads.assign(places)
        await reads.seek_to_beginning(*places)
        there = sum((await reads.end_offsets(places)).values())
        left, unread = count, there
        while left > 0:
            for records in (await reads.getmany(timeout_ms=1_000, max_records=MOST)).values():
                unread -= len(records)
                for record in records[:left]:
                    left -= 1
                    kind = next(value for name, value in record.headers if name == "ce_type")
                    event = EVENTS[kind.decode()].model_validate_json(record.value or b"")
                    await writes.send(output, event.model_dump_json().encode(), key=record.key)
            if unread <= 0:
                await reads.seek_to_beginning(*places)
                unread = there
        await writes.flush()


if __name__ == "__main__":
    asyncio.run(run(**json.load(sys.stdin)))
