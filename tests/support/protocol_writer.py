"""A small world of writers: processes with lanes, their database, the broker.

Each step is one that others can see: a commit, one record sent, a mark, an adoption. The names are those of
lapor_chassis (`lane.Lane`, `lanes.Lanes`, `publisher.Publisher`), and each function says which of theirs it follows.

What is the same to everybody else is one step, to keep the number of states small:
- A transaction and its commit, for its locks only keep others away. What is left open is one whose answer was
  lost or whose process died (the database settles it, either way). `split` takes them apart.
- A mark is written by any touch of the lane, and nobody looks at it before an adoption: so each step of a process
  that may have one behind it has it, or not.
- A process that ends is followed by a new one with a new lane; a frozen one is one that takes no step while others
  go on, and a zombie where its lane was adopted meanwhile: it goes on publishing what it has in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from tests.support.protocol import TOPICS, Row, Scripts, Violation
from tests.support.protocol_world import (
    NOBODY,
    Lane,
    Memory,
    Open,
    Process,
    World,
    adoptable,
    ended,
    locked,
    reloaded,
    taken_over,
    tidy,
    with_lane,
    with_open,
    with_process,
    without,
)

Broken = Literal[
    "mark_before_publish", "two_transactions", "no_epoch", "no_reload", "reload_by_next_batch_only",
    "retired_unseen", "tally_left_behind",
]  # fmt: skip


Steps = Iterator[tuple[str, World]]


@dataclass(frozen=True)
class Writers:
    """The protocol, or a `broken` one."""

    scripts: Scripts
    processes: int = 2
    broken: Broken | None = None
    split: bool = False

    def start(self, faults: int) -> World:
        lanes = (Lane(1, 0, False, (), 0),) * self.processes
        processes = tuple(Process(Memory(p, 1)) for p in range(self.processes))
        return World((0,) * len(self.scripts), lanes, (), processes, ((),) * len(TOPICS), 0, faults)

    def work(self, world: World) -> Steps:
        for name, following in self._work(world):
            yield name, tidy(following)

    def faults(self, world: World) -> Steps:
        if world.faults:
            for name, following in self._faults(world._replace(faults=world.faults - 1)):
                yield name, tidy(following)

    def _work(self, world: World) -> Steps:
        for p, process in enumerate(world.processes):
            if not locked(world, process.own.lane) and not self._touches(world, process.own):
                yield f"process {p} stops: its lane was adopted", ended(world, p)
            yield from self._transactions(world, p, process)
            yield from self._publishing(world, p, process)
            yield from self._heartbeat(world, p, process)
            yield from self._adoption(world, p, process)
        for i, tx in enumerate(world.open):
            if tx.owner == NOBODY:
                yield "the database commits a transaction of nobody", self._committed(world, i)
                yield "the database rolls back a transaction of nobody", without(world, i)

    def _faults(self, world: World) -> Steps:
        for p, process in enumerate(world.processes):
            yield f"process {p} is killed", ended(world, p)
            yield from self._lost_answers(world, p, process)
            yield from self._stop(world, p, process)
            if process.adopted is None:
                for lane in adoptable(world, p, served=True):
                    yield f"process {p} adopts lane {lane}, whose owner is only slow", taken_over(world, p, lane)

    def final(self, world: World) -> None:
        if world.open:
            raise Violation("a transaction is open for ever")
        for subject, script in enumerate(self.scripts):
            if world.written[subject] != len(script):
                raise Violation("an event was never written")
            for place, event in enumerate(script):
                if (subject, place) not in world.topics[TOPICS.index(event.topic)]:
                    raise Violation(f"event {place} of subject {subject} was lost: it was never published")
        if world.tally + sum(lane.tally for lane in world.lanes) != sum(world.written):
            raise Violation("the tallies are wrong")

    # Lane.batch

    def _transactions(self, world: World, p: int, process: Process) -> Steps:
        for i, tx in enumerate(world.open):
            if tx.owner == p:
                yield from self._marks(f"process {p} commits", self._committed(world, i), p)
        for name, begun in self._begun(world, p, process):
            if self._apart:
                yield name, begun
            else:
                yield from self._marks(name, self._committed(begun, len(begun.open) - 1), p)

    @property
    def _apart(self) -> bool:
        return self.split or self.broken == "two_transactions"

    def _begun(self, world: World, p: int, process: Process) -> Steps:
        """Each transaction that this process may begin now, open."""
        mine = sum(tx.owner == p for tx in world.open)
        if locked(world, process.own.lane) and not (self.broken == "two_transactions" and mine == 1):
            return
        if not self._touches(world, process.own):
            return
        memory = self._recovered(world, process.own)
        world = with_process(world, p, process._replace(own=memory))
        busy = {tx.row[0] for tx in world.open}
        for subject, script in enumerate(self.scripts):
            place = world.written[subject]
            if subject not in busy and place < len(script):
                tx = Open(p, memory.lane, memory.enqueued + 1 + mine, (subject, place), world.lanes[memory.lane].mark)
                yield f"process {p} writes {tx.row}", world._replace(open=(*world.open, tx))

    def _committed(self, world: World, i: int) -> World:
        tx = world.open[i]
        subject, place = tx.row
        lane = world.lanes[tx.lane]
        world = without(world, i)
        if any(seq == tx.seq for seq, _ in lane.rows):  # the primary key of `outbox`: a bug, the process stops
            return ended(world, tx.owner) if tx.owner != NOBODY else world
        if world.written[subject] != place:
            raise Violation("a number was given twice")
        lane = lane._replace(rows=tuple(sorted((*lane.rows, (tx.seq, tx.row)))), tally=lane.tally + 1)
        written = tuple(place + 1 if s == subject else n for s, n in enumerate(world.written))
        world = with_lane(world, tx.lane, lane)._replace(written=written)
        if tx.owner == NOBODY:
            return world
        process = world.processes[tx.owner]
        memory = process.own  # Publisher.put
        memory = memory._replace(queue=(*memory.queue, (tx.seq, tx.row)), enqueued=max(tx.seq, memory.enqueued))
        return with_process(world, tx.owner, process._replace(own=memory))

    # Lane._touch, Lane.heartbeat

    def _touches(self, world: World, memory: Memory) -> bool:
        """Whether the lane is still the process' own."""
        lane = world.lanes[memory.lane]
        return self.broken == "no_epoch" or (not lane.retired and lane.epoch == memory.epoch)

    def _marks(self, name: str, world: World, p: int) -> Steps:
        """A step of a process without a mark behind it, and with one."""
        yield name, world
        memory = world.processes[p].own
        lane = world.lanes[memory.lane]
        mark = memory.enqueued if self.broken == "mark_before_publish" else memory.published
        free = self.broken == "two_transactions" or not locked(world, memory.lane)
        if free and mark > lane.mark and self._touches(world, memory):
            yield f"{name}, then marks {mark}", with_lane(world, memory.lane, lane._replace(mark=mark))

    def _heartbeat(self, world: World, p: int, process: Process) -> Steps:
        memory = process.own
        if locked(world, memory.lane) or not self._touches(world, memory):
            return
        if memory.uncertain and self.broken != "reload_by_next_batch_only":
            recovered = process._replace(own=self._recovered(world, memory))
            yield f"heartbeat of process {p}", with_process(world, p, recovered)

    def _recovered(self, world: World, memory: Memory) -> Memory:
        """What the lost answer of a commit left open is looked up, behind the lane's lock."""
        if memory.uncertain and self.broken != "no_reload":
            return reloaded(world, memory)
        return memory._replace(uncertain=False)

    # Publisher.run

    def _publishing(self, world: World, p: int, process: Process) -> Steps:
        if process.own.queue:
            (seq, row), *rest = process.own.queue
            own = process.own._replace(queue=tuple(rest), published=seq)
            sent = with_process(self._sent(world, row), p, process._replace(own=own))
            yield from self._marks(f"process {p} publishes {row}", sent, p)
        if process.adopted and process.adopted.queue:
            (seq, row), *rest = process.adopted.queue
            adopted = process.adopted._replace(queue=tuple(rest), published=seq)
            sent = _with_adopted(self._sent(world, row), p, adopted)
            yield f"process {p} publishes {row} of its adopted lane", sent

    def _sent(self, world: World, row: Row) -> World:
        topic = TOPICS.index(self.scripts[row[0]][row[1]].topic)
        records = tuple((*old, row) if t == topic else old for t, old in enumerate(world.topics))
        return world._replace(topics=records)

    # Lanes.adopt_one, Lane.finish

    def _adoption(self, world: World, p: int, process: Process) -> Steps:
        memory = process.adopted
        if memory is None:
            for lane in adoptable(world, p, served=False):
                yield f"process {p} adopts lane {lane}", taken_over(world, p, lane)
        elif memory.queue or locked(world, memory.lane):
            return
        elif not self._touches(world, memory):
            yield f"process {p} leaves a lane that was adopted from it", _with_adopted(world, p, None)
        elif (more := reloaded(world, memory)).queue:
            world = with_lane(world, memory.lane, world.lanes[memory.lane]._replace(mark=memory.published))
            yield f"process {p} loads lane {memory.lane}", _with_adopted(world, p, more)
        else:
            world = _with_adopted(self._retired(world, memory.lane), p, None)
            yield f"process {p} retires lane {memory.lane}", world

    def _retired(self, world: World, number: int) -> World:
        """Lane.retire"""
        lane = world.lanes[number]
        moved = 0 if self.broken == "tally_left_behind" else lane.tally
        world = world._replace(tally=world.tally + moved)
        return with_lane(world, number, lane._replace(retired=True, tally=0))

    # Faults

    def _lost_answers(self, world: World, p: int, process: Process) -> Steps:
        begun = [(name, w) for name, w in self._begun(world, p, process)] if not self._apart else [("", world)]
        for name, opened in begun:
            for i, tx in enumerate(opened.open):
                if tx.owner == p:
                    orphan = with_open(opened, i, tx._replace(owner=NOBODY))
                    unsure = orphan.processes[p]._replace(own=orphan.processes[p].own._replace(uncertain=True))
                    yield f"{name}; process {p} gets no answer to its commit", with_process(orphan, p, unsure)
                    if not self._apart:
                        yield f"{name}; process {p} is killed in its commit", ended(opened, p)
        for memory in (process.own, process.adopted):
            for _, row in memory.queue if memory else ():
                # Of a group, some lots may be on the broker, and their answer lost: the whole group goes again.
                yield f"process {p} sends {row} and gets no answer", self._sent(world, row)

    def _stop(self, world: World, p: int, process: Process) -> Steps:
        """Lanes.close, in a process that was asked to stop."""
        memory = process.own
        if memory.queue or process.adopted or locked(world, memory.lane) or not self._touches(world, memory):
            return
        if self.broken != "retired_unseen" and reloaded(world, memory).queue:
            return  # it loads them and publishes, as the heartbeat does
        yield f"process {p} stops in order", ended(self._retired(world, memory.lane), p)


def _with_adopted(world: World, p: int, adopted: Memory | None) -> World:
    return with_process(world, p, world.processes[p]._replace(adopted=adopted))
