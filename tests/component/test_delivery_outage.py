"""The database and the broker go away in the middle: all is applied once, in order, and no process dies."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator
from contextlib import suppress
from uuid import UUID

import pytest
from aiokafka.errors import KafkaError
from lapor_chassis.ids import uuid7
from lapor_contracts.complaints import Amended
from lapor_deploy.embedded.program import Child, Program, running_pid, wait_until

from tests.support.journal import Ground, Scene, ground, open_scene

__all__ = ["ground"]
SUBJECTS, EVENTS = 20, 15


@pytest.fixture
async def scene(ground: Ground) -> AsyncIterator[Scene]:
    scene = await open_scene(ground)
    yield scene
    await scene.close()


async def kill(ground: Ground, name: str) -> None:
    """As the machine would: SIGKILL to the server (PostgreSQL's own processes end with it)."""
    run = ground.stack.data / "run"
    pid = running_pid(run, name)
    assert pid is not None
    os.kill(pid, signal.SIGQUIT if name == "postgres" else signal.SIGKILL)
    async with asyncio.timeout(20):
        while running_pid(run, name) is not None:  # noqa: ASYNC110 - another process
            await asyncio.sleep(0.02)


async def start(ground: Ground, name: str) -> None:
    """Again, on the same data and port."""
    server = ground.stack.postgres_server() if name == "postgres" else ground.stack.kafka_node()
    program: Program = server.program()
    log = ground.stack.data / "log" / f"{name}.log"
    child = Child(program, ground.stack.data / "run", log)  # from the main thread, with which it ends
    ground.again.append(child)
    await asyncio.to_thread(wait_until, server.ready, child.alive, name, log, 60)


async def write(scene: Scene, subjects: list[UUID]) -> None:
    """All the while; what the broker did not confirm is written again under its number, as a lane does."""

    async def one(subject: UUID, number: int) -> None:
        envelope = uuid7()
        while True:
            with suppress(KafkaError):
                await scene.say(subject, Amended(), number=number, id=envelope)
                return

    for number in range(1, EVENTS + 1):
        await asyncio.gather(*(one(subject, number) for subject in subjects))
        await asyncio.sleep(0.05)


@pytest.mark.parametrize("name", ["postgres", "kafka"])
async def test_killed_and_started_again_in_the_middle(scene: Scene, name: str) -> None:
    app = await scene.start()
    subjects = [uuid7() for _ in range(SUBJECTS)]
    writing = asyncio.create_task(write(scene, subjects))
    await scene.until_said(lambda s: all(len(s.said(subject)) >= 2 for subject in subjects))
    await kill(scene.ground, name)
    await start(scene.ground, name)
    await writing
    await scene.reconnect()
    expected = [f"complaints={number}" for number in range(1, EVENTS + 1)]
    for subject in subjects:
        await scene.until_log(subject, *expected)
    await scene.until_said(lambda s: all((EVENTS, expected[-1]) in s.said(subject) for subject in subjects))
    for subject in subjects:
        scene.assert_numbers(subject, EVENTS)
        assert dict(scene.said(subject)) == dict(enumerate(expected, start=1))
    assert app.failure is None
    assert (await scene.get(app, "/health/ready"))[0] == 200
    assert await scene.conn.fetchval("select count(*) from waiting") == 0
    assert scene.dead_letters() == []
