"""The register of agencies in memory: names and addresses by code, read from the beginning at each start."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

from aiokafka import TopicPartition
from lapor_chassis import kafka
from lapor_chassis.errors import Invalid
from lapor_chassis.logging import get_logger
from lapor_chassis.record import Record
from lapor_chassis.settings import ServiceSettings
from lapor_contracts.agencies import AgencyEntry

TOPIC = "lapor.agencies"
POLL_MS = 500
log = get_logger("lapor.register")


class Register:
    """`names` and `emails` by code. Complete when `caught_up` is set; it goes on reading after that."""

    def __init__(self, settings: ServiceSettings) -> None:
        self.names: dict[str, str] = {}
        self.emails: dict[str, str] = {}
        self.caught_up = asyncio.Event()
        self._numbers: dict[str, int] = {}
        self._settings = settings

    async def read(self) -> None:
        """For ever. Outside of any group: every instance reads all of it."""
        consumer = kafka.plain_consumer(self._settings, **kafka.PATIENT)
        await consumer.start()
        try:
            partitions = await self._partitions(consumer)
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            ends = await consumer.end_offsets(partitions)
            while True:
                if not self.caught_up.is_set():
                    await self._look(consumer, ends)
                for records in (await consumer.getmany(timeout_ms=POLL_MS)).values():
                    self.apply([Record.of(record) for record in records])
        finally:
            await consumer.stop()

    async def _partitions(self, consumer: Any) -> list[TopicPartition]:
        while not (known := await _partitions_of(consumer)):
            log.warning("no register yet", topic=TOPIC)
            await asyncio.sleep(self._settings.metadata_seconds)
        return [TopicPartition(TOPIC, partition) for partition in sorted(known)]

    async def _look(self, consumer: Any, ends: dict[TopicPartition, int]) -> None:
        positions = [await consumer.position(partition) >= end for partition, end in ends.items()]
        if all(positions):
            log.info("register read", agencies=len(self.names))
            self.caught_up.set()

    def apply(self, records: Sequence[Record]) -> None:
        """The highest number of a code wins. What cannot be read is told, and the entry before it stays."""
        for record in records:
            try:
                entry = record.event(strict=False)
            except Invalid as invalid:
                log.error(
                    "register entry cannot be read", topic=record.topic, partition=record.partition,
                    offset=record.offset, reason=invalid.reason, field=invalid.field,
                )  # fmt: skip
                continue
            if isinstance(entry, AgencyEntry) and record.envelope and record.envelope.number:
                self._enter(entry, record.envelope.number)

    def _enter(self, entry: AgencyEntry, number: int) -> None:
        if number >= self._numbers.get(entry.code, 0):
            self._numbers[entry.code] = number
            self.names[entry.code] = entry.name
            self.emails[entry.code] = entry.email


async def _partitions_of(consumer: Any) -> set[int]:
    await consumer._client.force_metadata_update()
    return consumer.partitions_for_topic(TOPIC) or set()
