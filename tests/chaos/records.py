"""What the reckoning reads: the run's own journal, the topics whole, and nothing else."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any

from lapor_chassis.admin import topic_names
from lapor_chassis.clock import DomainClock, from_broker
from lapor_contracts.agencies import AgencyEntry
from lapor_contracts.catalogue import topic as topic_of
from lapor_contracts.catalogue import topics
from lapor_deploy.commands.administrator import administrator
from lapor_deploy.embedded.kafka import ADMIN
from lapor_deploy.outsider import Read, consuming, read, to_end
from lapor_deploy.stack import Stack

ESCALATIONS, ALERTS = "lapor.escalations", "lapor.ombudsman.alerts"
COMPLAINTS, ASSIGNMENTS, REPLIES = "lapor.complaints", "lapor.assignments", "lapor.replies"
NOTIFICATIONS = "lapor.notifications"
Position = tuple[str, int, int]


@dataclass(frozen=True, slots=True)
class Seen(Read):
    """`arrived`: the record's own time stamp, on the domain's clock."""

    arrived: datetime

    @property
    def number(self) -> int:
        return self.envelope.number or 0


@dataclass
class Life:
    """One complaint's events by topic, each number once, in order."""

    id: str
    by_topic: dict[str, list[Seen]] = field(default_factory=lambda: defaultdict(list))

    def on(self, *names: str) -> list[Seen]:
        return [seen for name in names for seen in self.by_topic.get(name, ())]

    @property
    def outlets(self) -> list[Seen]:
        return self.on(*(name for name in self.by_topic if topic_of(name).kind == "outlet"))


@dataclass
class World:
    """All records of all topics. `unreadable`: where headers are no event's."""

    seen: list[Seen] = field(default_factory=list)
    unreadable: list[Position] = field(default_factory=list)

    @cached_property
    def by_topic(self) -> Mapping[str, list[Seen]]:
        found: dict[str, list[Seen]] = defaultdict(list)
        for one in self.seen:
            found[one.topic].append(one)
        return found

    @cached_property
    def lives(self) -> dict[str, Life]:
        """By complaint: what is numbered, a repeat once."""
        found: dict[str, Life] = {}
        numbered = (s for s in self.seen if _about_a_complaint(s) and s.envelope.number is not None)
        known: set[tuple[str, str, int]] = set()
        for one in sorted(numbered, key=lambda s: s.number):
            subject = one.envelope.subject
            if (one.topic, subject, one.number) in known:
                continue
            known.add((one.topic, subject, one.number))
            found.setdefault(subject, Life(subject)).by_topic[one.topic].append(one)
        return found

    @cached_property
    def addresses(self) -> dict[str, str]:
        """Of agencies, by code, as the register has them last."""
        entries = sorted(self.by_topic.get("lapor.agencies", ()), key=lambda s: s.number)
        return {s.event.code: s.event.email for s in entries if isinstance(s.event, AgencyEntry)}

    def of_kind(self, kind: str) -> Iterator[Seen]:
        return (s for name, found in self.by_topic.items() if topic_of(name).kind == kind for s in found)

    def until(self, now: datetime) -> World:
        """What had been said by `now`, with all that it names as its cause."""
        kept = [s for s in self.seen if not _about_a_complaint(s)]
        for life in self.lives.values():
            through = {
                name: max((s.number for s in found if s.envelope.time <= now), default=0)
                for name, found in life.by_topic.items()
            }
            while _widened(life, through):
                pass
            kept += [s for name, found in life.by_topic.items() for s in found if s.number <= through[name]]
        return World(kept, self.unreadable)


def _about_a_complaint(one: Seen) -> bool:
    entry = topic_of(one.topic)
    return entry.has_numbers and entry.kind != "register"


def _widened(life: Life, through: dict[str, int]) -> bool:
    before = dict(through)
    for name, found in life.by_topic.items():
        for one in found:
            if one.number <= before[name]:
                for cause, number in one.envelope.after.items():
                    if cause in through:
                        through[cause] = max(through[cause], number)
    return through != before


@dataclass
class Run:
    """What was handed in, what was said and who was killed, line by line."""

    handed: list[dict[str, Any]]
    said: list[dict[str, Any]]
    kills: list[dict[str, Any]]

    @classmethod
    def load(cls, folder: Path) -> Run:
        return cls(*(_lines(folder / f"{name}.jsonl") for name in ("handed", "said", "kills")))


def _lines(path: Path) -> list[dict[str, Any]]:
    """A file that is not there has no lines; a line that was cut off by a kill of ours is an error."""
    if not path.exists():
        return []
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines() if line]


async def read_world(stack: Stack, clock: DomainClock) -> World:
    """Everything that the broker has but the tallies and the contacts, which `verify` counts."""
    with administrator(stack) as client:
        there = topic_names(client)
    names = sorted(name for name in there if _wanted(name))
    world = World()
    async with consuming(stack, ADMIN, names) as consumer:
        async for record in to_end(consumer):
            found = read(record)
            if found is None:
                world.unreadable.append((record.topic, record.partition, record.offset))
            else:
                arrived = clock.at(from_broker(record.timestamp))
                world.seen.append(
                    Seen(found.topic, found.partition, found.offset, found.envelope, found.event, arrived)
                )
    return world


def _wanted(name: str) -> bool:
    entry = next((entry for entry in topics() if entry.matches(name)), None)
    return entry is not None and entry.name not in ("lapor.contacts", "lapor.tallies")


def distinct(found: Iterable[Seen]) -> list[Seen]:
    """Each event once: what came again under its own id is a repeat."""
    return list({one.envelope.id: one for one in reversed(list(found))}.values())[::-1]
