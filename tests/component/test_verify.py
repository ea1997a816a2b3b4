"""`lapor verify` and `lapor status` against a real broker: what is late, lost, or not ours to read."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from confluent_kafka import TopicPartition
from lapor_chassis import admin
from lapor_chassis.clock import wall_now
from lapor_chassis.ids import uuid7
from lapor_contracts.agency import AgencyWithdrawn
from lapor_contracts.base import Event
from lapor_contracts.complaints import Withdrawn
from lapor_contracts.contacts import ContactErased
from lapor_contracts.envelope import Envelope, encode
from lapor_contracts.operations import Tally
from lapor_deploy.commands import status
from lapor_deploy.embedded.platform import embedded_platform
from lapor_deploy.embedded.ports import free_port
from lapor_deploy.outsider import writing
from lapor_deploy.stack import Stack
from lapor_deploy.verification import Report, verify
from lapor_deploy.wiring import provide_broker
from typer.testing import CliRunner

pytestmark = pytest.mark.component
OUTLET = "lapor.agency.6407-pupr"
CLOSED = (OUTLET, "lapor.contacts")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Of its own: nothing but what a test writes may be on it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LAPOR_SMTP_URL", "smtp://127.0.0.1:1")
        with embedded_platform(tmp_path_factory.mktemp("verify") / "stack") as stack:
            provide_broker(stack)
            boss = stack.kafka_credentials("admin")
            client = admin.admin_client(stack.bootstrap, boss.username, boss.password)
            admin.join_agencies(client, {"6407-pupr": "a-password"})
            yield stack


class Writers:
    """Writes as the services do, and their tallies."""

    def __init__(self, producer: AIOKafkaProducer) -> None:
        self._producer = producer
        self._counts: dict[str, tuple[int, int]] = {}

    async def put(self, topic: str, subject: str, number: int, event: Event) -> None:
        envelope = Envelope(
            id=uuid7(), type=event.type, source="urn:lapor:test", subject=subject, time=wall_now(), number=number
        )
        body = event.model_dump_json().encode()
        await self._producer.send_and_wait(
            topic, key=subject.encode(), value=body, headers=encode(envelope), partition=0
        )

    async def say(self, topic: str, subjects: int, events: int) -> None:
        tally = Tally(
            service="intake", topic=topic, partition=0, subjects=subjects, events=events,
            as_of=datetime(2026, 1, 1, tzinfo=UTC), oldest_unpublished_seconds=0,
        )  # fmt: skip
        envelope = Envelope(id=uuid7(), type=tally.type, source="urn:lapor:test", subject=topic, time=wall_now())
        body = tally.model_dump_json().encode()
        await self._producer.send_and_wait("lapor.tallies", key=topic.encode(), value=body, headers=encode(envelope))


@asynccontextmanager
async def writers(stack: Stack) -> AsyncIterator[Writers]:
    async with writing(stack, "admin") as producer:
        yield Writers(producer)


async def test_what_is_late_is_waited_for_and_what_is_lost_is_told(broker: Stack) -> None:
    first, second, complaint = str(uuid7()), str(uuid7()), "lapor.complaints"
    async with writers(broker) as write:
        await write.put(complaint, first, 1, Withdrawn())
        await write.put(complaint, first, 3, Withdrawn())
        # Of two instances the one that counted more spoke first.
        await write.say(complaint, subjects=1, events=3)
        await write.say(complaint, subjects=1, events=2)

        # 1. another lane publishes the missing number while we look
        looking = asyncio.create_task(verify(broker, patience=60))
        await asyncio.sleep(0)
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.shield(looking), 3)
        await write.put(complaint, first, 2, Withdrawn())
        report = await asyncio.wait_for(looking, 30)
        assert (report.problems, report.events, report.complaints) == ([], 3, 1)

        # 2. what does not come is told: a hole, and a last event by its tally
        await write.put(complaint, second, 2, Withdrawn())
        await write.say(complaint, subjects=2, events=6)
        assert (await verify(broker, patience=1)).problems == [
            f"{complaint}: {second} lacks number 1",
            f"{complaint}[0]: intake has committed 6 events of 2 complaints, on the topic are 4 of 2",
        ]
        await write.put(complaint, second, 1, Withdrawn())
        await write.put(complaint, second, 3, Withdrawn())
        assert (await verify(broker, patience=1)).problems == []

        # 3. outlets and contacts are closed to oversight, and checked by the administrator
        await write.put(OUTLET, first, 1, AgencyWithdrawn())
        await write.say(OUTLET, subjects=1, events=1)
        await write.put("lapor.contacts", first, 2, ContactErased())
        open_ones = await verify(broker, patience=1)
        assert open_ones.problems == []
        report = await verify(broker, everything=True, patience=1)
        assert report.topics == open_ones.topics + len(CLOSED)
        assert report.problems == [
            f"lapor.contacts: {first} lacks number 1",
            "lapor.contacts[0]: its writer gives no tally",
        ]
        await write.say("lapor.contacts", subjects=1, events=2)
        await write.put("lapor.contacts", first, 1, ContactErased())
        assert (await verify(broker, everything=True, patience=1)).problems == []
        await trimmed(broker, write)


async def trimmed(broker: Stack, write: Writers) -> None:
    """The broker has deleted the first records: of a young complaint that is a loss all the same."""
    boss = broker.kafka_credentials("admin")
    client = admin.admin_client(broker.bootstrap, boss.username, boss.password)
    old, young = "00000000-0000-7000-8000-000000000001", str(uuid7())
    await write.put(OUTLET, old, 3, AgencyWithdrawn())
    await write.put(OUTLET, young, 2, AgencyWithdrawn())
    await write.say(OUTLET, subjects=3, events=6)
    for future in client.delete_records([TopicPartition(OUTLET, 0, 1)]).values():
        await asyncio.to_thread(future.result, 20)
    report: Report = await verify(broker, everything=True, patience=1)
    assert report.problems == [f"{OUTLET}: {young} lacks number 1"]
    assert (report.expired, report.trimmed) == (1, 1)


def test_status_says_that_the_given_broker_does_not_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    port = free_port()
    monkeypatch.setenv("LAPOR_KAFKA_BOOTSTRAP", f"127.0.0.1:{port}")
    monkeypatch.setenv("LAPOR_KAFKA_USERNAME", "boss")
    monkeypatch.setenv("LAPOR_KAFKA_PASSWORD", "hidden-word")
    Stack.create(tmp_path / "data", durable=False)
    for options in ([], ["--json"]):
        done = CliRunner().invoke(status.app, [*options, "--data", str(tmp_path / "data")], env={"COLUMNS": "200"})
        assert done.exit_code == 1, done.output
        assert "hidden-word" not in done.output
        assert f"does not answer at 127.0.0.1:{port}" in " ".join(done.output.split())
    broker = json.loads(done.output)["parts"][0]
    assert (broker["name"], broker["state"], broker["ready"]) == ("kafka", "GIVEN", False)
