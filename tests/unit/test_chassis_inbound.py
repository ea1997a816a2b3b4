"""The real Inbound and Batch over a database in memory: any order, repeats, crashes, poison and replay."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lapor_chassis import operations
from lapor_chassis.batch import Work
from lapor_chassis.clock import DomainClock
from lapor_chassis.errors import Invalid
from lapor_chassis.ids import uuid7
from lapor_chassis.inbound import Inbound
from lapor_chassis.record import Record, headers_to_json
from lapor_chassis.subject import Codec
from lapor_chassis.telemetry import Metrics
from lapor_contracts import assignments, complaints, replies
from lapor_contracts.base import Event
from lapor_contracts.envelope import Envelope, encode
from lapor_contracts.escalations import Reprimanded
from structlog.testing import capture_logs

from tests.support.protocol_memory import Memory, instead_of_store

AT = datetime(2026, 1, 5, tzinfo=UTC)
READS = ("lapor.complaints", "lapor.assignments", "lapor.replies")
WRITES = "lapor.escalations"
BODIES: dict[str, Event] = {
    "lapor.complaints": complaints.Withdrawn(),
    "lapor.assignments": assignments.Released(assignment=1, agency="komdigi", reason="moved"),
    "lapor.replies": replies.Accepted(agency="komdigi", assignment=1, received_at=AT),
}
Name = tuple[str, int]  # (topic, number)


@dataclass(frozen=True)
class Heard:
    log: tuple[Name, ...] = ()


@dataclass
class Service:
    """Writes down what it applies, and says it on a topic of its own. `poison`: what it cannot bear yet."""

    poison: set[tuple[UUID, Name]] = field(default_factory=set)
    memory: Memory = field(default_factory=Memory)
    metrics: Metrics = field(default_factory=lambda: Metrics("escalation"))
    codec: Codec[Heard] = field(default_factory=lambda: Codec(Heard))

    def __post_init__(self) -> None:
        self.inbound: Inbound[Heard] = Inbound(
            service="escalation",
            reads=READS,
            handlers={type(body): self.hear for body in BODIES.values()},
            edge_handlers={},
            clock=DomainClock(),
            metrics=self.metrics,
        )

    def hear(self, work: Work[Heard], _: Event) -> None:
        assert work.source is not None and work.envelope is not None and work.envelope.number is not None
        name = (work.source.topic, work.envelope.number)
        state = work.subject.state or Heard()
        work.subject.state = replace(state, log=(*state.log, name))
        work.emit(WRITES, Reprimanded(office="test", text=f"{name}"))
        if (work.subject.id, name) in self.poison:
            raise Invalid("poison")

    async def take(self, records: Sequence[Record], *, crash: bool = False) -> None:
        batch = self.memory.batch(self.codec)
        await self.inbound.core(batch, records)
        if not crash:
            await batch.flush(1)

    async def settle(self, action: str) -> str:
        """What an operator ordered about the only poison, carried out."""
        dead = next(row for row in self.memory.dead.values() if row.parks)
        record = dead.record
        assert record.envelope is not None
        command: Any = {
            "status": "open", "parks": True, "action": action, "subject": dead.subject, "topic": record.topic,
            "number": record.envelope.number, "id": 1, "who": "officer", "why": "fixed", "key": record.key,
            "partition": record.partition, "kafka_offset": record.offset, "kafka_time": record.time_ms,
            "value": record.value, "headers": headers_to_json(record.headers),
        }  # fmt: skip
        batch = self.memory.batch(self.codec)
        outcome = await operations._settle(batch, self.inbound, command, "escalation", self.metrics)
        await batch.flush(1)
        return outcome

    def log(self, subject: UUID) -> tuple[Name, ...]:
        state = self.codec.load(self.memory.subjects[subject]).state
        return state.log if state else ()

    def said(self, subject: UUID) -> list[int | None]:
        return [row.number for row in self.memory.outbox if row.key == str(subject) and row.topic == WRITES]


@pytest.fixture
def service() -> Iterator[Service]:
    service = Service()
    with instead_of_store(service.memory):
        yield service


@dataclass(frozen=True)
class Told:
    """An event of a history, with what its writer knew."""

    subject: UUID
    name: Name
    after: dict[str, int]

    def record(self, offset: int, **changes: Any) -> Record:
        topic, number = self.name
        body = BODIES[topic]
        envelope = Envelope(
            id=uuid7(), type=body.type, source="urn:test", subject=str(self.subject), time=AT, number=number,
            after=self.after,
        )  # fmt: skip
        usual: dict[str, Any] = {
            "topic": topic, "partition": 0, "offset": offset, "time_ms": 0, "key": str(self.subject).encode(),
            "value": body.model_dump_json().encode(), "headers": tuple(encode(envelope)),
        }  # fmt: skip
        return Record(**(usual | changes))


def tell(subject: UUID, topics: Sequence[str], knew: Sequence[int] = ()) -> list[Told]:
    """A history in the order of its writing. Event i's writer had seen all before event i - `knew[i]` of others,
    and something on a topic that the service does not read."""
    told: list[Told] = []
    for i, topic in enumerate(topics):
        seen = [t.name for t in told[: max(0, i - (knew[i] if knew else 0))]]
        after = {other: max(n for t, n in seen if t == other) for other in {t for t, _ in seen} - {topic}}
        number = 1 + sum(t.name[0] == topic for t in told)
        told.append(Told(subject, (topic, number), after | {"lapor.contacts": 9}))
    return told


@st.composite
def deliveries(draw: st.DrawFn) -> tuple[list[Told], list[list[int]], list[bool]]:
    """A history, its events cut into batches in any order with repeats, and which batches crash (and come again)."""
    topics = draw(st.lists(st.sampled_from(READS), min_size=1, max_size=8))
    knew = draw(st.lists(st.integers(0, 3), min_size=len(topics), max_size=len(topics)))
    told = tell(uuid7(), topics, knew) + tell(uuid7(), topics[::2])
    places = list(range(len(told)))
    order = draw(st.permutations(places + draw(st.lists(st.sampled_from(places), max_size=6))))
    batches = []
    while order:
        size = draw(st.integers(1, len(order)))
        batches.append(order[:size])
        order = order[size:]
    crashes = draw(st.lists(st.booleans(), min_size=len(batches), max_size=len(batches)))
    return told, batches, crashes


def assert_in_order(log: Sequence[Name], told: Sequence[Told]) -> None:
    """Each once, after all that it names."""
    assert sorted(log) == sorted(t.name for t in told)
    for place, name in enumerate(log):
        after = next(t.after for t in told if t.name == name)
        before = set(log[:place])
        assert name[1] == 1 or (name[0], name[1] - 1) in before
        assert {(t, n) for t, n in after.items() if t in READS} <= before


@settings(max_examples=150, deadline=None)
@given(deliveries())
def test_any_order_with_repeats_and_crashes_ends_with_each_once_and_in_order(
    delivery: tuple[list[Told], list[list[int]], list[bool]],
) -> None:
    told, batches, crashes = delivery
    records = [t.record(offset) for offset, t in enumerate(told)]

    async def deliver(service: Service) -> None:
        for batch, crash in zip(batches, crashes, strict=True):
            for attempt in (True, False) if crash else (False,):
                await service.take([records[i] for i in batch], crash=attempt)

    service = Service()
    with instead_of_store(service.memory):
        asyncio.run(deliver(service))
    for subject in {t.subject for t in told}:
        mine = [t for t in told if t.subject == subject]
        assert_in_order(service.log(subject), mine)
        assert service.said(subject) == list(range(1, len(mine) + 1))
        assert not service.memory.subjects[subject]["has_waiting"]
    assert not service.memory.waiting and not service.memory.dead
    assert sum(events for _, events in service.memory.tallies.values()) == len(told)
    assert sum(subjects for subjects, _ in service.memory.tallies.values()) == len({t.subject for t in told})


@settings(max_examples=60, deadline=None)
@given(st.lists(st.sampled_from(READS), min_size=2, max_size=7), st.randoms(use_true_random=False), st.data())
def test_a_poison_parks_its_subject_until_it_is_replayed(
    topics: list[str], shuffled: random.Random, data: st.DataObject
) -> None:
    told = tell(uuid7(), topics)
    poison = data.draw(st.sampled_from(told)).name
    beside = tell(uuid7(), topics)
    order = [t.record(i) for i, t in enumerate(told + beside)]
    order += shuffled.sample(order, len(order) // 3)
    shuffled.shuffle(order)
    service = Service(poison={(told[0].subject, poison)})

    async def live() -> None:
        for at in range(0, len(order), 3):
            await service.take(order[at : at + 3])
        before = service.log(told[0].subject)
        assert poison not in before, "and nothing that was after it"
        assert before == tuple(t.name for t in told)[: len(before)]
        assert_in_order(service.log(beside[0].subject), beside)
        assert (await service.settle("replay")).startswith("still cannot be processed")
        assert service.log(told[0].subject) == before
        service.poison.clear()
        assert await service.settle("replay") == "replayed"

    with instead_of_store(service.memory), capture_logs():
        asyncio.run(live())
    assert_in_order(service.log(told[0].subject), told)
    assert service.said(told[0].subject) == list(range(1, len(told) + 1)), "what was taken back gave no number away"
    assert not service.memory.waiting
    assert sum(events for _, events in service.memory.tallies.values()) == len(told + beside)
    assert sum(subjects for subjects, _ in service.memory.tallies.values()) == 2
    assert [row.reason for row in service.memory.dead.values()] == ["poison"]


async def test_what_a_poison_from_the_room_leaves_there_stays(service: Service) -> None:
    first, poison, due = tell(uuid7(), ["lapor.complaints", "lapor.complaints", "lapor.assignments"], [0, 0, 1])
    service.poison = {(first.subject, poison.name)}
    await service.take([poison.record(1), due.record(2)])
    await service.take([first.record(0)])
    assert service.log(first.subject) == (first.name,)
    assert [kept.position[2] for _, kept in service.memory.waiting.values()] == [2]
    service.poison.clear()
    await service.settle("replay")
    assert service.log(first.subject) == (first.name, poison.name, due.name)


async def test_dismissed_means_counted_but_not_applied(service: Service) -> None:
    told = tell(uuid7(), ["lapor.complaints"] * 3)
    service.poison = {(told[0].subject, told[1].name)}
    await service.take([t.record(i) for i, t in enumerate(told)])
    assert await service.settle("dismiss") == "dismissed"
    assert service.log(told[0].subject) == (("lapor.complaints", 1), ("lapor.complaints", 3))


async def test_an_unknown_type_counts(service: Service) -> None:
    first, second = tell(uuid7(), ["lapor.complaints"] * 2)
    unknown = [
        (name, b"id.lapor.complaint.praised.v1" if name == "ce_type" else value)
        for name, value in first.record(0).headers
    ]
    await service.take([first.record(0, headers=tuple(unknown)), second.record(1)])
    assert service.log(first.subject) == (("lapor.complaints", 2),)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"value": b"{"}, "not_json"),
        ({"value": None}, "tombstone"),
        ({"value": b'{"reason": 7}'}, "invalid_body:string_type"),
        ({"value": b" " * 900_001}, "too_large"),
    ],
)
async def test_a_body_that_cannot_be_read_parks_at_its_number(
    service: Service, changes: dict[str, Any], reason: str
) -> None:
    first, second = tell(uuid7(), ["lapor.complaints"] * 2)
    await service.take([second.record(1), first.record(0, **changes)])
    assert service.memory.subjects[first.subject]["parked_at"] is not None
    assert [(row.reason, row.parks, row.keep) for row in service.memory.dead.values()] == [(reason, True, True)]
    assert [kept.position for _, kept in service.memory.waiting.values()] == [("lapor.complaints", 0, 1)]
    assert service.log(first.subject) == ()
    assert [row.topic for row in service.memory.outbox] == ["lapor.dlq.escalation"]


async def test_without_a_number_it_is_a_dead_letter_once_and_parks_nothing(service: Service) -> None:
    first, second = tell(uuid7(), ["lapor.complaints"] * 2)
    bare = first.record(0, headers=tuple(h for h in first.record(0).headers if h[0] != "ce_sequence"))
    for _ in range(2):
        await service.take([bare, second.record(1)])
    assert [(row.reason, row.parks) for row in service.memory.dead.values()] == [("no_number", False)]
    assert len(service.memory.outbox) == 1
    await service.take([first.record(2)])
    assert service.log(first.subject) == (first.name, second.name)


def applied(service: Service, topic: str) -> float:
    return service.metrics.registry.get_sample_value("lapor_applied_total", {"topic": topic}) or 0.0


async def test_repeats_and_early_ones_are_counted(service: Service) -> None:
    first, second = tell(uuid7(), ["lapor.complaints"] * 2)
    await service.take([second.record(1), second.record(1), first.record(0), first.record(0)])
    value = service.metrics.registry.get_sample_value
    assert applied(service, "lapor.complaints") == 2
    assert value("lapor_waits_total", {"topic": "lapor.complaints"}) == 2
    assert value("lapor_repeats_total", {"topic": "lapor.complaints"}) == 2
    assert len(service.memory.outbox) == 2
