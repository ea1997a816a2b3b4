"""A broker and a database with nobody else on them, on which one service at a time is measured."""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from importlib.metadata import entry_points
from pathlib import Path

import asyncpg
from confluent_kafka.admin import AdminClient, NewTopic  # type: ignore[attr-defined] # re-exported without `as`
from lapor_contracts.catalogue import topic as topic_of
from lapor_deploy import outsider, wiring
from lapor_deploy.embedded.platform import embedded_platform
from lapor_deploy.embedded.program import Child, wait_until
from lapor_deploy.parts import unready
from lapor_deploy.paths import make_private_dir
from lapor_deploy.stack import Stack

from tests.bench import people, watch, wire
from tests.bench.rates import Rate, rate_of
from tests.bench.watch import Flow, Look

READY_SECONDS = 60.0
# Enough for the bare loop to run for seconds, however little a service was given.
LEAST_RAW = 60_000
MOST_RAW = 100_000


@dataclass
class Ground:
    stack: Stack
    client: AdminClient
    say: Callable[[str], None]
    raw_loops: int = 0

    @contextmanager
    def running(self, service: str, settings: Mapping[str, str] | None = None, instance: int = 0) -> Iterator[Child]:
        """One process of the service, as `lapor up` starts it, with these settings more; not waited for."""
        program = wiring.service_program(self.stack, service, instance)
        program = replace(program, env={**program.env, **(settings or {})})
        logs = make_private_dir(self.stack.data / "log")
        child = Child(program, self.stack.data / "run", logs / f"{program.name}.log")
        try:
            yield child
        finally:
            child.stop()

    def wait(self, child: Child) -> None:
        wait_until(lambda: unready(child.program) is None, child.alive, child.program.name, child.log, READY_SECONDS)

    def measure(self, service: str, flow: Flow, total: tuple[int, int]) -> list[Look]:
        """The service is started and looked at until it has read and written as much as `total` says."""
        before = watch.ends(self.client, flow.outputs)
        with self.running(service) as child:
            looks = watch.follow(self.client, flow, before, total, child.alive)
        self.no_dead_letters(service)
        return looks

    def rows(self, service: str, table: str) -> int:
        """How many, in the database of the service."""
        return asyncio.run(count_rows(self.stack.database_url(service), table))

    def no_dead_letters(self, service: str) -> None:
        if found := sum(watch.ends(self.client, [f"lapor.dlq.{service}"]).values()):
            raise watch.Stuck(f"{service} has put {found} records aside as dead letters")

    def raw_loop(self, inputs: Sequence[str]) -> Rate:
        """The bare loop on all records of these topics; what it wrote is counted on the topic."""
        there = sum(watch.ends(self.client, inputs).values())
        count = min(max(LEAST_RAW, there), MOST_RAW)
        places = self._raw_topic()
        orders = {
            "client": outsider.client(self.stack, "admin"),
            "topics": {name: topic_of(name).partitions for name in inputs},
            "output": places[0][0],
            "count": count,
        }
        command = [sys.executable, "-m", "tests.bench.raw_loop"]
        with subprocess.Popen(command, stdin=subprocess.PIPE, text=True) as process:
            assert process.stdin is not None
            with process.stdin:
                json.dump(orders, process.stdin)
            samples = watch.grown(self.client, places, count, lambda: not process.poll())
        return rate_of(samples, count)

    def _raw_topic(self) -> list[tuple[str, int]]:
        """The partitions of a new one, as many as a core topic has."""
        self.raw_loops += 1
        name, partitions = f"bench.raw.{self.raw_loops}", topic_of("lapor.complaints").partitions
        self.client.create_topics([NewTopic(name, partitions, 1)])[name].result(10)
        places = [(name, number) for number in range(partitions)]
        wait_until(lambda: watch.led(self.client, places), lambda: True, name, Path(), READY_SECONDS)
        return places


@contextmanager
def ground(folder: Path, say: Callable[[str], None]) -> Iterator[Ground]:
    """Everything stands and thirty agencies have joined; no service runs."""
    with embedded_platform(folder, durable=True) as stack:
        for entry in entry_points(group="lapor.keys"):
            entry.load()(stack.data / "keys" / entry.name)
        wiring.provide_broker(stack)
        made = Ground(stack, wire.admin(stack), say)
        with made.running("router") as router:
            wiring.join_agencies(stack, people.AGENCIES)
            made.wait(router)
        yield made


async def count_rows(url: str, table: str) -> int:
    connection = await asyncpg.connect(url)
    try:
        return int(await connection.fetchval(f"select count(*) from {table}"))
    finally:
        await connection.close()
