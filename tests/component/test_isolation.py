"""Who may not do what, on the real broker and database: a service keeps to its own, an outsider to its own topics."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from contextlib import suppress
from typing import Any

import asyncpg
import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import GroupAuthorizationFailedError, KafkaConnectionError, TopicAuthorizationFailedError
from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import AclOperation, AdminClient  # type: ignore[attr-defined] # re-exported without `as`
from lapor_contracts.catalogue import EACH_SERVICE, SERVICES, topics
from lapor_deploy.outsider import client
from lapor_deploy.stack import Stack

TOLD = (asyncpg.InsufficientPrivilegeError, asyncpg.InvalidAuthorizationSpecificationError)
AGENCY, OTHER_AGENCY, CHANNEL, OTHER_CHANNEL = "6407-pupr", "6407-dlh", "web", "sms"


# --- databases ---


@pytest.mark.parametrize("service", SERVICES)
async def test_a_services_role_opens_its_own_database_and_no_other(stack: Stack, service: str) -> None:
    server, own = stack.database_url(service).rsplit("/", 1)
    conn = await asyncpg.connect(f"{server}/{own}")
    assert await conn.fetchval("select current_database()") == own
    await conn.close()
    others = [stack.database_url(other).rsplit("/", 1)[1] for other in SERVICES if other != service]
    for database in (*others, "postgres", "template1"):
        with pytest.raises(TOLD):
            await asyncpg.connect(f"{server}/{database}")


@pytest.mark.parametrize("service", SERVICES)
async def test_a_services_role_has_no_power_over_the_server(stack: Stack, service: str) -> None:
    conn = await asyncpg.connect(stack.database_url(service))
    try:
        for attempt in (
            "create role intruder",
            "create database intruder",
            f"set role lapor_{next(other for other in SERVICES if other != service)}",
            "select pg_read_file('/etc/passwd')",
            "copy (select 1) to program 'true'",
        ):
            with pytest.raises(asyncpg.InsufficientPrivilegeError):
                await conn.execute(attempt)
    finally:
        await conn.close()


async def test_a_wrong_password_opens_nothing(stack: Stack) -> None:
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(stack.database_url("intake"), password="guessed")


# --- topics ---


class Actor:
    """One principal with its own credentials."""

    def __init__(self, stack: Stack, principal: str) -> None:
        self._options = client(stack, principal)
        self._librdkafka = stack.kafka_client(principal)

    async def writes(self, *names: str) -> set[str]:
        """Those of which the broker took a record."""
        taken = set()
        async with AIOKafkaProducer(acks="all", request_timeout_ms=5_000, **self._options) as producer:
            for name in names:
                with suppress(TopicAuthorizationFailedError):
                    await producer.send_and_wait(name, b"{}", partition=0)
                    taken.add(name)
        return taken

    async def reads(self, *names: str) -> set[str]:
        """Those of which the broker says that this principal may read them."""
        return await asyncio.to_thread(self._reads, names)

    def _reads(self, names: Sequence[str]) -> set[str]:
        admin = AdminClient({**self._librdkafka, "log_level": 0})
        given = set()
        for name, future in admin.describe_topics(
            TopicCollection(list(names)), include_authorized_operations=True, request_timeout=10
        ).items():
            try:
                about = future.result(10)
            except KafkaException as refused:
                assert refused.args[0].code() == KafkaError.TOPIC_AUTHORIZATION_FAILED, refused
                continue
            if AclOperation.READ in about.authorized_operations:
                given.add(name)
        return given

    async def consumes(self, topic: str) -> bool:
        """Tries to, in its own group. True: the broker answered with what is there."""
        consumer = AIOKafkaConsumer(topic, group_id=self._options["sasl_plain_username"], **self._options)
        try:
            await consumer.start()
            async with asyncio.timeout(20):
                while not consumer.assignment():
                    await consumer.getmany(timeout_ms=50)
                await consumer.getmany(timeout_ms=200)
        except TopicAuthorizationFailedError:
            return False
        finally:
            await consumer.stop()
        return True

    async def may_join(self, group: str, topic: str) -> bool:
        consumer = AIOKafkaConsumer(topic, group_id=group, request_timeout_ms=5_000, **self._options)
        try:
            await consumer.start()
            await consumer.getmany(timeout_ms=100)
        except GroupAuthorizationFailedError:
            return False
        finally:
            await consumer.stop()
        return True


def outlet(code: str) -> str:
    return f"lapor.agency.{code}"


def edge(code: str) -> str:
    return f"lapor.agency-replies.{code}"


async def test_an_agency_reads_its_outlet_and_nothing_else(stack: Stack) -> None:
    agency = Actor(stack, f"agency-{AGENCY}")
    others = (outlet(OTHER_AGENCY), edge(AGENCY), edge(OTHER_AGENCY), "lapor.complaints", "lapor.contacts")
    assert await agency.reads(outlet(AGENCY), "lapor.dlq.router", *others) == {outlet(AGENCY)}
    assert await agency.consumes(outlet(AGENCY))
    assert not await agency.consumes(outlet(OTHER_AGENCY))
    assert not await agency.may_join(f"agency-{OTHER_AGENCY}", outlet(AGENCY))
    assert not await agency.may_join("router", outlet(AGENCY))


async def test_an_agency_writes_only_its_replies(stack: Stack) -> None:
    agency = Actor(stack, f"agency-{AGENCY}")
    others = (outlet(AGENCY), outlet(OTHER_AGENCY), edge(OTHER_AGENCY), "lapor.replies", "lapor.decisions")
    assert await agency.writes(*others, edge(AGENCY)) == {edge(AGENCY)}


async def test_a_channel_reads_its_receipts_and_nobody_elses(stack: Stack) -> None:
    channel = Actor(stack, f"channel-{CHANNEL}")
    own, others = f"lapor.receipts.{CHANNEL}", (f"lapor.receipts.{OTHER_CHANNEL}", f"lapor.submissions.{OTHER_CHANNEL}")
    assert await channel.reads(own, *others, "lapor.complaints") == {own}
    assert await channel.writes(own, *others, "lapor.complaints") == set()


def refused_writes() -> Iterator[tuple[str, str]]:
    """Each service with each standing topic that is not its to write, from the catalogue."""
    for topic in topics():
        if topic.family and topic.kind != "dead_letters":
            continue
        for service in SERVICES:
            if topic.kind == "dead_letters":
                yield from ((service, topic.of(other)) for other in SERVICES if other != service)
            elif topic.writer not in (service, EACH_SERVICE):
                yield service, topic.name


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_writes_no_topic_of_another(stack: Stack, service: str) -> None:
    others = [name for writer, name in refused_writes() if writer == service]
    assert len(others) >= 10
    assert await Actor(stack, service).writes(*others) == set()


@pytest.mark.parametrize("service", SERVICES)
async def test_a_service_reads_what_the_catalogue_gives_it_and_nothing_else(stack: Stack, service: str) -> None:
    standing = {topic.name: topic for topic in topics() if not topic.family}
    given = {name for name, topic in standing.items() if service in topic.readers}
    assert await Actor(stack, service).reads(*standing) == given


@pytest.mark.parametrize("principal", ["oversight", "ombudsman", f"agency-{AGENCY}", f"channel-{CHANNEL}", "intake"])
async def test_only_the_notifier_may_read_how_to_reach_a_reporter(stack: Stack, principal: str) -> None:
    assert await Actor(stack, principal).reads("lapor.contacts") == set()
    assert await Actor(stack, "notifier").reads("lapor.contacts") == {"lapor.contacts"}


async def test_without_the_right_password_nobody_gets_in(stack: Stack) -> None:
    wrong = {**client(stack, f"agency-{AGENCY}"), "sasl_plain_password": "guessed"}
    none: dict[str, Any] = {"bootstrap_servers": stack.bootstrap}
    for options in (wrong, none):
        consumer = AIOKafkaConsumer(request_timeout_ms=3_000, **options)
        with pytest.raises(KafkaConnectionError):
            await consumer.start()
        await consumer.stop()
