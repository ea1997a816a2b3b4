"""The notifier alone: its neighbours are events with their writers' credentials, its mail server is a real one."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiosmtpd.smtp import SMTP, Envelope, Session
from joserfc import jwe
from joserfc.jwk import OKPKey
from lapor_chassis.application import Application
from lapor_chassis.clock import wall_now
from lapor_chassis.ids import uuid7
from lapor_contracts import contacts
from lapor_contracts.agencies import AgencyEntry
from lapor_contracts.base import Agency, Event
from lapor_contracts.catalogue import topic as topic_of
from lapor_contracts.catalogue import topics
from lapor_contracts.envelope import Envelope as Headers
from lapor_contracts.envelope import decode, encode
from lapor_contracts.events import EVENTS
from lapor_deploy.mailbox import Keeper
from lapor_deploy.outsider import client
from lapor_deploy.stack import Stack
from lapor_notifier.domain.policy import RetryPolicy, SendingPolicy
from lapor_notifier.domain.state import NotifierState
from lapor_notifier.main import Parts, assemble
from lapor_notifier.settings import NotifierSettings
from pydantic import SecretStr

from tests.support.producers import Producers

DEADLINE_SECONDS = 30.0
NOTIFICATIONS = "lapor.notifications"
QUICK = SendingPolicy(
    retry=RetryPolicy(first=timedelta(seconds=0.1), longest=timedelta(seconds=0.5)),
    outage_first=timedelta(seconds=0.05),
    outage_longest=timedelta(seconds=0.3),
    idle=timedelta(seconds=0.02),
)


async def until(holds: Callable[[], Any], what: str) -> Any:
    """Waits for a condition; gives its truthy value. Raises AssertionError after the deadline."""
    try:
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                found = holds()
                if asyncio.iscoroutine(found):
                    found = await found
                if found:
                    return found
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise AssertionError(f"not in {DEADLINE_SECONDS:.0f} s: {what}") from None


class PostOffice(Keeper):
    """A mail server of this test: keeps mails as files, and answers as it is told.

    `answers`: by the part before the @, what RCPT gets; each is used once, the last one for ever.
    """

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        super().__init__(folder)
        self.folder = folder
        self.port = 0
        self.delay = 0.0
        self.answers: dict[str, list[str]] = {}
        self._server: asyncio.Server | None = None
        self._open: set[Any] = set()

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        waiting = self.answers.get(address.partition("@")[0], [])
        answer = waiting.pop(0) if len(waiting) > 1 else (waiting[0] if waiting else "250 OK")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.delay)
        return await super().handle_DATA(server, session, envelope)

    async def start(self) -> None:
        loop = asyncio.get_running_loop()

        def session() -> SMTP:
            made = SMTP(self, hostname="localhost", loop=loop)
            self._open.add(made)
            return made

        self._server = await loop.create_server(session, "127.0.0.1", self.port)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        """As if it had died: connections are cut."""
        if self._server is not None:
            self._server.close()
            for session in self._open:
                if session.transport is not None:
                    session.transport.abort()
            self._open.clear()
            await self._server.wait_closed()
            self._server = None

    def mails(self, to: str) -> list[EmailMessage]:
        """In order of arrival, each with its envelope's recipient as Delivered-To."""
        files = sorted(self.folder.glob("*.eml"))
        read = (message_from_bytes(path.read_bytes(), policy=policy.default) for path in files)
        return [mail for mail in read if mail["Delivered-To"] == to]

    async def received(self, to: str, count: int = 1) -> list[EmailMessage]:
        found: list[EmailMessage] = await until(
            lambda: (mails := self.mails(to)) if len(self.mails(to)) >= count else None, f"{count} mails"
        )
        return found


@dataclass(frozen=True)
class Told:
    """An event on lapor.notifications."""

    number: int
    event: Any
    value: bytes

    @property
    def name(self) -> str:
        return type(self.event).__name__


@dataclass
class Town:
    """One complaint, one agency of its own, one mail server, and the notifier between them."""

    stack: Stack
    keys: Path
    post: PostOffice
    complaint: UUID = field(default_factory=uuid7)
    app: Application[NotifierState] = field(init=False)
    parts: Parts = field(init=False)
    running: bool = False
    numbers: dict[str, int] = field(default_factory=dict)
    _producers: Producers = field(init=False)

    def __post_init__(self) -> None:
        self._producers = Producers(self.stack, enable_idempotence=True)

    @property
    def tag(self) -> str:
        return f"{self.complaint.int & 0xFFFFFFFFFF:010x}"

    @property
    def tracking_id(self) -> str:
        return f"{self.complaint.int % 10**10:010d}"

    @property
    def reporter(self) -> str:
        return f"pelapor-{self.tag}@mail.example"

    def code(self, kind: str = "dlh") -> str:
        return f"{kind}-{self.tag}"

    def address(self, kind: str = "dlh") -> str:
        return f"{self.code(kind)}@instansi.example"

    def agency(self, kind: str = "dlh") -> Agency:
        return Agency(
            code=self.code(kind), name=f"Dinas {kind}", zone="WITA", superior=self.code("inspektorat"),
            ombudsman_office=self.code("ombudsman"),
        )  # fmt: skip

    async def start(self, sending: SendingPolicy = QUICK, **settings: Any) -> None:
        self.app, self.parts = assemble(self.settings(**settings), policy=sending, chance=lambda: 0.5)
        await self.app.start()
        self.running = True

    async def stop(self, *, kill: bool = False) -> None:
        if self.running:
            self.running = False
            await self.app.stop(abandon=kill)

    async def close(self) -> None:
        await self._producers.close()
        await self.stop()
        await self.post.stop()

    def settings(self, **changes: Any) -> NotifierSettings:
        who = self.stack.kafka_credentials("notifier")
        values: dict[str, Any] = {
            "kafka_bootstrap": self.stack.bootstrap, "kafka_username": who.username,
            "kafka_password": SecretStr(who.password), "database_url": SecretStr(self.stack.database_url("notifier")),
            "smtp_url": SecretStr(f"smtp://127.0.0.1:{self.post.port}"), "smtp_connections": 3,
            "contact_key_file": self.keys / "contact.jwk", "metadata_seconds": 0.3,
            # Other tests' complaints lie on the same topics, broken ones among them.
            "dead_letters_per_minute": 100_000,
        }  # fmt: skip
        return NotifierSettings(**(values | changes))

    async def join(self, *kinds: str, number: int = 1, emails: dict[str, str] | None = None) -> None:
        """Entries on the register, written in a transaction as `lapor agency join` does."""
        producer = AIOKafkaProducer(transactional_id="register-lapor.agencies", **client(self.stack, "admin"))
        await producer.start()
        try:
            async with producer.transaction():
                for kind in kinds:
                    entry = AgencyEntry(
                        code=self.code(kind), name=f"Dinas {kind}", level="regency", kind=kind, area="64.07",
                        zone="WITA", email=(emails or {}).get(kind, self.address(kind)), joined_on=date(2021, 4, 15),
                    )  # fmt: skip
                    headers = Headers(
                        id=uuid7(), type=entry.type, source="urn:test", subject=entry.code, time=wall_now(),
                        number=number,
                    )  # fmt: skip
                    await producer.send(
                        "lapor.agencies", key=entry.code.encode(), value=entry.model_dump_json().encode(),
                        headers=encode(headers), partition=0,
                    )  # fmt: skip
        finally:
            await producer.stop()

    def made(self, event: Event, **changes: Any) -> tuple[str, bytes, list[Any]]:
        """The next event of the complaint: topic, value, headers."""
        topic = next(t.name for t in topics() if t.kind == "core" and event.type in t.events)
        number = changes.pop("number", self.numbers.get(topic, 0) + 1)
        after = {other: n for other, n in self.numbers.items() if other != topic}
        self.numbers[topic] = max(number, self.numbers.get(topic, 0))
        headers = Headers(
            id=changes.pop("id", uuid7()), type=event.type, source="urn:test", subject=str(self.complaint),
            time=wall_now(), number=number, after=changes.pop("after", after),
        )  # fmt: skip
        return topic, event.model_dump_json().encode(), encode(headers)

    async def say(self, *events: Event) -> None:
        await self.send([self.made(event) for event in events])

    async def send(self, records: Iterable[tuple[str, bytes, list[Any]]]) -> None:
        """Done when the broker has them."""
        done = []
        for topic, value, headers in records:
            producer = await self._producers.of(topic_of(topic).writer)
            done.append(await producer.send(topic, value, key=str(self.complaint).encode(), headers=headers))
        await asyncio.gather(*done)

    def contact(self, email: str | None = "") -> contacts.ContactSet:
        """Sealed as intake does it."""
        inside = contacts.Contact(
            name="Siti Planted", email=self.reporter if email == "" else email, phone="+628115550123"
        )
        key = OKPKey.import_key(json.loads((self.keys / "contact.public.jwk").read_text()))
        header = {"alg": "ECDH-ES", "enc": "A256GCM", "kid": key.thumbprint()}
        return contacts.ContactSet(sealed=jwe.encrypt_compact(header, inside.model_dump_json().encode(), key))

    async def told(self, enough: Callable[[list[Told]], bool], complaint: UUID | None = None) -> list[Told]:
        """The complaint's events on lapor.notifications, read by an outsider from the beginning until enough and
        gapless. In the order of their numbers: two loops write there, and how they interleave is left open."""
        subject = str(complaint or self.complaint)
        consumer: AIOKafkaConsumer = AIOKafkaConsumer(enable_auto_commit=False, **client(self.stack, "oversight"))
        await consumer.start()
        found: list[Told] = []
        try:
            partitions = [TopicPartition(NOTIFICATIONS, n) for n in range(topic_of(NOTIFICATIONS).partitions)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not (enough(found) and max(t.number for t in found) == len(found)):
                    for records in (await consumer.getmany(timeout_ms=50)).values():
                        found += [told for record in records if (told := _told(record, subject)) is not None]
        except TimeoutError:
            raise AssertionError(f"told only {[(t.number, t.name) for t in found]}") from None
        finally:
            await consumer.stop()
        return sorted(found, key=lambda told: told.number)

    async def ends(self, count: int) -> list[Told]:
        """Once `count` deliveries have ended, everything told so far."""
        return await self.told(lambda told: sum(t.name in ("Sent", "Failed", "Replaced") for t in told) >= count)

    async def rows(self) -> list[asyncpg.Record]:
        return await self.app.pool.fetch(
            "select * from delivery where complaint = $1 order by queued_at", self.complaint
        )

    async def applied(self, topic: str, number: int) -> None:
        """Until the notifier has applied this event."""

        async def there() -> bool:
            row = await self.app.pool.fetchval("select applied from subject where id = $1", self.complaint)
            return bool(row) and json.loads(row).get(topic, 0) >= number

        await until(there, f"{topic} {number} applied")


def _told(record: Any, subject: str) -> Told | None:
    headers = decode(record.headers)
    if headers.subject != subject or headers.number is None:
        return None
    return Told(headers.number, EVENTS[headers.type].model_validate_json(record.value), record.value)


def quick(**changes: Any) -> SendingPolicy:
    return replace(QUICK, retry=replace(QUICK.retry, **changes))


@asynccontextmanager
async def town(stack: Stack, keys: Path, folder: Path) -> AsyncIterator[Town]:
    """The mail server runs; the notifier is started by the test."""
    made = Town(stack, keys, PostOffice(folder / "mail"))
    await made.post.start()
    try:
        yield made
    finally:
        await made.close()
