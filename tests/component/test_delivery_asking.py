"""A consumer that the broker lets wait for records for seconds does not let others wait."""

from __future__ import annotations

import asyncio

import pytest
from aiokafka import TopicPartition
from lapor_chassis import kafka
from lapor_chassis.clock import monotonic
from lapor_chassis.ids import uuid7

from tests.support.journal import Ground, ground, open_scene
from tests.support.probe import COMPLAINTS

__all__ = ["ground"]
pytestmark = pytest.mark.component
SOON_SECONDS = kafka.PATIENT["fetch_max_wait_ms"] / 1000 / 2


async def test_a_record_comes_at_once_and_other_partitions_are_read_at_once(ground: Ground) -> None:
    scene = await open_scene(ground)
    consumer = kafka.plain_consumer(scene.settings(), **(kafka.PATIENT | {"auto_offset_reset": "latest"}))
    await consumer.start()
    try:
        for partition in (0, 1):
            place = TopicPartition(COMPLAINTS, partition)
            consumer.assign([place])
            await consumer.position(place)
            # Asked by now, and the broker has nothing: also when the partition is taken away.
            await asyncio.sleep(0.5)
            began = monotonic()
            await consumer.end_offsets([place])
            sent = await scene.producer.send_and_wait(COMPLAINTS, key=uuid7().bytes, value=b"{}", partition=partition)
            found = await consumer.getmany(timeout_ms=10_000)
            assert [record.offset for record in found[place]] == [sent.offset]
            assert monotonic() - began < SOON_SECONDS
    finally:
        await consumer.stop()
        await scene.close()
