"""A broker and a database server of the chassis' own tests: they may be killed, and poison on their topics meets
no other test."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from confluent_kafka import ConsumerGroupTopicPartitions as GroupOffsets
from confluent_kafka import KafkaException
from confluent_kafka import TopicPartition as Place
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined] # re-exported without `as`
from lapor_chassis import admin
from lapor_contracts.catalogue import read_by
from lapor_contracts.catalogue import topic as topic_of
from lapor_deploy.embedded.platform import embedded_platform
from lapor_deploy.embedded.program import Child
from lapor_deploy.stack import Stack

from tests.support.platform import provide
from tests.support.probe import NAME

READS = tuple(topic.name for topic in read_by(NAME, "core", "edge"))
_GROUND = pytest.StashKey["Ground"]()


@dataclass
class Ground:
    """A broker and a database server that the tests may kill: never given ones, never the other tests'."""

    stack: Stack
    admin: AdminClient
    made: int = 0
    again: list[Child] = field(default_factory=list)

    def group(self, at: Mapping[tuple[str, int], int] | None = None) -> str:
        """A new group name whose offsets stand at the ends of what the probe reads, or at `at`."""
        self.made += 1
        name = f"t{self.made}"
        ends = at or self.ends(READS)
        for group in (f"{name}-{NAME}", f"{name}-{NAME}-edge"):
            kind = "edge" if group.endswith("-edge") else "core"
            places = [Place(t, p, at) for (t, p), at in ends.items() if topic_of(t).kind == kind]
            for future in self.admin.alter_consumer_group_offsets([GroupOffsets(group, places)]).values():
                future.result(10)
        return name

    def ends(self, topics: tuple[str, ...]) -> dict[tuple[str, int], int]:
        latest: Any = OffsetSpec.latest()  # type: ignore[no-untyped-call]
        asked = {Place(t, p): latest for t in topics for p in range(topic_of(t).partitions)}
        deadline = time.monotonic() + 30
        while True:
            try:
                found = self.admin.list_offsets(asked)
                return {(p.topic, p.partition): future.result(10).offset for p, future in found.items()}
            except KafkaException:
                if time.monotonic() > deadline:
                    raise
                self.admin.list_topics(timeout=10)  # after a restart it remembers the broker of before

    async def database(self) -> str:
        """A new one of the service's role."""
        self.made += 1
        name, role = f"probe_{self.made}", f"lapor_{NAME}"
        conn = await asyncpg.connect(self.stack.admin_database_url())
        try:
            await conn.execute(f"create database {name} owner {role}")
        finally:
            await conn.close()
        return self.stack.database_url(NAME).removesuffix(role) + name


@pytest.fixture(scope="session")
def ground(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Ground:
    """One for all the modules that import this fixture; gone when the session ends."""
    stash = request.config.stash
    if _GROUND not in stash:
        context = ExitStack()
        request.config.add_cleanup(context.close)
        stash[_GROUND] = context.enter_context(_platform(tmp_path_factory.mktemp("ground")))
    return stash[_GROUND]


@contextmanager
def _platform(folder: Path) -> Iterator[Ground]:
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("LAPOR_")]:
            patch.delenv(name)
        with embedded_platform(folder) as stack:
            provide(stack)
            who = stack.kafka_credentials("admin")
            ground = Ground(stack, admin.admin_client(stack.bootstrap, who.username, who.password))
            yield ground
            for child in reversed(ground.again):
                child.kill()
