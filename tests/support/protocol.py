"""Looks at every state that a small world can get into, and says how it went wrong."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Generic, TypeVar

W = TypeVar("W", bound=Hashable)
Steps = Iterator[tuple[str, W]]

# Topics that the scripts below write, by their places in a world's tuples.
TOPICS = ("a", "b", "c")
Row = tuple[int, int]  # (subject, place in the subject's script)


@dataclass(frozen=True)
class Event:
    """`after`: what must be applied before, as (topic, number)."""

    topic: str
    number: int
    after: tuple[tuple[str, int], ...] = ()


Script = tuple[Event, ...]  # what is written for one subject, in this order
Scripts = tuple[Script, ...]


class Violation(AssertionError):  # noqa: N818 - what was violated is a promise, not the program
    """A promise was broken. `steps`: how, where it is known."""

    def __init__(self, what: str, steps: tuple[str, ...] = ()) -> None:
        super().__init__(what + ("\n  " + "\n  ".join(steps) if steps else ""))
        self.what = what
        self.steps = steps


@dataclass
class Explored(Generic[W]):
    """`finals`: the states in which nothing is left to do."""

    states: int = 0
    finals: set[W] = field(default_factory=set)


def explore(
    start: W, work: Callable[[W], Steps[W]], faults: Callable[[W], Steps[W]], final: Callable[[W], None]
) -> Explored[W]:
    """Depth first through all states.

    `work`: what the processes do by themselves; a state without work is quiet and must please `final`. `faults`
    may happen, must not be waited for, and are limited by the world itself. A step that leads back to a state of
    the path that leads here would be work without end.

    Raises Violation, with the steps that lead to it.
    """
    came_by: dict[W, tuple[W, str] | None] = {start: None}
    on_path = {start}
    explored = Explored[W]()
    stack = [(start, _steps(start, work, faults, final, explored, came_by))]
    while stack:
        world, steps = stack[-1]
        step = next(steps, None)
        if step is None:
            stack.pop()
            on_path.discard(world)
            continue
        name, following = step
        if following in on_path:
            raise Violation(f"work without end: {name}", _path(world, came_by))
        if following not in came_by:
            came_by[following] = (world, name)
            on_path.add(following)
            stack.append((following, _steps(following, work, faults, final, explored, came_by)))
    explored.states = len(came_by)
    return explored


def _steps(
    world: W, work: Callable[[W], Steps[W]], faults: Callable[[W], Steps[W]], final: Callable[[W], None],
    explored: Explored[W], came_by: dict[W, tuple[W, str] | None],
) -> Steps[W]:  # fmt: skip
    try:
        quiet = True
        for step in work(world):
            quiet = False
            yield step
        if quiet:
            final(world)
            explored.finals.add(world)
        yield from faults(world)
    except Violation as violation:
        raise violation if violation.steps else Violation(violation.what, _path(world, came_by)) from None


def _path(world: W, came_by: dict[W, tuple[W, str] | None]) -> tuple[str, ...]:
    steps = []
    at = came_by[world]
    while at is not None:
        before, name = at
        steps.append(name)
        at = came_by[before]
    return tuple(reversed(steps))
