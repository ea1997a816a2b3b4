"""Intake alone: its neighbours are events, each written and read with the credentials of who would do it."""

from __future__ import annotations

import asyncio
import gc
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from aiokafka import AIOKafkaConsumer, TopicPartition
from joserfc.jwk import OKPKey
from lapor_chassis.application import Application
from lapor_chassis.clock import wall_now
from lapor_chassis.ids import uuid7
from lapor_contracts.base import Event
from lapor_contracts.catalogue import topic as topic_of
from lapor_contracts.contacts import Contact, ContactSet
from lapor_contracts.envelope import Envelope, InvalidEnvelope, decode, encode
from lapor_contracts.events import EVENTS
from lapor_contracts.submissions import SubmissionSealed
from lapor_deploy.outsider import client
from lapor_deploy.stack import Stack
from lapor_intake.domain.state import IntakeState
from lapor_intake.keys import load_jwk, make_keys
from lapor_intake.main import build
from lapor_intake.seal import opener, sealer
from lapor_intake.settings import IntakeSettings
from pydantic import SecretStr, ValidationError

from tests.support.producers import Producers

DEADLINE_SECONDS = 20.0
CHANNEL = "sms"

# Nobody real: the planted identity of all tests.
NAME, NIK, PHONE, EMAIL = "Siti Aminah Wulandari", "6407164101900001", "+6281234567890", "siti.wulandari@example.com"
PLANTED = (NAME, "Wulandari", NIK, PHONE, "081234567890", "81234567890", EMAIL, "siti.wulandari")
REPORTER = {"name": NAME, "nik": NIK, "phone": "0812-3456-7890".replace("-", " "), "email": EMAIL}


def complaint(**changes: Any) -> dict[str, Any]:
    """A whole and complete one, in which its writer names herself (another writer names nobody)."""
    named = "reporter" not in changes
    who = f"Saya {NAME} (NIK {NIK}), HP 0812-3456-7890, {EMAIL}: " if named else ""
    return {
        "title": "Jalan rusak di Kampung Sembuan",
        "narrative": f"{who}jalan kabupaten rusak berat sejak 2022.",
        "place": {"area_code": "64.07.16.2004", "address": f"depan rumah {'Ibu Wulandari' if named else 'kami'}"},
        "reporter": REPORTER,
        **changes,
    }


@dataclass(frozen=True)
class Read:
    """An event as an outsider sees it."""

    envelope: Envelope
    event: Any
    value: bytes


@dataclass
class World:
    stack: Stack
    app: Application[IntakeState]
    settings: IntakeSettings
    notifier: OKPKey
    http: httpx.AsyncClient
    _producers: Producers = field(init=False)

    def __post_init__(self) -> None:
        self._producers = Producers(self.stack)

    async def start(self) -> None:
        await self.app.start()
        self.http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{self.app.http_port}", timeout=20)

    async def stop(self, *, kill: bool = False) -> None:
        await self.http.aclose()
        await self.app.stop(abandon=kill)

    async def restart(self, *, kill: bool = False, **overrides: Any) -> None:
        await self.stop(kill=kill)
        gc.collect()  # what a killed process leaves open is warned of here, not in a later test
        self.app = build(self.settings, **overrides)
        await self.start()

    async def close(self) -> None:
        await self._producers.close()
        await self.stop()

    # HTTP

    async def post(self, path: str, body: Any, *, key: str | None = None, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        all_headers = {"Idempotency-Key": key or str(uuid7()), **{k.replace("_", "-"): v for k, v in headers.items()}}
        return await self.http.post(
            f"/v1/complaints{path}", content=content, headers={"content-type": "application/json", **all_headers}
        )

    async def registered(self, **changes: Any) -> tuple[UUID, str, str]:
        """Complaint id, tracking id and access code."""
        answer = (await self.post("", complaint(**changes))).json()
        found = await self.app.pool.fetchval(
            "select complaint from tracking where tracking_id = $1", answer["tracking_id"]
        )
        return found, answer["tracking_id"], answer["access_code"]

    async def show(self, tracking_id: str, code: str) -> httpx.Response:
        return await self.http.get(f"/v1/complaints/{tracking_id}", headers={"Access-Code": code})

    # Kafka

    async def submit(self, body: Any, *, submission: UUID | None = None, channel: str = CHANNEL) -> UUID:
        """As a channel would: fetches the public key over HTTP and seals to it."""
        jwk = (await self.http.get("/.well-known/jwks.json")).json()["keys"][0]
        plain = body if isinstance(body, bytes) else json.dumps(body).encode()
        event = SubmissionSealed(sealed=sealer(OKPKey.import_key(jwk)).seal(plain))
        return await self.send_submission(event.model_dump_json().encode(), submission=submission, channel=channel)

    async def send_submission(
        self, value: bytes | None, *, submission: UUID | None = None, channel: str = CHANNEL,
        headers: list[tuple[str, Any]] | None = None, partition: int | None = None,
    ) -> UUID:  # fmt: skip
        submission = submission or uuid7()
        own = Envelope(
            id=submission, type=SubmissionSealed.type, source=f"urn:lapor:channel-{channel}", subject=str(submission),
            time=wall_now(),
        )  # fmt: skip
        producer = await self._producers.of(f"channel-{channel}")
        await producer.send_and_wait(
            f"lapor.submissions.{channel}", key=str(submission).encode(), value=value, partition=partition,
            headers=encode(own) if headers is None else headers,
        )  # fmt: skip
        return submission

    async def core(self, principal: str, topic: str, subject: UUID, number: int, event: Event, **after: int) -> None:
        envelope = Envelope(
            id=uuid7(), type=event.type, source=f"urn:lapor:{principal}", subject=str(subject),
            time=wall_now(), number=number, after={f"lapor.{name}": last for name, last in after.items()},
        )  # fmt: skip
        producer = await self._producers.of(principal)
        await producer.send_and_wait(
            topic, key=str(subject).encode(), value=event.model_dump_json().encode(), headers=encode(envelope)
        )

    async def receipt(self, submission: UUID | None, *, channel: str = CHANNEL) -> Any:
        """The first receipt of this submission."""
        topic = f"lapor.receipts.{channel}"
        found = await self.until(
            topic, f"channel-{channel}", lambda all_: [r for r in all_ if r.event.submission == submission]
        )
        return found[0].event

    async def events(self, topic: str, subject: UUID, count: int) -> list[Read]:
        """The first events about this complaint, in order."""
        reader = "notifier" if topic == "lapor.contacts" else "oversight"

        def mine(read: list[Read]) -> list[Read]:
            own = [r for r in read if r.envelope.subject == str(subject)]
            return own if len(own) >= count else []

        return await self.until(topic, reader, mine)

    async def dead_letters(self, topic: str, count: int, since: int = 0) -> list[Any]:
        def mine(read: list[Read]) -> list[Read]:
            own = [r for r in read if r.event.topic == topic][since:]
            return own if len(own) >= count else []

        return [read.event for read in await self.until("lapor.dlq.intake", "operator", mine)]

    async def until(self, topic: str, principal: str, enough: Callable[[list[Read]], list[Read]]) -> list[Read]:
        """Reads the topic from its beginning until `enough` gives something; AssertionError after the deadline."""
        consumer = AIOKafkaConsumer(**client(self.stack, principal))
        await consumer.start()
        read: list[Read] = []
        try:
            partitions = [TopicPartition(topic, number) for number in range(topic_of(topic).partitions)]
            consumer.assign(partitions)
            await consumer.seek_to_beginning(*partitions)
            async with asyncio.timeout(DEADLINE_SECONDS):
                while not (enough_read := enough(read)):
                    for records in (await consumer.getmany(timeout_ms=100)).values():
                        read += [found for record in records if (found := _read(record)) is not None]
        except TimeoutError:
            raise AssertionError(f"{topic}: only {[type(r.event).__name__ for r in read]}") from None
        finally:
            await consumer.stop()
        return enough_read

    def contact(self, event: ContactSet) -> Contact:
        """As the notifier opens it."""
        assert event.sealed is not None
        return Contact.model_validate_json(opener(self.notifier).open(event.sealed))


def _read(record: Any) -> Read | None:
    """None for what another test's intake has written on purpose and nobody can read."""
    try:
        envelope = decode(record.headers)
        return Read(envelope, EVENTS[envelope.type].model_validate_json(record.value), record.value)
    except (InvalidEnvelope, KeyError, ValidationError):
        return None


def make_settings(stack: Stack, **more: Any) -> tuple[IntakeSettings, OKPKey]:
    """The settings, with keys kept for as long as the database; and the notifier's private key."""
    folder: Path = stack.data / "test-intake-keys"
    make_keys(folder)
    make_keys(folder / "notifier")
    who = stack.kafka_credentials("intake")
    settings = IntakeSettings(
        kafka_bootstrap=stack.bootstrap,
        kafka_username=who.username,
        kafka_password=SecretStr(who.password),
        database_url=SecretStr(stack.database_url("intake")),
        master_key_file=folder / "master.key",
        index_key_file=folder / "index.key",
        access_key_file=folder / "access.key",
        sealing_key_file=folder / "sealing.jwk",
        notifier_public_key_file=folder / "notifier" / "sealing.public.jwk",
        **{"metadata_seconds": 0.3, "heartbeat_seconds": 0.5, **more},
    )
    return settings, load_jwk(folder / "notifier" / "sealing.jwk", private=True)


@asynccontextmanager
async def running(stack: Stack, **more: Any) -> AsyncIterator[World]:
    settings, notifier = make_settings(stack, **more)
    world = World(stack, build(settings), settings, notifier, httpx.AsyncClient())
    await world.http.aclose()
    await world.start()
    try:
        yield world
    finally:
        await world.close()
