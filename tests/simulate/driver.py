"""Plays intake, the router and the Ombudsman: writes each event when its time has come on the simulated clock.

A process of its own, for it must not wait for anybody: what it reads are alerts, to answer some of them.
"""

from __future__ import annotations

import heapq
import json
import multiprocessing
import random
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, KafkaException, Producer
from lapor_chassis.clock import DomainClock
from lapor_contracts import ombudsman_replies
from lapor_contracts.base import Event
from lapor_deploy.stack import Stack

from tests.bench import wire
from tests.bench.wire import Row
from tests.simulate.people import offices
from tests.simulate.stories import DAY, START, YEAR, arrival, story
from tests.simulate.writing import OMBUDSMAN, WRITERS, Complaint, row

ALERTS = "lapor.ombudsman.alerts"
LONGEST_SLEEP = 0.05
REPEATED = 0.01  # the share of events that are written once more, as a writer does after a crash
ANSWERED = 0.5  # the share of complaints that the Ombudsman takes up
FLUSH_SECONDS = 60.0


@dataclass(frozen=True)
class Orders:
    """`data`: of the stack."""

    data: Path
    clock: str
    seed: int
    complaints: int
    agencies: int
    out: Path


@dataclass
class Driver:
    orders: Orders
    written: dict[str, int] = field(default_factory=dict)
    repeats: int = 0
    late: float = 0.0  # seconds of the wall, at most
    refused: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        orders = self.orders
        self._stack, self._clock = Stack.load(orders.data), DomainClock.parse(orders.clock)
        self._offices = offices(orders.agencies)
        self._chance = random.Random(orders.seed)  # noqa: S311 - a plan, not a secret
        self._producers: dict[str, Producer] = {
            name: wire.producer(self._stack, name) for name in sorted(set(WRITERS.values()))
        }
        self._alerts = wire.consumer(
            self._stack, "ombudsman", dict.fromkeys(wire.partitions([ALERTS]), OFFSET_BEGINNING)
        )
        self._heap: list[tuple[datetime, int, Any]] = []
        self._count = 0
        self._taken_up: set[str] = set()

    def run(self) -> None:
        """Until the year is over."""
        arrivals = self._arrivals()
        following = next(arrivals, None)
        end = START + YEAR
        while True:
            self._read_alerts()
            due = min((x for x in (following and following[0], self._heap and self._heap[0][0]) if x), default=None)
            if due is None or due >= end:
                break
            self._wait(due)
            if following is not None and following[0] <= due:
                self._one(Complaint(following[1], story(self.orders.seed, following[1], self._offices)))
                following = next(arrivals, None)
            else:
                _, _, what = heapq.heappop(self._heap)
                self._one(what) if isinstance(what, Complaint) else self._say(*what)
        for producer in self._producers.values():
            if producer.flush(FLUSH_SECONDS):
                raise KafkaException(None)
        self._alerts.close()

    def _arrivals(self) -> Iterator[tuple[datetime, int]]:
        seed = self.orders.seed
        return iter(sorted((arrival(seed, number), number) for number in range(1, self.orders.complaints + 1)))

    def _wait(self, due: datetime) -> None:
        while (left := (due - self._clock.now()).total_seconds() / self._clock.speed) > 0:
            for producer in self._producers.values():
                producer.poll(0)
            self._read_alerts()
            if (parent := multiprocessing.parent_process()) is not None and not parent.is_alive():
                raise SystemExit(1)
            time.sleep(min(left, LONGEST_SLEEP))
        self.late = max(self.late, -left)

    def _one(self, complaint: Complaint) -> None:
        """Its next act, and when the one after it is due."""
        act = complaint.acts[complaint.next]
        self._write(complaint.row(act, self._clock.now(), self._offices))
        complaint.next += 1
        if complaint.next < len(complaint.acts):
            self._later(complaint.acts[complaint.next].at, complaint)

    def _later(self, at: datetime, what: Any) -> None:
        self._count += 1
        heapq.heappush(self._heap, (at, self._count, what))

    def _write(self, record: Row) -> None:
        self.written[record.topic] = self.written.get(record.topic, 0) + 1
        self._produce(record)
        if record.topic != OMBUDSMAN and self._chance.random() < REPEATED:
            self.repeats += 1
            self._produce(record)

    def _produce(self, record: Row) -> None:
        producer = self._producers[WRITERS[record.topic]]
        while True:
            try:
                producer.produce(
                    record.topic, record.value, record.key, headers=record.headers, on_delivery=self._answered
                )
                break
            except BufferError:
                producer.poll(0.1)
        producer.poll(0)

    def _answered(self, error: Any, _: Any) -> None:
        if error is not None:
            self.refused.append(str(error))

    def _read_alerts(self) -> None:
        """The Ombudsman takes a complaint up once: asks twice, reprimands, and closes the case some day."""
        for message in self._alerts.consume(500, 0):
            if message.error():
                continue
            complaint, office = wire.header(message, "ce_subject"), json.loads(message.value() or b"")["office"]
            if complaint in self._taken_up or self._chance.random() > ANSWERED:
                continue
            self._taken_up.add(complaint)
            asks = ombudsman_replies.OmbudsmanClarificationAsked(office=office, text="-")
            steps: list[tuple[float, Event]] = [(2, asks), (18, asks)]
            if self._chance.random() < 0.6:
                steps.append((35, ombudsman_replies.OmbudsmanReprimanded(office=office, text="-")))
            steps.append((70, ombudsman_replies.OmbudsmanCaseClosed(office=office)))
            for days, event in steps:
                after = timedelta(days=days + self._chance.random())
                self._later(self._clock.now() + after, (complaint, event))

    def _say(self, complaint: str, event: Event) -> None:
        self._write(row(OMBUDSMAN, complaint, event, self._clock.now()))


def drive(orders: Orders) -> None:
    """What a process does; it leaves its figures in a file."""
    driver = Driver(orders)
    driver.run()
    found = {
        "written": driver.written, "repeats": driver.repeats, "late_seconds": round(driver.late, 2),
        "refused": driver.refused[:10], "days": round((driver._clock.now() - START) / DAY, 1),
    }  # fmt: skip
    orders.out.write_text(json.dumps(found), encoding="utf-8")
