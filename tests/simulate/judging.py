"""One partition of all topics against the reference: what had to be fired, what was, and how late.

Each complaint is replayed as escalation must have seen it (`tests.chaos.replay`): its events name all that had been
applied by then, and the real time of a step is what the next one is counted from.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from confluent_kafka import OFFSET_BEGINNING, KafkaException, Message, TopicPartition
from lapor_chassis.clock import DomainClock, from_broker
from lapor_contracts.base import Event
from lapor_contracts.escalations import ClarificationAsked
from lapor_contracts.ombudsman_replies import OmbudsmanClarificationAsked
from lapor_deploy.outsider import read
from lapor_deploy.stack import Stack
from lapor_escalation.domain.policy import Policy

from tests.bench import wire
from tests.chaos.records import ALERTS, ASSIGNMENTS, COMPLAINTS, ESCALATIONS, REPLIES, Life, Seen
from tests.chaos.reference import TIMED, Reference
from tests.chaos.replay import Replay, Timers
from tests.chaos.report import Reckoning
from tests.simulate.days import KnownDays
from tests.simulate.stories import DAY, START
from tests.simulate.writing import OMBUDSMAN

TOPICS = (COMPLAINTS, ASSIGNMENTS, REPLIES, ESCALATIONS, ALERTS)
READER = "oversight"
SLACK = timedelta(seconds=1)  # of the wall: as the chaos run has it
EARLY = "too early"
LINES = 20
SECONDS = 30.0
STATES = ("open", "overdue", "escalated")


class Raw(NamedTuple):
    """A record as it was read; what it says is looked at when its complaint's turn comes."""

    topic: str
    partition: int
    offset: int
    headers: list[tuple[str, bytes | None]]
    value: bytes | None
    timestamp: int


@dataclass
class Watched(Reference):
    """Notes what an outsider would see of the complaint after each event, and how late each step was.

    `questions`: when the broker got what the Ombudsman asked. An answer that came before its question is none, in
    whichever order escalation heard of them.
    """

    questions: list[datetime] = field(default_factory=list)
    seen: list[tuple[datetime, tuple[bool, ...]]] = field(default_factory=list)
    late: list[timedelta] = field(default_factory=list)

    def said(self, event: Event) -> None:
        super().said(event)
        if isinstance(event, ClarificationAsked):
            case = next(case for case in reversed(self.cases) if case.office == event.office and not case.closed)
            case.rounds[-1].append(self.questions.pop(0))

    def _explained(self, assignment: int, at: datetime) -> None:
        for case in self.cases:
            if case.assignment in (None, assignment):
                for asked in case.rounds:
                    asked[1] = asked[1] or asked[2] <= at <= asked[0]
                case.answers.append(at)

    def apply(self, event: Event, number: int, at: datetime) -> None:
        super().apply(event, number, at)
        self._note(at)

    def timed(self, event: Event, at: datetime) -> datetime:
        due = super().timed(event, at)
        self.late.append(at - due)
        self._note(at)
        return due

    def _note(self, at: datetime) -> None:
        is_open = self.closed is None
        overdue = is_open and any("limit_missed" in clock.steps for clock in self.running())
        escalated = is_open and any(not case.closed for case in self.cases)
        self.seen.append((at, (is_open, overdue, escalated)))


@dataclass
class Verdict:
    """`changes`: by day of the year, how many more complaints are open, overdue, escalated. `late`: wall seconds."""

    complaints: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    missed: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)
    early: list[str] = field(default_factory=list)
    unexplained: list[str] = field(default_factory=list)
    repeats: int = 0
    late: list[float] = field(default_factory=list)
    changes: dict[str, Counter[int]] = field(default_factory=lambda: {name: Counter() for name in STATES})

    def add(self, other: Verdict) -> None:
        self.complaints += other.complaints
        self.repeats += other.repeats
        self.steps += other.steps
        self.late += other.late
        self.missed += other.missed
        self.doubled += other.doubled
        self.early += other.early
        self.unexplained += other.unexplained
        for name in STATES:
            self.changes[name].update(other.changes[name])

    def take(self, reckoning: Reckoning) -> None:
        self.missed += reckoning.found["lost"]
        self.doubled += reckoning.found["duplicated"]
        for line in reckoning.found["unexplained"]:
            (self.early if EARLY in line else self.unexplained).append(line)

    def chart(self, reference: Watched) -> None:
        before = (False,) * len(STATES)
        for at, now in sorted(reference.seen, key=lambda one: one[0]):
            for name, was, does in zip(STATES, before, now, strict=True):
                if was != does:
                    self.changes[name][(at - START) // DAY] += 1 if does else -1
            before = now


def judge(data: Path, clock: str, partition: int, end: datetime) -> Verdict:
    """All complaints of one partition: what was due by `end` has to be there. What a process does."""
    stack, domain = Stack.load(data), DomainClock.parse(clock)
    verdict, timers, reckoning = Verdict(), Timers(), Reckoning()
    days, limits = KnownDays(), Policy()
    questions = _questions(stack, domain)
    for complaint, records in _by_complaint(stack, partition).items():
        life = _life(complaint, records, domain, verdict)
        reference = Watched(limits, days, questions=questions[complaint])
        Replay(life, reference, reckoning, timers).run(end)
        verdict.complaints += bool(life.on(COMPLAINTS))
        verdict.late += [late.total_seconds() / domain.speed for late in reference.late]
        verdict.chart(reference)
    timers.judge(reckoning, SLACK * domain.speed)
    verdict.take(reckoning)
    return verdict


def _questions(stack: Stack, clock: DomainClock) -> dict[str, list[datetime]]:
    """By complaint when the broker got each, in order; only an administrator may read what outsiders write."""
    found: dict[str, list[datetime]] = defaultdict(list)
    for message in wire.read(stack, "admin", [OMBUDSMAN]):
        if wire.header(message, "ce_type") == OmbudsmanClarificationAsked.type:
            found[wire.header(message, "ce_subject")].append(clock.at(from_broker(message.timestamp()[1])))
    return found


def _by_complaint(stack: Stack, partition: int) -> dict[str, list[Raw]]:
    found: dict[str, list[Raw]] = defaultdict(list)
    for message in _all(stack, partition):
        headers: Any = message.headers() or []
        raw = Raw(
            str(message.topic()), int(message.partition() or 0), int(message.offset() or 0), headers,
            message.value(), message.timestamp()[1],
        )  # fmt: skip
        found[bytes(message.key() or b"").decode()].append(raw)
    return found


def _all(stack: Stack, partition: int) -> Iterator[Message]:
    """Every record of this partition on all topics, as it stands there now."""
    places = [(name, partition) for name in TOPICS]
    client = wire.consumer(stack, READER, dict.fromkeys(places, OFFSET_BEGINNING))
    try:
        marks = {place: client.get_watermark_offsets(TopicPartition(*place), SECONDS) for place in places}
        left = {place: end for place, (low, end) in marks.items() if end > low}
        while left:
            for message in client.consume(1_000, 0.2):
                if message.error():
                    raise KafkaException(message.error())
                place = (str(message.topic()), int(message.partition() or 0))
                if place in left:
                    yield message
                    if int(message.offset() or 0) + 1 >= left[place]:
                        del left[place]
    finally:
        client.close()


def _life(complaint: str, records: list[Raw], clock: DomainClock, verdict: Verdict) -> Life:
    """Each number once; what came again under its own id is a repeat, under another one it is doubled."""
    life = Life(complaint)
    ids: dict[tuple[str, int], UUID] = {}
    for raw in records:
        found = read(raw)
        if found is None or found.envelope.number is None:
            verdict.unexplained.append(f"{complaint}: {raw.topic}[{raw.partition}]@{raw.offset} is no numbered event")
            continue
        name = (raw.topic, found.envelope.number)
        if name in ids:
            if ids[name] == found.envelope.id:
                verdict.repeats += 1
            else:
                verdict.doubled.append(f"{complaint}: {name} twice, for different events")
            continue
        ids[name] = found.envelope.id
        arrived = clock.at(from_broker(raw.timestamp))
        seen = Seen(found.topic, found.partition, found.offset, found.envelope, found.event, arrived)
        life.by_topic[raw.topic].append(seen)
        if isinstance(found.event, TIMED):
            verdict.steps[found.name] += 1
    for topic, events in life.by_topic.items():
        events.sort(key=lambda one: one.number)
        missing = set(range(1, len(events) + 1)) - {one.number for one in events}
        verdict.missed += [f"{complaint}: {topic} {number} is not there" for number in sorted(missing)]
    return life
