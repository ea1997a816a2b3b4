"""What a small world of writers is made of: a database with lanes and an outbox, processes, a broker.

`Memory` is what lapor_chassis keeps in `publisher.Publisher` and `lane.Lane`; the functions follow the statements of
`lane.py`, whose names they have.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from tests.support.protocol import Row

NOBODY = -1  # the owner of a transaction whose process is gone or has lost the connection


class Lane(NamedTuple):
    """A row of `lane`, with its rows of `outbox` by seq and its `tally`."""

    epoch: int
    mark: int
    retired: bool
    rows: tuple[tuple[int, Row], ...]
    tally: int


class Open(NamedTuple):
    """A transaction; it holds the locks of its lane's and its subject's row."""

    owner: int
    lane: int
    seq: int
    row: Row
    mark: int


class Memory(NamedTuple):
    """What a process knows of a lane. `uncertain`: the answer of a commit was lost."""

    lane: int
    epoch: int
    queue: tuple[tuple[int, Row], ...] = ()
    published: int = 0
    enqueued: int = 0
    uncertain: bool = False


class Process(NamedTuple):
    own: Memory
    adopted: Memory | None = None


class World(NamedTuple):
    """`written`: events committed per subject. `topics`: what is on the broker. `tally`: that of retired lanes.
    `faults`: how many may still happen."""

    written: tuple[int, ...]
    lanes: tuple[Lane, ...]
    open: tuple[Open, ...]
    processes: tuple[Process, ...]
    topics: tuple[tuple[Row, ...], ...]
    tally: int
    faults: int


def ended(world: World, p: int) -> World:
    """Another process follows. What the old one had begun is settled by the database."""
    orphans = tuple(tx._replace(owner=NOBODY) if tx.owner == p else tx for tx in world.open)
    world = world._replace(open=orphans, lanes=(*world.lanes, Lane(1, 0, False, (), 0)))
    return with_process(world, p, Process(Memory(len(world.lanes) - 1, 1)))


def adoptable(world: World, p: int, *, served: bool) -> Iterator[int]:
    """Lanes that process `p` may take over: not locked, not its own; `served`: that have someone."""
    serving = {(m.lane, m.epoch) for q in world.processes for m in (q.own, q.adopted) if m is not None}
    for number, lane in enumerate(world.lanes):
        if lane.retired or locked(world, number) or world.processes[p].own.lane == number:
            continue
        if ((number, lane.epoch) in serving) == served:
            yield number


def taken_over(world: World, p: int, number: int) -> World:
    """lane.take_over"""
    lane = world.lanes[number]
    memory = Memory(number, lane.epoch + 1, published=lane.mark, enqueued=lane.mark)
    world = with_lane(world, number, lane._replace(epoch=lane.epoch + 1))
    return with_process(world, p, world.processes[p]._replace(adopted=memory))


def reloaded(world: World, memory: Memory) -> Memory:
    """Lane.reload and Lane._reload: the committed rows above what is known."""
    rows = tuple(row for row in world.lanes[memory.lane].rows if row[0] > memory.enqueued)
    enqueued = rows[-1][0] if rows else memory.enqueued
    return memory._replace(queue=memory.queue + rows, enqueued=enqueued, uncertain=False)


def tidy(world: World) -> World:
    """The same world whatever the names: processes in order of what they are, their lanes first, no retired lane
    without a user."""
    order = sorted(range(len(world.processes)), key=lambda p: _looks(world, p))
    used = dict.fromkeys(m.lane for p in order for m in world.processes[p] if m is not None)
    if order == sorted(order) and list(used) == list(range(len(world.lanes))):
        return world
    used.update(dict.fromkeys(tx.lane for tx in world.open))
    rest = [n for n, lane in enumerate(world.lanes) if n not in used and (not lane.retired or lane.tally)]
    lanes = [*used, *sorted(rest, key=lambda n: world.lanes[n])]
    lane_at = {n: i for i, n in enumerate(lanes)}
    process_at = {p: i for i, p in enumerate(order)} | {NOBODY: NOBODY}
    return world._replace(
        lanes=tuple(world.lanes[n] for n in lanes),
        open=tuple(tx._replace(owner=process_at[tx.owner], lane=lane_at[tx.lane]) for tx in world.open),
        processes=tuple(
            Process(*(m and m._replace(lane=lane_at[m.lane]) for m in world.processes[p]))  # type: ignore[arg-type]
            for p in order
        ),
    )


def _looks(world: World, p: int) -> tuple[object, ...]:
    own, adopted = world.processes[p]
    return own[1:], world.lanes[own.lane], adopted[1:] if adopted else ()


def locked(world: World, lane: int) -> bool:
    return any(tx.lane == lane for tx in world.open)


def without(world: World, i: int) -> World:
    return world._replace(open=world.open[:i] + world.open[i + 1 :])


def with_open(world: World, i: int, tx: Open) -> World:
    return world._replace(open=(*world.open[:i], tx, *world.open[i + 1 :]))


def with_lane(world: World, number: int, lane: Lane) -> World:
    return world._replace(lanes=(*world.lanes[:number], lane, *world.lanes[number + 1 :]))


def with_process(world: World, p: int, process: Process) -> World:
    return world._replace(processes=(*world.processes[:p], process, *world.processes[p + 1 :]))
