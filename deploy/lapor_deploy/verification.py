"""The check from outside, from topics only: every number is there, once, and every writer's tally is right.

A tally says how many events had been committed when it was written; whoever finds fewer on the topic has
found a loss (or a backlog that is not published yet: that is waited for, and so is a gap, because the lanes of
a service publish independently).
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass

from aiokafka import AIOKafkaConsumer
from lapor_chassis.admin import topic_names
from lapor_chassis.clock import wall_now
from lapor_contracts.catalogue import topics
from lapor_contracts.operations import Tally

from lapor_deploy.commands.administrator import administrator
from lapor_deploy.embedded.kafka import ADMIN
from lapor_deploy.ledger import Gap, Ledger, Where, behind_line, gap_lines, newest
from lapor_deploy.outsider import CORE, consuming, read, to_end
from lapor_deploy.stack import Stack

PRINCIPAL = "oversight"
TALLIES = "lapor.tallies"
PATIENCE_SECONDS = 15.0
ROUND_SECONDS = 0.5
# What nobody outside may read, and what one outsider alone may: only an administrator checks these as well.
_CLOSED = tuple(t for t in topics() if t.has_numbers and t.kind in ("core", "outlet") and t.name not in CORE)


@dataclass(frozen=True)
class Report:
    """What nobody can check any more, and is no problem: `expired` counts complaints of which the first events on a
    topic are past what it keeps, `trimmed` partitions whose tally cannot be compared for the same reason."""

    topics: int
    events: int
    complaints: int
    tallies: int
    repeats: int
    expired: int
    trimmed: int
    problems: list[str]


async def verify(stack: Stack, *, everything: bool = False, patience: float = PATIENCE_SECONDS) -> Report:
    """Reads what oversight may; with `everything` the outlets and the contacts too, as the administrator.

    What is missing at first gets `patience` seconds to come. What is committed after the first look is not
    judged: under load there would always be something on its way.
    """
    async with AsyncExitStack() as exits:
        tallies = _Tallies(await exits.enter_async_context(consuming(stack, PRINCIPAL, [TALLIES])))
        reading = [await exits.enter_async_context(consuming(stack, PRINCIPAL, CORE))]
        closed = await asyncio.to_thread(_closed_topics, stack) if everything else []
        if closed:
            reading.append(await exits.enter_async_context(consuming(stack, ADMIN, closed)))
        names = {*CORE, *closed}
        ledger = Ledger(now=wall_now(), trimmed=await _trimmed(reading))
        claimed = await tallies.read_on()
        await _read_on(reading, ledger)
        open_ = _Open(claimed, names, ledger)
        deadline = time.monotonic() + patience
        while not open_.settled(ledger, tallies.newest) and time.monotonic() < deadline:
            await asyncio.sleep(ROUND_SECONDS)
            await tallies.read_on()
            await _read_on(reading, ledger)
        return _report(ledger, open_.lines(ledger, tallies.newest), tallies.newest, names)


class _Open:
    """What was missing at the first look."""

    def __init__(self, claimed: dict[Where, Tally], names: set[str], ledger: Ledger) -> None:
        self._tallies = [tally for tally in claimed.values() if tally.topic in names and ledger.behind(tally)]
        self._gaps = ledger.missing()[0]
        self._silent = [where for where in ledger.numbers if where not in claimed]

    def settled(self, ledger: Ledger, tallies: dict[Where, Tally]) -> bool:
        return not self._left(ledger) and not self._behind(ledger) and not self._unsaid(tallies)

    def lines(self, ledger: Ledger, tallies: dict[Where, Tally]) -> list[str]:
        """What has not come, in words."""
        return [
            *gap_lines(self._left(ledger)),
            *(behind_line(tally, ledger) for tally in self._behind(ledger)),
            *(f"{topic}[{partition}]: its writer gives no tally" for topic, partition in self._unsaid(tallies)),
        ]

    def _left(self, ledger: Ledger) -> set[Gap]:
        return self._gaps & ledger.missing()[0] if self._gaps else set()

    def _behind(self, ledger: Ledger) -> list[Tally]:
        return [tally for tally in self._tallies if ledger.behind(tally)]

    def _unsaid(self, tallies: dict[Where, Tally]) -> list[Where]:
        return [where for where in self._silent if where not in tallies]


class _Tallies:
    """The newest of each topic and partition so far."""

    def __init__(self, consumer: AIOKafkaConsumer) -> None:
        self._consumer = consumer
        self.newest: dict[Where, Tally] = {}

    async def read_on(self) -> dict[Where, Tally]:
        reads = [read(record) async for record in to_end(self._consumer)]
        new = [r.event for r in reads if r is not None and isinstance(r.event, Tally)]
        self.newest = newest([*self.newest.values(), *new])
        return self.newest


async def _read_on(consumers: Sequence[AIOKafkaConsumer], ledger: Ledger) -> None:
    for consumer in consumers:
        async for record in to_end(consumer):
            found = read(record)
            if found is None:
                ledger.unreadable(record.topic, record.partition, record.offset)
            else:
                ledger.add(found)


async def _trimmed(consumers: Sequence[AIOKafkaConsumer]) -> set[Where]:
    """Partitions that do not begin at their first record any more."""
    starts = [await consumer.beginning_offsets(consumer.assignment()) for consumer in consumers]
    return {(tp.topic, tp.partition) for of in starts for tp, offset in of.items() if offset > 0}


def _closed_topics(stack: Stack) -> list[str]:
    """Those that the broker has: an outlet exists from when its agency joined. Raises LaporError."""
    with administrator(stack) as client:
        there = topic_names(client)
    return sorted(name for name in there if any(entry.matches(name) for entry in _CLOSED))


def _report(ledger: Ledger, problems: list[str], tallies: dict[Where, Tally], names: set[str]) -> Report:
    return Report(
        topics=len(names),
        events=sum(ledger.counts(where)[1] for where in ledger.numbers),
        complaints=len({subject for subjects in ledger.numbers.values() for subject in subjects}),
        tallies=sum(topic in names for topic, _ in tallies),
        repeats=ledger.repeats,
        expired=ledger.missing()[1],
        trimmed=len(ledger.trimmed),
        problems=[*ledger.problems, *problems],
    )
