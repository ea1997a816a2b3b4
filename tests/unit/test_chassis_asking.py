"""How a consumer asks for records (on a connection of its own, for all partitions at once), and that it keeps none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest
from aiokafka import TopicPartition
from aiokafka.client import AIOKafkaClient, ConnectionGroup
from aiokafka.consumer.fetcher import FetchResult
from aiokafka.errors import RequestTimedOutError
from aiokafka.protocol.fetch import FetchRequest
from aiokafka.protocol.metadata import MetadataRequest
from lapor_chassis import consumer as _installs  # noqa: F401 - what it changes in aiokafka's fetching
from lapor_chassis import kafka
from lapor_chassis.consumer import Loop
from lapor_chassis.settings import ServiceSettings
from lapor_chassis.telemetry import Metrics, Tracing
from pydantic import SecretStr

QUESTION = FetchRequest(5_000, 1, 1_000, 0, [("t", [(0, 0, 1_000)])])


class Connection:
    """Answers nothing, as a broker that has no records."""

    def __init__(self) -> None:
        self.closed = False
        self.asked: list[Any] = []

    def connected(self) -> bool:
        return not self.closed

    def send(self, request: Any, **_: Any) -> asyncio.Future[Any]:
        self.asked.append(request)
        return asyncio.get_running_loop().create_future()

    def close(self, **_: Any) -> None:
        self.closed = True


def client_of(connections: dict[Any, Connection]) -> AIOKafkaClient:
    client = AIOKafkaClient(bootstrap_servers="127.0.0.1:1")
    client._conns.update({(1, group): connection for group, connection in connections.items()})
    return client


async def test_what_is_asked_besides_does_not_wait_behind_a_question_for_records() -> None:
    held, other = Connection(), Connection()
    client = client_of({kafka.FETCHING: held, ConnectionGroup.DEFAULT: other})
    questions = [asyncio.ensure_future(client.send(1, request)) for request in (QUESTION, MetadataRequest([]))]
    await asyncio.sleep(0)
    assert ([len(held.asked), len(other.asked)], held.asked) == ([1, 1], [QUESTION])
    questions[1].cancel()
    await asyncio.wait(questions, timeout=0)
    assert not (held.closed or other.closed or questions[0].done())
    questions[0].cancel()


async def test_a_question_that_nobody_waits_for_any_more_goes_with_its_connection() -> None:
    held, other = Connection(), Connection()
    client = client_of({kafka.FETCHING: held, ConnectionGroup.DEFAULT: other})
    question = asyncio.ensure_future(client.send(1, QUESTION))
    await asyncio.sleep(0)
    question.cancel()
    await asyncio.wait([question])
    assert question.cancelled() and held.closed and not other.closed


async def test_where_another_request_has_closed_the_connection_it_has_timed_out(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async def gone(*_: Any, **__: Any) -> Any:
        raise KeyError((1, "default"))

    monkeypatch.setattr(kafka, "_send", gone)
    with pytest.raises(RequestTimedOutError):
        await client_of({}).send(1, QUESTION)


def test_nothing_more_is_asked_for_while_something_lies_ready_however_long() -> None:
    found = FetchResult(
        TopicPartition("t", 0), assignment=SimpleNamespace(), partition_records=SimpleNamespace(), backoff=0.1
    )
    found._created -= 60
    assert found.calculate_backoff() > 0


class Subscriber:
    """FastStream's, as far as a loop uses it."""

    consumer = None
    handle: Callable[[Any], Awaitable[None]]

    def __call__(self, handle: Callable[[Any], Awaitable[None]], **_: Any) -> None:
        self.handle = handle


async def test_a_message_does_not_keep_its_records(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is made while a batch runs, a connection or a timer, keeps the context, and that the message."""
    settings = ServiceSettings(kafka_bootstrap="127.0.0.1:1", database_url=SecretStr("postgresql://nobody"))
    loop: Loop[Any] = Loop(
        name="core", group="core", settings=settings, process=lambda *_: asyncio.sleep(0), metrics=Metrics("test"),
        tracing=Tracing("test", None), failed=lambda _: None,
    )  # fmt: skip
    subscriber, taken = Subscriber(), []

    async def consume(raw: Any, message: Any) -> None:
        taken.append((raw, message.raw_message))

    monkeypatch.setattr(loop, "consume", consume)
    loop.subscribe(SimpleNamespace(subscriber=lambda *_, **__: subscriber), topics=["t"])  # type: ignore[arg-type]
    await subscriber.handle(SimpleNamespace(raw_message=("one", "two")))
    assert taken == [(("one", "two"), ())]
