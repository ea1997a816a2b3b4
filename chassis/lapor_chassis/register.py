"""Writing a compacted register: one lane for all writers, for there the last offset wins.

Whoever writes holds a lock, first publishes what a dead writer left, then writes and publishes. The
producer is transactional under one id: a frozen writer that wakes up is fenced by the broker.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from aiokafka import AIOKafkaProducer
from lapor_contracts.base import Event
from lapor_contracts.envelope import Envelope, encode

from lapor_chassis import kafka
from lapor_chassis.clock import wall_seconds
from lapor_chassis.db import Conn
from lapor_chassis.ids import uuid7
from lapor_chassis.settings import ServiceSettings

LOCK = 7_013_002


class RegisterWriter:
    """Use inside `async with`; `conn` must not be in a transaction, and is kept for the lock."""

    def __init__(self, conn: Conn, settings: ServiceSettings, topic: str, service: str) -> None:
        self._conn = conn
        self._settings = settings
        self._topic = topic
        self._source = f"urn:lapor:{service}"
        self._producer: AIOKafkaProducer

    async def __aenter__(self) -> RegisterWriter:
        await self._conn.execute("select pg_advisory_lock($1, hashtext($2))", LOCK, self._topic)
        self._producer = AIOKafkaProducer(
            client_id=f"register-{self._topic}",
            transactional_id=f"register-{self._topic}",
            **kafka.client_options(self._settings),
        )
        await self._producer.start()
        await self.publish()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._producer.stop()
        await self._conn.execute("select pg_advisory_unlock($1, hashtext($2))", LOCK, self._topic)

    async def put(self, entries: Sequence[tuple[str, Event]], now: datetime) -> None:
        """Appends entries (key, event) to the register's outbox: call it inside the transaction that changes
        the rows, and `publish` after its commit."""
        await self._conn.executemany(
            """insert into register_event (topic, key, number, event_id, type, time, body)
               select $1, $2, coalesce(max(number), 0) + 1, $3, $4, $5, $6 from register_event
               where topic = $1 and key = $2""",
            [(self._topic, key, uuid7(), event.type, now, event.model_dump_json().encode()) for key, event in entries],
        )

    async def publish(self) -> int:
        """Everything that is not out yet, in order. Gives how many."""
        rows = await self._conn.fetch(
            "select * from register_event where topic = $1 and not published order by seq", self._topic
        )
        if not rows:
            return 0
        async with self._producer.transaction():
            for row in rows:
                envelope = Envelope(
                    id=row["event_id"], type=row["type"], source=self._source, subject=row["key"], time=row["time"],
                    number=row["number"],
                )  # fmt: skip
                await self._producer.send(
                    self._topic, key=row["key"].encode(), value=row["body"], partition=0, headers=encode(envelope),
                    timestamp_ms=int(wall_seconds() * 1000),
                )  # fmt: skip
        await self._conn.execute(
            "update register_event set published = true where topic = $1 and seq = any($2::bigint[])",
            self._topic,
            [row["seq"] for row in rows],
        )
        return len(rows)
