"""Looking on from outside: how far a service has come, as the broker and a plain reader see it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from confluent_kafka import ConsumerGroupTopicPartitions, KafkaException, TopicPartition
from confluent_kafka.admin import AdminClient, OffsetSpec  # type: ignore[attr-defined] # re-exported without `as`

from tests.bench import wire
from tests.bench.rates import Sample

LOOK_SECONDS = 0.05
STUCK_SECONDS = 30.0
MOST_SECONDS = 15.0  # more is not needed to know how fast it is
SECONDS = 30.0
Place = tuple[str, int]


class Stuck(Exception):  # noqa: N818 - a state
    """What had to come did not come in time."""


@dataclass(frozen=True, slots=True)
class Look:
    """At one moment: records that the group has committed, records on the topics that it writes."""

    at: float
    read: int
    written: int


def ends(client: AdminClient, names: Iterable[str]) -> dict[Place, int]:
    """The end of every partition of these topics of the catalogue."""
    return ends_of(client, wire.partitions(names))


def ends_of(client: AdminClient, places: Iterable[Place]) -> dict[Place, int]:
    latest: Any = OffsetSpec.latest()  # type: ignore[no-untyped-call]
    found = client.list_offsets({TopicPartition(*place): latest for place in places}, request_timeout=SECONDS)
    return {(place.topic, place.partition): future.result().offset for place, future in found.items()}


def led(client: AdminClient, places: Sequence[Place]) -> bool:
    """Has a new topic arrived at the broker?"""
    try:
        ends_of(client, places)
    except KafkaException:
        return False
    return True


def committed(client: AdminClient, group: str, places: Iterable[Place]) -> dict[Place, int]:
    """What a group has acknowledged of each partition; 0 where nothing."""
    asked = [ConsumerGroupTopicPartitions(group, [TopicPartition(*place) for place in places])]
    found = client.list_consumer_group_offsets(asked, request_timeout=SECONDS)[group].result().topic_partitions or []
    return {(part.topic, part.partition): max(0, part.offset) for part in found}


@dataclass(frozen=True, slots=True)
class Flow:
    """What a service reads in which group, and on which topics it answers."""

    group: str
    inputs: Sequence[str]
    outputs: Sequence[str]


def follow(
    client: AdminClient, flow: Flow, before: Mapping[Place, int], total: tuple[int, int], alive: Callable[[], bool],
) -> list[Look]:  # fmt: skip
    """Looks until `total` (read, written) is reached, or for MOST_SECONDS from the first record on.

    `before`: the ends of the topics written, at the start. Raises Stuck where the service ends, or nothing moves.
    """
    looks: list[Look] = []
    places = wire.partitions(flow.inputs)
    moved_at, began_at = time.monotonic(), None
    while True:
        read = sum(committed(client, flow.group, places).values())
        written = sum(ends(client, flow.outputs).values()) - sum(before.values())
        look = Look(time.monotonic(), read, written)
        if not looks or (look.read, look.written) != (looks[-1].read, looks[-1].written):
            moved_at = look.at
        if began_at is None and look.read > 0:
            began_at = look.at
        looks.append(look)
        through = look.read >= total[0] and look.written >= total[1]
        if through or (began_at is not None and look.at - began_at > MOST_SECONDS):
            return looks
        if not alive() or look.at - moved_at > STUCK_SECONDS:
            raise Stuck(f"{flow.group}: {look.read} of {total[0]} read, {look.written} of {total[1]} written")
        time.sleep(LOOK_SECONDS)


def reads(looks: Sequence[Look], total: tuple[int, int]) -> tuple[list[Sample], int]:
    """What was read, and how much there was to read.

    The last record is through when the last event that it caused can be read. Where time was over before, there
    was as much to read as was read.
    """
    last = looks[-1]
    if last.read < total[0] or last.written < total[1]:
        return [Sample(look.at, look.read) for look in looks], last.read
    return [
        Sample(look.at, look.read if look.written >= total[1] else min(look.read, total[0] - 1)) for look in looks
    ], total[0]


def grown(client: AdminClient, places: Sequence[Place], total: int, alive: Callable[[], bool]) -> list[Sample]:
    """How these partitions fill, until `total` records are there. Raises Stuck."""
    samples: list[Sample] = []
    deadline = time.monotonic() + 2 * STUCK_SECONDS
    while not samples or samples[-1].done < total:
        if samples and (not alive() or time.monotonic() > deadline):
            raise Stuck(f"{places[0][0]}: {samples[-1].done} of {total} written")
        samples.append(Sample(time.monotonic(), sum(ends_of(client, places).values())))
        time.sleep(LOOK_SECONDS)
    return samples


def until_grown(client: AdminClient, before: Mapping[Place, int], names: Sequence[str], count: int) -> None:
    """Waits until these topics have `count` records more than `before`. Raises Stuck where nothing moves."""
    start = sum(before[place] for place in wire.partitions(names))
    seen, moved_at = -1, time.monotonic()
    while seen < count:
        if time.monotonic() - moved_at > STUCK_SECONDS:
            raise Stuck(f"{names[0]}: {seen} of {count} came")
        time.sleep(LOOK_SECONDS)
        if (now := sum(ends(client, names).values()) - start) != seen:
            seen, moved_at = now, time.monotonic()
