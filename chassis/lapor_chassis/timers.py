"""Timers that never race the backlog.

An instance fires only for partitions it owns, and only what is due at a time for which it has read past the
end offsets that were taken at or after it: an answer that the broker had before the limit has been applied.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any, Generic, TypeVar
from uuid import UUID

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError
from lapor_contracts.catalogue import topic as topic_of

from lapor_chassis.batch import Batch, Work
from lapor_chassis.clock import DomainClock
from lapor_chassis.consumer import Loop
from lapor_chassis.db import Pool
from lapor_chassis.errors import Invalid, is_transient
from lapor_chassis.lane import Lane, side_by_side
from lapor_chassis.logging import get_logger
from lapor_chassis.subject import Subject
from lapor_chassis.telemetry import Metrics, Tracing

S = TypeVar("S")
CLAIM = 500  # of a partition at once
BATCH = 500  # in one transaction
BREATH = 25  # so many are fired between two looks at what else there is to do: new events do not wait for a batch
AGAIN = timedelta(hours=1)  # domain time
log = get_logger("lapor.timers")

# The first of each partition, in order: to find any, a prepared plan would read the whole table where none is due.
_ANY_DUE = """select exists (select from unnest($1::smallint[]) as o (partition) cross join lateral (
    select s.due_at from subject s
    where s.partition = o.partition and s.due_at is not null and s.parked_at is null and not s.has_waiting
    order by s.due_at limit 1) next
  where next.due_at <= $2)"""
# By partition, so that each walks its own part of the index and stops at the limit: what was found is fired, all of it.
_DUE = """select due.subject, due.due_at from unnest($1::smallint[], $2::timestamptz[]) as h (partition, horizon)
  cross join lateral (
    select s.id as subject, s.due_at from subject s
    where s.partition = h.partition and s.due_at <= h.horizon and s.parked_at is null and not s.has_waiting
    order by s.due_at limit $3) due
  order by due.due_at"""


class Horizon:
    """Up to when timers of a partition may fire. `core`: the loop whose partitions are owned;
    `edge_topics`: plain edge topics of the service, whose backlog counts as well, whoever owns them.
    `ends`: a consumer that reads nothing, and may be asked about any partition."""

    def __init__(
        self, clock: DomainClock, core: Loop[Any], core_topics: Collection[str], edge: Loop[Any] | None,
        edge_topics: Sequence[str], ends: AIOKafkaConsumer,
    ) -> None:  # fmt: skip
        self._clock = clock
        self._core_topics = core_topics
        self._core = core
        self._edge = edge
        self._edge_partitions = [
            TopicPartition(name, partition)
            for name in (edge_topics if edge else ())
            for partition in range(topic_of(name).partitions)
        ]
        self._ends = ends
        self._owned: frozenset[TopicPartition] = frozenset()
        self._taken: dict[int, tuple[datetime, dict[TopicPartition, int]]] = {}
        self._passed: dict[int, datetime] = {}

    @property
    def owned(self) -> list[int]:
        """Of which every core topic is ours: else an answer may lie with another instance, unread."""
        partitions = {owned.partition for owned in self._core.owned}
        return sorted(p for p in partitions if all(TopicPartition(t, p) in self._core.owned for t in self._core_topics))

    def now(self) -> datetime:
        return self._clock.now()

    async def partitions(self) -> dict[int, datetime]:
        """The owned partitions with their horizons (domain time)."""
        owned = frozenset(self._core.owned)
        if not owned or self._core.consumer is None or self._core.revoking:
            self._owned, self._taken, self._passed = frozenset(), {}, {}
            return {}
        partitions = set(self.owned)
        if owned != self._owned:
            self._owned, self._taken = owned, {}
            self._passed = {p: h for p, h in self._passed.items() if p in partitions}
        if fresh := partitions - self._taken.keys():
            await self._take(fresh)
        await self._check()
        # The ends of these were taken at an earlier look, so they are passed up to then only.
        if late := partitions - self._taken.keys() - fresh:
            await self._take(late)
        if self._core.revoking or frozenset(self._core.owned) != owned:
            return {}
        return dict(self._passed)

    async def _take(self, partitions: Collection[int]) -> None:
        """The end offsets as they are now, for these partitions."""
        now = self._clock.now()
        core = [tp for tp in self._owned if tp.partition in partitions]
        ends = await self._ends.end_offsets([*core, *self._edge_partitions])
        for partition in partitions:
            own = [tp for tp in core if tp.partition == partition]
            self._taken[partition] = (now, {tp: ends[tp] for tp in (*own, *self._edge_partitions)})

    async def _check(self) -> None:
        """Each partition by itself: the backlog of one does not hold the timers of the others. Where there is none,
        the ends that were taken just now are passed at once."""
        done = await self._done(self._core, list(self._owned))
        if self._edge is not None:
            done |= await self._done(self._edge, self._edge_partitions)
        through = [p for p, (_, ends) in self._taken.items() if all(done[tp] >= end for tp, end in ends.items())]
        for partition in through:
            self._passed[partition] = self._taken.pop(partition)[0]

    async def _done(self, loop: Loop[Any], partitions: Sequence[TopicPartition]) -> dict[TopicPartition, int]:
        """Up to which offset everything is committed: known here, else what the group has committed."""
        done = {tp: loop.done[tp] for tp in partitions if tp in loop.done}
        asked = [tp for tp in partitions if tp not in done]
        if not asked or loop.consumer is None:
            return {**dict.fromkeys(asked, 0), **done}
        assignment = loop.owned
        committed = await asyncio.gather(*(loop.consumer.committed(tp) for tp in asked))
        first = await self._ends.beginning_offsets(asked) if None in committed else {}
        for tp, offset in zip(asked, committed, strict=True):
            done[tp] = int(first[tp] if offset is None else offset)
            if loop.owned is assignment and tp in assignment:
                loop.done.setdefault(tp, done[tp])
        return done


class Timers(Generic[S]):
    def __init__(
        self, *, pool: Pool, lanes: Sequence[Lane[S]], horizon: Horizon, on_timer: Callable[[Work[S]], None],
        interval: float, metrics: Metrics, tracing: Tracing,
    ) -> None:  # fmt: skip
        self._pool = pool
        self._lanes = lanes
        self._horizon = horizon
        self._on_timer = on_timer
        self._interval = interval
        self._metrics = metrics
        self._tracing = tracing

    async def run(self) -> None:
        """For ever."""
        while True:
            more = False
            try:
                if await self._any_due():
                    more = await self.fire(await self._horizon.partitions())
            except Exception as error:
                if not (is_transient(error) or isinstance(error, KafkaError)):
                    raise
                log.warning("timers wait", error=type(error).__name__)
            await asyncio.sleep(0 if more else self._interval)

    async def _any_due(self) -> bool:
        """Else nothing has to be asked of the broker."""
        owned = self._horizon.owned
        return bool(owned and await self._pool.fetchval(_ANY_DUE, owned, self._horizon.now()))

    async def fire(self, horizons: dict[int, datetime]) -> bool:
        """Fires up to some thousand due timers, the lanes side by side; True when there may be more.

        A horizon that was passed stays passed, whoever owns the partition by now: only the share of the work goes
        by ownership."""
        shares = [
            {p: horizon for p, horizon in horizons.items() if p % len(self._lanes) == number}
            for number in range(len(self._lanes))
        ]
        fired = await side_by_side(*(self._fire_share(*each) for each in zip(self._lanes, shares, strict=True)))
        return any(fired)

    async def _fire_share(self, lane: Lane[S], horizons: dict[int, datetime]) -> bool:
        if not horizons:
            return False
        rows = await self._pool.fetch(_DUE, list(horizons), list(horizons.values()), CLAIM)
        for start in range(0, len(rows), BATCH):
            await self._fire_batch(lane, {row["subject"]: row["due_at"] for row in rows[start : start + BATCH]})
        return len(rows) >= CLAIM

    async def _fire_batch(self, lane: Lane[S], claimed: Mapping[UUID, datetime]) -> None:
        with self._tracing.batch("timers", len(claimed)):
            async with lane.batch() as batch:
                subjects = await batch.load(claimed, create=False)
                for number, subject in enumerate(subjects.values(), 1):
                    if number % BREATH == 0:
                        await asyncio.sleep(0)
                    if subject.due_at is None or subject.parked or subject.has_waiting:
                        # What waits has arrived, and may be the answer.
                        continue
                    if subject.due_at > claimed[subject.id]:
                        # It was put off meanwhile, and waits for its new turn: others come before it.
                        continue
                    self._fire_one(batch, subject)

    def _fire_one(self, batch: Batch[S], subject: Subject[S]) -> None:
        """A rule that cannot be carried out for one subject must not stop the timers of all."""
        savepoint, before = batch.savepoint(), (subject.state, dict(subject.written))
        subject.due_at = None
        try:
            self._on_timer(batch.work(subject))
        except Invalid as invalid:
            batch.undo_to(savepoint)
            subject.state, subject.written = before
            subject.due_at = batch.now + AGAIN
            log.error(
                "a timer cannot be carried out and is tried again", subject=str(subject.id), reason=invalid.reason
            )
        self._metrics.fired.inc()
