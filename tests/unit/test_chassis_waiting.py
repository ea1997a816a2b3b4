"""Who waits for the broker is told in time; timers count only partitions of which every topic is ours."""

from __future__ import annotations

from typing import Any

import pytest
from aiokafka import TopicPartition
from lapor_chassis import publisher as publishing
from lapor_chassis.batch import OutboxRow
from lapor_chassis.clock import DomainClock, wall_now
from lapor_chassis.errors import Transient
from lapor_chassis.ids import uuid7
from lapor_chassis.publisher import Publisher
from lapor_chassis.telemetry import Metrics
from lapor_chassis.timers import Horizon

TOPICS = ("lapor.complaints", "lapor.replies")


def row(seq: int) -> OutboxRow:
    return OutboxRow(
        seq=seq, topic="lapor.complaints", partition=0, key="k", number=seq, event_id=uuid7(), type="t",
        time=wall_now(), after=None, traceparent=None, body=b"{}", reference=None,
    )  # fmt: skip


async def test_a_full_outbox_is_not_waited_for_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(publishing, "MAX_IN_MEMORY", 2)
    monkeypatch.setattr(publishing, "ROOM_SECONDS", 0.05)
    unused: Any = None
    publisher = Publisher(unused, resolve=unused, set_aside=unused, metrics=Metrics("test"), source="urn:lapor:test")
    publisher.put([row(1)])
    await publisher.wait_for_room()
    publisher.put([row(2)])
    with pytest.raises(Transient, match="takes no events"):
        await publisher.wait_for_room()


class Owning:
    """A core loop that owns these partitions."""

    consumer: Any = None
    revoking = False

    def __init__(self, *owned: tuple[str, int]) -> None:
        self.owned = {TopicPartition(topic, partition) for topic, partition in owned}


def test_a_partition_counts_only_where_all_its_topics_are_ours() -> None:
    core: Any = Owning(("lapor.complaints", 0), ("lapor.replies", 0), ("lapor.complaints", 1), ("lapor.replies", 2))
    unused: Any = None
    assert Horizon(DomainClock(), core, TOPICS, None, (), unused).owned == [0]
