"""One test of the chassis: a database and consumer groups of its own, and an outsider's journal of all that the
probe says."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
import urllib.error
import urllib.request
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from lapor_chassis.clock import wall_now
from lapor_chassis.ids import uuid7
from lapor_chassis.settings import ServiceSettings
from lapor_contracts.base import Event
from lapor_contracts.catalogue import topic as topic_of
from lapor_contracts.catalogue import written_by
from lapor_contracts.complaints import Amended
from lapor_contracts.envelope import Envelope, Headers, decode, encode
from lapor_contracts.events import EVENTS
from lapor_deploy.outsider import client
from pydantic import SecretStr

from tests.support.ground import READS, Ground, ground
from tests.support.probe import COMPLAINTS, NAME, Probe, ProbeApplication

__all__ = ["DEAD_LETTERS", "Ground", "Scene", "client", "ground", "open_scene"]
DEADLINE_SECONDS = 30.0
DEAD_LETTERS = f"lapor.dlq.{NAME}"
WATCHED = (*(topic.name for topic in written_by(NAME, "core")), DEAD_LETTERS, "lapor.tallies")


@dataclass(frozen=True)
class Read:
    """An event as an outsider sees it."""

    topic: str
    envelope: Envelope
    event: Any
    value: bytes


@dataclass
class Scene:
    """One test's: `apps` and `children` are stopped at its end, `seen` is all that the probe has said."""

    ground: Ground
    group: str
    began: Mapping[tuple[str, int], int]
    database_url: str
    conn: asyncpg.Connection[asyncpg.Record]
    consumer: AIOKafkaConsumer
    producer: AIOKafkaProducer
    seen: list[Read] = field(default_factory=list)
    apps: list[ProbeApplication] = field(default_factory=list)
    children: list[asyncio.subprocess.Process] = field(default_factory=list)
    _numbers: dict[tuple[str, UUID], int] = field(default_factory=dict)

    # --- instances ---

    async def start(self, probe: Probe | None = None, *, group: str | None = None, **settings: Any) -> ProbeApplication:
        app = ProbeApplication(self.settings(**settings), group or self.group, probe)
        self.apps.append(app)
        await app.start()
        return app

    async def stop(self, app: ProbeApplication, *, kill: bool = False) -> None:
        self.apps.remove(app)
        await app.stop(abandon=kill)

    async def stop_cancelling(self, app: ProbeApplication, task: asyncio.Task[None]) -> None:
        """As `stop` does with the service's own tasks."""
        task.cancel()
        await asyncio.wait([task])
        await self.stop(app)

    def settings(self, **changes: Any) -> ServiceSettings:
        who = self.ground.stack.kafka_credentials("admin")
        usual: dict[str, Any] = {
            "kafka_bootstrap": self.ground.stack.bootstrap, "kafka_username": who.username,
            "kafka_password": SecretStr(who.password), "database_url": SecretStr(self.database_url),
            "heartbeat_seconds": 0.2, "timer_interval_seconds": 0.05, "tally_seconds": 0.3, "static_member": False,
        }  # fmt: skip
        return ServiceSettings(**(usual | changes))

    async def child(self, **env: str) -> asyncio.subprocess.Process:
        """The probe as a process, at work. It is a static member, so that who follows it need not wait for it."""
        who = self.ground.stack.kafka_credentials("admin")
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tests.support.probe", stdout=asyncio.subprocess.DEVNULL,
            env={
                "PATH": os.environ["PATH"], "LAPOR_KAFKA_BOOTSTRAP": self.ground.stack.bootstrap,
                "LAPOR_KAFKA_USERNAME": who.username, "LAPOR_KAFKA_PASSWORD": who.password,
                "LAPOR_DATABASE_URL": self.database_url, "LAPOR_HEARTBEAT_SECONDS": "0.2",
                "PROBE_GROUP": self.group, **env,
            },
        )  # fmt: skip
        self.children.append(process)
        return process

    # --- writing ---

    async def say(
        self, subject: UUID, event: Event, *, topic: str = COMPLAINTS, number: int | None = None, **envelope: Any
    ) -> Envelope:
        """Numbered in turn on a core topic unless a number is given."""
        made = self.envelope(subject, event, topic=topic, number=number, **envelope)
        await self.raw(topic, str(subject).encode(), event.model_dump_json().encode(), encode(made))
        return made

    def envelope(
        self, subject: UUID, event: Event, *, topic: str = COMPLAINTS, number: int | None = None, **changes: Any
    ) -> Envelope:
        if number is None and topic_of(topic).kind == "core":
            number = self._numbers.get((topic, subject), 0) + 1
        if number is not None:
            self._numbers[topic, subject] = max(number, self._numbers.get((topic, subject), 0))
        usual: dict[str, Any] = {"id": uuid7(), "type": event.type, "source": "urn:test", "time": wall_now()}
        return Envelope(**(usual | changes), subject=str(subject), number=number)

    async def raw(self, topic: str, key: bytes, value: bytes | None, headers: Headers) -> int:
        """Its offset."""
        return int((await self.producer.send_and_wait(topic, key=key, value=value, headers=headers)).offset)

    async def order(self, subject: UUID, *orders: str) -> None:
        """To the probe, by the titles of amendments; written together."""
        await asyncio.gather(*[self.say(subject, Amended(title=order)) for order in orders])

    # --- looking ---

    async def log(self, subject: UUID) -> list[str]:
        """What the service applied, in order."""
        state = await self.conn.fetchval("select plain->'log' from subject where id = $1", subject)
        return [] if state is None else list(json.loads(state))

    async def reconnect(self) -> None:
        """After the database was away."""
        await self.conn.close(timeout=1)
        self.conn = await asyncpg.connect(self.database_url)

    async def until_log(self, subject: UUID, *expected: str) -> None:
        """Applied in exactly this order."""

        async def arrived() -> bool:
            return len(await self.log(subject)) >= len(expected)

        await self.until(arrived, lambda: self.log(subject))
        assert await self.log(subject) == list(expected)

    async def until(
        self, holds: Callable[[], Awaitable[Any]], said: Callable[[], Awaitable[Any]] | None = None
    ) -> None:
        """Raises AssertionError with what `said` gives when the deadline is over."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not await holds():  # noqa: ASYNC110 - looks at a database from outside
                    await asyncio.sleep(0.02)
        except TimeoutError:
            raise AssertionError(f"not within {DEADLINE_SECONDS:.0f} s: {await said() if said else holds}") from None

    async def until_said(self, enough: Callable[[Scene], bool]) -> None:
        """Reads on until what was said is enough."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not enough(self):
                    await self.read_on()
        except TimeoutError:
            said = [(r.topic, r.envelope.subject[-6:], r.envelope.number, r.event) for r in self.seen]
            raise AssertionError(f"not said within {DEADLINE_SECONDS:.0f} s; said was {said}") from None

    async def read_on(self) -> None:
        for records in (await self.consumer.getmany(timeout_ms=50)).values():
            for record in records:
                envelope = decode(record.headers)
                value = record.value or b""
                event = EVENTS[envelope.type].model_validate_json(value)
                self.seen.append(Read(record.topic, envelope, event, value))

    def said(self, subject: UUID, topic: str = "lapor.escalations") -> list[tuple[int | None, str]]:
        """Number and text, as they lie on the topic, repeats and all."""
        return [(r.envelope.number, r.event.text) for r in self._of(subject, topic)]

    def _of(self, subject: UUID, topic: str) -> list[Read]:
        return [r for r in self.seen if r.topic == topic and r.envelope.subject == str(subject)]

    def assert_numbers(self, subject: UUID, count: int, topic: str = "lapor.escalations") -> None:
        """Gapless from 1 to `count` in this order; what came again is the same event under the same number."""
        first: dict[int, UUID] = {}
        for read in self._of(subject, topic):
            assert read.envelope.number is not None
            assert first.setdefault(read.envelope.number, read.envelope.id) == read.envelope.id
        assert list(first) == list(range(1, count + 1))

    def dead_letters(self) -> list[Any]:
        return [r.event for r in self.seen if r.topic == DEAD_LETTERS]

    async def get(self, app: ProbeApplication, path: str) -> tuple[int, str]:
        """Status and body of the service's HTTP answer."""

        def ask() -> tuple[int, str]:
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{app.http_port}{path}", timeout=5) as answer:
                    return answer.status, answer.read().decode()
            except urllib.error.HTTPError as error:
                with error:
                    return error.code, error.read().decode()

        return await asyncio.to_thread(ask)

    async def close(self) -> None:
        for child in self.children:
            if child.returncode is None:
                child.send_signal(signal.SIGKILL)
                await child.wait()
        for app in self.apps:
            await app.stop(abandon=True)
        await self.consumer.stop()
        await self.producer.stop()
        await self.conn.close()


async def open_scene(ground: Ground) -> Scene:
    """An outsider reads from now on all that the probe will say."""
    url = await ground.database()
    began = await asyncio.to_thread(ground.ends, READS)
    group = await asyncio.to_thread(ground.group, began)
    ends = await asyncio.to_thread(ground.ends, WATCHED)
    options = client(ground.stack, "admin")
    consumer: AIOKafkaConsumer = AIOKafkaConsumer(enable_auto_commit=False, **options)
    producer = AIOKafkaProducer(acks="all", enable_idempotence=True, linger_ms=5, **options)
    await asyncio.gather(consumer.start(), producer.start())
    consumer.assign([TopicPartition(*where) for where in ends])
    for where, offset in ends.items():
        consumer.seek(TopicPartition(*where), offset)
    return Scene(ground, group, began, url, await asyncpg.connect(url), consumer, producer)
