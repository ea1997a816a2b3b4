"""An outsider's check, from topics only: every number is there, once, and every writer's tally is right.

A tally says how many events had been committed when it was written; whoever finds fewer on the topic has
found a loss (or a backlog that is not published yet: that is waited for).
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from uuid import UUID

from lapor_contracts.operations import Tally

from lapor_deploy.outsider import CORE, Read, read_to_end
from lapor_deploy.stack import Stack

PRINCIPAL = "oversight"
PATIENCE_SECONDS = 15.0


@dataclass
class Ledger:
    """Numbers seen, by (topic, partition) and subject: number -> event id."""

    numbers: dict[tuple[str, int], dict[str, dict[int, UUID]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict))
    )
    repeats: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, read: Read) -> None:
        number, where = read.envelope.number, f"{read.topic}[{read.partition}]@{read.offset}"
        if number is None:
            self.problems.append(f"{where}: an event without a number")
            return
        known = self.numbers[read.topic, read.partition][read.envelope.subject]
        if number not in known:
            known[number] = read.envelope.id
        elif known[number] == read.envelope.id:
            self.repeats += 1
        else:
            self.problems.append(f"{where}: number {number} of {read.envelope.subject} twice, for different events")

    def gaps(self) -> list[str]:
        found = []
        for (topic, _), subjects in self.numbers.items():
            for subject, numbers in subjects.items():
                missing = sorted(set(range(1, max(numbers) + 1)) - numbers.keys())
                if missing:
                    found.append(f"{topic}: {subject} lacks number {', '.join(map(str, missing[:10]))}")
        return found

    def counts(self, topic: str, partition: int) -> tuple[int, int]:
        """Subjects and events."""
        subjects = self.numbers.get((topic, partition), {})
        return len(subjects), sum(map(len, subjects.values()))


@dataclass(frozen=True)
class Report:
    events: int
    complaints: int
    tallies: int
    repeats: int
    problems: list[str]


async def verify(stack: Stack, patience: float = PATIENCE_SECONDS) -> Report:
    """Reads everything; a count that is below its tally, or without one, gets `patience` seconds."""
    deadline = asyncio.get_running_loop().time() + patience
    while True:
        tallies = await _tallies(stack)
        ledger = Ledger()
        async for read in read_to_end(stack, PRINCIPAL, CORE):
            ledger.add(read)
        behind = _behind(tallies, ledger)
        if not behind or asyncio.get_running_loop().time() > deadline:
            break
        await asyncio.sleep(1.0)
    complaints = {s for subjects in ledger.numbers.values() for s in subjects}
    return Report(
        events=sum(ledger.counts(topic, partition)[1] for topic, partition in ledger.numbers),
        complaints=len(complaints),
        tallies=len(tallies),
        repeats=ledger.repeats,
        problems=[*ledger.problems, *ledger.gaps(), *behind],
    )


def _behind(tallies: dict[tuple[str, int], Tally], ledger: Ledger) -> list[str]:
    found = []
    for (topic, partition), tally in tallies.items():
        subjects, events = ledger.counts(topic, partition)
        if topic in CORE and (subjects < tally.subjects or events < tally.events):
            found.append(
                f"{topic}[{partition}]: {tally.service} has committed {tally.events} events of {tally.subjects} "
                f"complaints, on the topic are {events} of {subjects}"
            )
    for topic, partition in ledger.numbers:
        if (topic, partition) not in tallies:
            found.append(f"{topic}[{partition}]: its writer gives no tally")
    return found


async def _tallies(stack: Stack) -> dict[tuple[str, int], Tally]:
    """The newest of each topic and partition."""
    latest: dict[tuple[str, int], Tally] = {}
    async for read in _of_tallies(stack):
        if isinstance(read.event, Tally):
            latest[read.event.topic, read.event.partition] = read.event
    return latest


def _of_tallies(stack: Stack) -> AsyncIterator[Read]:
    return read_to_end(stack, PRINCIPAL, ["lapor.tallies"])
