"""A small world of one reader: what is on the broker, in any order between topics, again and again.

A reader changes nothing for the writers, and what the broker holds at any time is the beginning of what it holds
at the end. So the reader is looked at for each broker that a world of writers may end with. It decides by the
chassis' own `numbers.verdict`; around it stands what `inbound.Inbound.take` and `drain` do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, NamedTuple

from lapor_chassis.numbers import Verdict, verdict

from tests.support.protocol import TOPICS, Event, Row, Scripts, Violation

READS = frozenset(TOPICS)
Broken = Literal["early_dropped", "after_ignored", "repeats_applied", "offsets_first", "room_forgotten"]
Position = tuple[int, int]  # (topic, offset)


class World(NamedTuple):
    """`read`: offsets committed, per topic. `journal`: what was applied, in order; the last numbers applied follow
    from it, for both are written in one transaction. `room`: who waits, in order of arrival."""

    read: tuple[int, ...]
    journal: tuple[Row, ...]
    room: tuple[Position, ...]
    faults: int


Steps = Iterator[tuple[str, World]]


@dataclass(frozen=True)
class Reader:
    """The protocol, or a `broken` one, on a broker that holds `topics`."""

    scripts: Scripts
    topics: tuple[tuple[Row, ...], ...]
    broken: Broken | None = None

    def start(self, faults: int) -> World:
        return World((0,) * len(self.topics), (), (), faults)

    def work(self, world: World) -> Steps:
        for topic, records in enumerate(self.topics):
            offset = world.read[topic]
            if offset < len(records):
                taken = self._taken(world, (topic, offset))
                yield f"reads {topic}/{offset} {records[offset]}", _with_read(taken, topic, offset + 1)

    def faults(self, world: World) -> Steps:
        if not world.faults:
            return
        world = world._replace(faults=world.faults - 1)
        for topic, records in enumerate(self.topics):
            offset = world.read[topic]
            if offset < len(records):
                yield f"commits {topic}/{offset}, dies before its offset is", self._taken(world, (topic, offset))
                if self.broken == "offsets_first":
                    yield f"dies after the offset of {topic}/{offset}", _with_read(world, topic, offset + 1)
            for earlier in range(offset):
                yield f"an old owner's offset {topic}/{earlier} comes late", _with_read(world, topic, earlier)

    def final(self, world: World) -> None:
        for subject, script in enumerate(self.scripts):
            for place in range(len(script)):
                if (subject, place) not in world.journal:
                    raise Violation(f"event {place} of subject {subject} was never applied")
        if world.room:
            raise Violation("the waiting room is not empty")

    # Inbound.take and Inbound.drain

    def _taken(self, world: World, position: Position) -> World:
        match self._verdict(world, position):
            case "wait" if self.broken != "early_dropped":
                return world._replace(room=(*world.room, *({position} - set(world.room))))
            case "apply":
                return self._drained(self._applied(world, position))
            case "repeat" if self.broken == "repeats_applied":
                return self._applied(world, position)
        return world

    def _drained(self, world: World) -> World:
        moved = self.broken != "room_forgotten"
        while moved:
            moved = False
            for position in world.room:
                decided = self._verdict(world, position)
                if decided != "wait":
                    world = world._replace(room=tuple(p for p in world.room if p != position))
                    world = self._applied(world, position) if decided == "apply" else world
                    moved = True
        return world

    def _verdict(self, world: World, position: Position) -> Verdict:
        event = self._event(self._row(position))
        subject = self._row(position)[0]
        applied = _applied(self.scripts, world.journal, subject)
        after = {} if self.broken == "after_ignored" else dict(event.after)
        return verdict(applied, event.topic, event.number, after, READS)

    def _applied(self, world: World, position: Position) -> World:
        """Applies the event. Raises Violation where it must not be applied now, whatever the reader thought."""
        row = self._row(position)
        event = self._event(row)
        if row in world.journal:
            raise Violation(f"{row} was applied twice")
        done = {(self._event(r).topic, self._event(r).number) for r in world.journal if r[0] == row[0]}
        before = {(event.topic, number) for number in range(1, event.number)} | {
            (topic, n) for topic, number in event.after for n in range(1, number + 1)
        }
        if not before <= done:
            raise Violation(f"{row} was applied before {sorted(before - done)}")
        return world._replace(journal=(*world.journal, row))

    def _row(self, position: Position) -> Row:
        return self.topics[position[0]][position[1]]

    def _event(self, row: Row) -> Event:
        return self.scripts[row[0]][row[1]]


@lru_cache(maxsize=100_000)
def _applied(scripts: Scripts, journal: tuple[Row, ...], subject: int) -> Mapping[str, int]:
    """The last number applied per topic, as the subject's row has it."""
    applied: dict[str, int] = {}
    for of, place in journal:
        if of == subject:
            applied[scripts[of][place].topic] = scripts[of][place].number
    return applied


def _with_read(world: World, topic: int, offset: int) -> World:
    return world._replace(read=tuple(offset if t == topic else n for t, n in enumerate(world.read)))
