"""Everything that the services have left anywhere: topics, tables, logs, files, metrics, traces, mails."""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Collection
from typing import Any

import asyncpg
import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from lapor_deploy.outsider import client
from lapor_deploy.stack import SERVICES
from lapor_escalation import packed

from tests.support.journey import World
from tests.support.journey_leaks import Place

Position = tuple[str, int, int]
_TABLES = """
select n.nspname || '.' || c.relname as name from pg_class c join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'm') and n.nspname not like 'pg\\_%' and n.nspname <> 'information_schema' order by 1
"""
# Where the mails arrive, and the storage of what is searched as topics and tables.
_ELSEWHERE = ("mail", "kafka", "postgres")


async def topics(world: World, but: Collection[Position] = ()) -> list[Place]:
    """Every record of every topic as the administrator reads it: key, headers, value; a place a topic.

    `but`: records that an outsider wrote in the clear itself; they come as places of their own kind, `own words`.
    """
    consumer = AIOKafkaConsumer(enable_auto_commit=False, **client(world.stack, "admin"))
    await consumer.start()
    try:
        names = [*await consumer.topics(), "__consumer_offsets"]
        await asyncio.gather(*(consumer._client._wait_on_metadata(name) for name in names))
        partitions = [TopicPartition(n, p) for n in names for p in consumer.partitions_for_topic(n) or ()]
        consumer.assign(partitions)
        await consumer.seek_to_beginning(*partitions)
        return await _read(consumer, frozenset(but))
    finally:
        await consumer.stop()


async def _read(consumer: AIOKafkaConsumer, but: frozenset[Position]) -> list[Place]:
    ends = await consumer.end_offsets(consumer.assignment())
    left = {tp for tp, end in ends.items() if end > await consumer.position(tp)}
    found: dict[tuple[str, str], list[bytes]] = defaultdict(list)
    while left:
        for tp, records in (await consumer.getmany(timeout_ms=500)).items():
            for record in records:
                own = (record.topic, record.partition, record.offset) in but
                found["own words" if own else "topic", record.topic].append(_bytes(record))
            if await consumer.position(tp) >= ends[tp]:
                left.discard(tp)
    return [Place(kind, name, b"\n".join(records)) for (kind, name), records in found.items()]


def _bytes(record: Any) -> bytes:
    headers = [part for name, value in record.headers for part in (name.encode(), value or b"")]
    return b"\n".join([record.key or b"", *headers, record.value or b""])


async def tables(world: World) -> list[Place]:
    """Every row of every table of all four databases, the vault's too: what is encrypted may be there. What is packed
    is searched as it reads."""
    found, packing = [], packed.packing()
    for service in SERVICES:
        conn = await asyncpg.connect(world.stack.database_url(service))
        try:
            for table in await conn.fetch(_TABLES):
                schema, _, name = table["name"].partition(".")
                rows = await conn.fetch(f'select * from "{schema}"."{name}"')
                cells = [_cell(value) for row in rows for value in row.values()]
                if name == "subject":
                    cells += [packing.unpack(row["packed"]) for row in rows if row["packed"] is not None]
                found.append(Place("table", f"{service}.{name}", b"\n".join(cells)))
        finally:
            await conn.close()
    return found


def _cell(value: object) -> bytes:
    return bytes(value) if isinstance(value, bytes | bytearray | memoryview) else str(value).encode()


def files(world: World) -> list[Place]:
    """The logs, and whatever else lies in the data folder."""
    found = []
    for path in sorted(world.stack.data.rglob("*")):
        inside = path.relative_to(world.stack.data)
        if inside.parts[0] not in _ELSEWHERE and path.is_file():
            kind = "log" if inside.parts[0] == world.logs.name else "file"
            found.append(Place(kind, str(inside), path.read_bytes()))
    return found


async def metrics(world: World) -> list[Place]:
    found = []
    async with httpx.AsyncClient(trust_env=False) as http:
        for service in SERVICES:
            answer = await http.get(f"{world.url(service)}/metrics")
            assert answer.status_code == 200
            found.append(Place("metrics", service, answer.content))
    return found


def traces(world: World) -> list[Place]:
    return [Place("trace", f"export {number}", body) for number, body in enumerate(world.collector.bodies())]


def mails(world: World, *, but_to: Collection[str]) -> list[Place]:
    """Mails to officers and to other reporters, as they were sent."""
    return [
        Place("mail", mail.to, f"{mail.subject}\n{mail.text}".encode())
        for mail in world.mailbox.mails()
        if mail.to not in but_to
    ]


async def all_places(world: World, but: Collection[Position]) -> list[Place]:
    return [
        *await topics(world, but), *await tables(world), *files(world), *await metrics(world), *traces(world),
    ]  # fmt: skip


def named(places: list[Place], kind: str, *names: str) -> list[Place]:
    """Those of a kind whose names begin so."""
    found = [place for place in places if place.kind == kind and place.name.startswith(names)]
    assert found, (kind, names)
    return found
