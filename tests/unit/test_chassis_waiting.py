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


class Ends:
    """What the broker says of the ends."""

    def __init__(self, **by_topic: int) -> None:
        self.by_topic = by_topic

    async def end_offsets(self, partitions: list[TopicPartition]) -> dict[TopicPartition, int]:
        return {tp: self.by_topic[tp.topic.removeprefix("lapor.")] for tp in partitions}


async def test_what_was_passed_without_all_topics_is_not_passed() -> None:
    """While replies were another instance's, nobody here knew what lay on them unread."""
    core: Any = Owning(("lapor.complaints", 0))
    core.consumer, core.done = object(), {TopicPartition("lapor.complaints", 0): 5}
    ends: Any = Ends(complaints=5, replies=9)
    horizon = Horizon(DomainClock(), core, TOPICS, None, (), ends)
    assert await horizon.partitions() == {}
    core.owned = {TopicPartition(topic, 0) for topic in TOPICS}
    core.done[TopicPartition("lapor.replies", 0)] = 3
    assert await horizon.partitions() == {}
    core.done[TopicPartition("lapor.replies", 0)] = 9
    assert list(await horizon.partitions()) == [0]


async def test_under_steady_input_each_look_passes_what_the_one_before_took() -> None:
    core: Any = Owning(("lapor.complaints", 0), ("lapor.replies", 0))
    core.consumer, core.done = object(), {TopicPartition(topic, 0): 0 for topic in TOPICS}
    ends: Any = Ends(complaints=1, replies=0)
    horizon = Horizon(DomainClock(), core, TOPICS, None, (), ends)
    assert await horizon.partitions() == {}
    before = None
    for number in range(1, 4):
        # What the last look took is through; and there is more already.
        core.done[TopicPartition("lapor.complaints", 0)] = number
        ends.by_topic["complaints"] = number + 1
        (passed,) = (await horizon.partitions()).values()
        assert before is None or passed > before
        before = passed
