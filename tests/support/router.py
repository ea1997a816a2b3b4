"""The router alone: its neighbours are events, each written with the credentials of who would write it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, TopicPartition
from lapor_chassis.application import Application
from lapor_chassis.clock import wall_now
from lapor_chassis.ids import uuid7
from lapor_contracts import complaints
from lapor_contracts.agencies import AgencyEntry
from lapor_contracts.base import Event, Place
from lapor_contracts.catalogue import topic as topic_of
from lapor_contracts.envelope import Envelope, decode, encode
from lapor_contracts.events import EVENTS
from lapor_deploy.outsider import client
from lapor_deploy.stack import Stack
from lapor_router.domain.reading import ReportReader
from lapor_router.domain.rules import Rules
from lapor_router.domain.state import RouterState
from lapor_router.joining import join as join_agencies
from lapor_router.main import build
from lapor_router.readers import load_all
from lapor_router.settings import RouterSettings
from pydantic import SecretStr

from tests.support.producers import Producers

SEMBUAN = Place(area_code="64.07.16.2004")
DEADLINE_SECONDS = 60.0


@dataclass(frozen=True)
class Read:
    """An event as an outsider sees it."""

    envelope: Envelope
    event: Any
    offset: int

    @property
    def name(self) -> str:
        return type(self.event).__name__


def operators_environment(stack: Stack) -> dict[str, str]:
    """What `lapor` commands find when an administrator of the broker types them."""
    admin = stack.kafka_credentials("admin")
    return {
        "LAPOR_KAFKA_BOOTSTRAP": stack.bootstrap, "LAPOR_KAFKA_USERNAME": admin.username,
        "LAPOR_KAFKA_PASSWORD": admin.password, "LAPOR_ROUTER_DATABASE_URL": stack.database_url("router"),
        "LAPOR_DATA": str(stack.data),
    }  # fmt: skip


@cache
def packaged() -> tuple[Rules, ReportReader]:
    """The packaged data, loaded once for all tests: it takes a second."""
    return load_all()


def settings(stack: Stack, principal: str = "router", **more: Any) -> RouterSettings:
    who = stack.kafka_credentials(principal)
    return RouterSettings(
        kafka_bootstrap=stack.bootstrap,
        kafka_username=who.username,
        kafka_password=SecretStr(who.password),
        database_url=SecretStr(stack.database_url("router")),
        **{"metadata_seconds": 0.3, "heartbeat_seconds": 0.5, **more},
    )


def registered(**changes: Any) -> complaints.Registered:
    fields: dict[str, Any] = {
        "tracking_id": "4710023041", "channel": "web", "report_type": "complaint", "title": "Jalan rusak",
        "narrative": "Jalan kampung berlubang.", "category": "jalan-rusak/kabupaten", "place": SEMBUAN,
        "anonymous": False, "secret": False, "has_contact": True, "complete": True, "received_at": wall_now(),
    }  # fmt: skip
    return complaints.Registered(**{**fields, **changes})


@dataclass
class World:
    """The router, running, and everybody around it."""

    stack: Stack
    app: Application[RouterState]
    producers: Producers = field(init=False)
    _numbers: dict[tuple[str, UUID], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.producers = Producers(self.stack, linger_ms=30)

    async def start(self) -> None:
        await self.app.start()

    async def restart(self, *, kill: bool = False, meanwhile: Awaitable[None] | None = None) -> None:
        await self.app.stop(abandon=kill)
        if meanwhile is not None:
            await meanwhile
        self.app = build(settings(self.stack), loaded=packaged())
        await self.app.start()

    async def close(self) -> None:
        await self.producers.close()
        await self.app.stop()

    async def core(
        self, complaint: UUID, event: Event, *, number: int | None = None, event_id: UUID | None = None,
        after: dict[str, int] | None = None,
    ) -> Envelope:  # fmt: skip
        """As intake or escalation writes it; numbered in turn unless a number is given."""
        topic = next(t for t in ("lapor.complaints", "lapor.escalations") if event.type in topic_of(t).events)
        if number is None:
            number = self._numbers[topic, complaint] = self._numbers.get((topic, complaint), 0) + 1
        principal = topic_of(topic).writer
        return await self.send(principal, topic, complaint, event, number=number, event_id=event_id, after=after)

    async def reply(
        self, agency: str, complaint: UUID | str, event: Event, *, event_id: UUID | None = None
    ) -> Envelope:
        topic = f"lapor.agency-replies.{agency}"
        return await self.send(f"agency-{agency}", topic, complaint, event, event_id=event_id)

    async def decide(self, complaint: UUID, event: Event) -> Envelope:
        return await self.send("decider", "lapor.decisions", complaint, event)

    async def send(
        self, principal: str, topic: str, complaint: UUID | str, event: Event, *, number: int | None = None,
        event_id: UUID | None = None, after: dict[str, int] | None = None,
    ) -> Envelope:  # fmt: skip
        envelope = Envelope(
            id=event_id or uuid7(), type=event.type, source=f"urn:lapor:{principal}", subject=str(complaint),
            time=wall_now(), number=number, after=after or {},
        )  # fmt: skip
        await self.raw(principal, topic, str(complaint).encode(), event.model_dump_json().encode(), encode(envelope))
        return envelope

    async def raw(
        self, principal: str, topic: str, key: bytes | None, value: bytes | None, headers: list[tuple[str, Any]]
    ) -> None:
        producer = await self.producers.of(principal)
        await producer.send_and_wait(topic, key=key, value=value, headers=headers)

    async def read(self, topic: str, complaint: UUID, count: int, principal: str | None = None) -> list[Read]:
        """The first `count` events of this complaint, read anew from the topic with the reader's credentials."""
        return await self.until(topic, lambda found: len(found) >= count, complaint, principal)

    async def until(
        self, topic: str, enough: Callable[[list[Read]], bool], complaint: UUID | None = None,
        principal: str | None = None,
    ) -> list[Read]:  # fmt: skip
        """Raises AssertionError with what was there when the deadline is over."""
        reader = principal or _reader(topic)
        consumer = AIOKafkaConsumer(**client(self.stack, reader))
        await consumer.start()
        found: list[Read] = []
        try:
            partitions = [TopicPartition(topic, p) for p in range(topic_of(topic).partitions)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not enough(found):
                    for records in (await consumer.getmany(timeout_ms=100)).values():
                        found += [r for r in map(_read, records) if complaint in (None, _subject(r))]
        except TimeoutError:
            raise AssertionError(f"{topic}: only {[(r.name, r.envelope.number) for r in found]}") from None
        finally:
            await consumer.stop()
        return found

    async def fetch(self, sql: str, *args: Any) -> list[asyncpg.Record]:
        return await self.app.pool.fetch(sql, *args)

    async def complaint(self, **changes: Any) -> UUID:
        """Registered, and waited for until it is somebody's."""
        complaint = uuid7()
        await self.core(complaint, registered(**changes))
        await self.read("lapor.assignments", complaint, 1)
        return complaint


def _reader(topic: str) -> str:
    family = topic_of(topic)
    return f"agency-{family.code_of(topic)}" if family.prefix == "lapor.agency." else (
        "operator" if family.kind == "dead_letters" else "oversight"
    )  # fmt: skip


def _read(record: Any) -> Read:
    envelope = decode(record.headers)
    return Read(envelope, EVENTS[envelope.type].model_validate_json(record.value), record.offset)


def _subject(read: Read) -> UUID | None:
    try:
        return UUID(read.envelope.subject)
    except ValueError:
        return None


@asynccontextmanager
async def running(stack: Stack) -> AsyncIterator[World]:
    world = World(stack, build(settings(stack), loaded=packaged()))
    await world.start()
    try:
        yield world
    finally:
        await world.close()


async def join(stack: Stack, codes: Collection[str], **changes: dict[str, Any]) -> None:
    """These agencies of the data files join, as by `lapor agency join`; `changes` by code with _ for -. What other
    tests in the same database made of them is undone."""
    entries = [
        AgencyEntry.model_validate(entry.model_dump() | changes.get("_" + entry.code.replace("-", "_"), {}))
        for entry in packaged()[0].known
        if entry.code in codes
    ]
    assert len(entries) == len(codes)
    await join_agencies(settings(stack, "admin"), entries, stack.data, entered=lambda entry, _: entry)
