"""A lane of the outbox: one writing loop, one transaction at a time, an epoch that a usurper bumps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import date
from typing import Any, Generic, TypeVar

import asyncpg
from lapor_contracts.base import Event

from lapor_chassis.batch import Batch, OutboxRow
from lapor_chassis.clock import DomainClock, monotonic, wall_now
from lapor_chassis.db import Conn, Pool
from lapor_chassis.errors import LaneLost
from lapor_chassis.publisher import Publisher
from lapor_chassis.subject import Codec

S = TypeVar("S")
T = TypeVar("T")
RELOAD_ROWS = 5_000
LONG_SECONDS = 1.0
ResolveReferences = Callable[[Conn, Sequence[str]], Awaitable[dict[str, Event]]]


async def side_by_side(*work: Awaitable[T]) -> list[T]:
    """Each on a lane of its own, all to their ends; then raises what the first of them failed with: one lane's
    trouble must not undo another one's transaction."""
    found: list[T] = []
    for ended in await asyncio.gather(*work, return_exceptions=True):
        if isinstance(ended, BaseException):
            raise ended
        found.append(ended)
    return found


class Lane(Generic[S]):
    """`owner`: which process, for the operator. Make it with `open_lane` or `adopt_one`."""

    def __init__(
        self,
        *,
        lane: int,
        epoch: int,
        name: str,
        pool: Pool,
        codec: Codec[S],
        clock: DomainClock,
        source: str,
    ) -> None:
        self.id = lane
        self.epoch = epoch
        self.name = name
        self.publisher: Publisher
        self._pool = pool
        self._codec = codec
        self._clock = clock
        self._source = source
        self._turn = asyncio.Lock()
        self._uncertain = False

    @asynccontextmanager
    async def batch(self) -> AsyncIterator[Batch[S]]:
        """A transaction. Raises LaneLost where another process has adopted the lane.

        An error between commit and answer leaves open whether the rows are there: the next batch or heartbeat
        looks, behind the row lock of the lane, so behind whatever the lost connection was still doing.
        """
        async with self._turn:
            await self.publisher.wait_for_room()
            async with self._pool.acquire() as conn:
                transaction = conn.transaction()
                await transaction.start()
                began = monotonic()
                try:
                    await self._touch(conn)
                    if self._uncertain:
                        await self._reload(conn)
                    batch = Batch(
                        conn=conn,
                        codec=self._codec,
                        source=self._source,
                        now=self._clock.now(),
                        day=today(),
                        next_seq=self.publisher.enqueued + 1,
                    )
                    yield batch
                    await batch.flush(self.id)
                    if monotonic() - began > LONG_SECONDS:
                        # Else the commit would show a lane that was last seen when the batch began.
                        await self._touch(conn)
                except BaseException:
                    with suppress(Exception):
                        await transaction.rollback()
                    raise
                self._uncertain = True
                await transaction.commit()
            self._uncertain = False
            self.publisher.put(batch.rows)

    async def _touch(self, conn: Conn) -> None:
        touched = await conn.execute(
            """update lane set mark = $3, seen_at = clock_timestamp()
               where id = $1 and epoch = $2 and retired_at is null""",
            self.id,
            self.epoch,
            self.publisher.published,
        )
        if touched != "UPDATE 1":
            raise self._lost()

    async def heartbeat(self) -> None:
        """Raises LaneLost. A batch that is running holds the row, and is a sign of life: it is not waited for."""
        async with self._pool.acquire() as conn:
            touched = await conn.execute(
                """update lane set mark = $3, seen_at = clock_timestamp()
                   where id = (select id from lane where id = $1 and epoch = $2 and retired_at is null
                               for update skip locked)""",
                self.id,
                self.epoch,
                self.publisher.published,
            )
            if touched != "UPDATE 1" and not await self._is_ours(conn):
                raise self._lost()
        if self._uncertain and touched == "UPDATE 1" and not self._turn.locked():
            await self._recover()

    async def _recover(self) -> None:
        """Where no batch follows the lost answer of a commit, its rows must go out all the same."""
        async with self._turn, self._pool.acquire() as conn, conn.transaction():
            await self._touch(conn)
            await self._reload(conn)

    async def _is_ours(self, conn: Conn) -> bool:
        return bool(
            await conn.fetchval(
                "select exists (select 1 from lane where id = $1 and epoch = $2 and retired_at is null)",
                self.id,
                self.epoch,
            )
        )

    def _lost(self) -> LaneLost:
        return LaneLost(f"lane {self.id} ({self.name}) was adopted by another process")

    async def _reload(self, conn: Conn) -> None:
        while rows := await _rows_above(conn, self.id, self.publisher.enqueued):
            self.publisher.put(rows)
        self._uncertain = False

    async def reload(self) -> bool:
        """Takes up to some thousand committed rows above what is known into memory; False when there are no more."""
        async with self._pool.acquire() as conn:
            rows = await _rows_above(conn, self.id, self.publisher.enqueued)
        self.publisher.put(rows)
        return bool(rows)

    async def finish(self) -> None:
        """Publishes the rest, then retires the lane."""
        while True:
            await self.publisher.drained()
            if await self._retire():
                return

    async def _retire(self) -> bool:
        """Everything is published: the lane is over; its tallies go to lane 0. False where it is not: a batch
        that was cancelled at its end may be committed without our knowing; the lane's row tells, once locked."""
        async with self._pool.acquire() as conn, conn.transaction():
            await self._touch(conn)
            if rows := await _rows_above(conn, self.id, self.publisher.enqueued):
                self.publisher.put(rows)
                return False
            await conn.execute("update lane set retired_at = clock_timestamp() where id = $1", self.id)
            await conn.execute(
                """with gone as (delete from tally where lane = $1 returning *)
                   insert into tally select 0, topic, partition, subjects, events from gone
                   order by topic, partition
                   on conflict (lane, topic, partition) do update
                     set subjects = tally.subjects + excluded.subjects, events = tally.events + excluded.events""",
                self.id,
            )
            return True


def today() -> date:
    """The outbox's day, on the wall's clock."""
    return wall_now().date()


async def new_lane(pool: Pool, name: str, owner: str) -> int:
    lane: int = await pool.fetchval("insert into lane (name, owner) values ($1, $2) returning id", name, owner)
    return lane


async def take_over(pool: Pool, owner: str, dead_after: float, own: Sequence[int]) -> asyncpg.Record | None:
    """The next lane that nobody has touched for `dead_after` seconds (database time), with its epoch bumped."""
    return await pool.fetchrow(
        """update lane set epoch = epoch + 1, owner = $1, seen_at = clock_timestamp()
           where id = (select id from lane
                       where retired_at is null and seen_at < clock_timestamp() - make_interval(secs => $2)
                         and not id = any($3::bigint[])
                       order by id limit 1 for update skip locked)
           returning id, epoch, mark, name""",
        owner,
        dead_after,
        list(own),
    )


async def _rows_above(conn: Conn, lane: int, seq: int) -> list[OutboxRow]:
    rows = await conn.fetch(
        """select seq, topic, partition, key, number, event_id, type, time, after, traceparent, body, reference
           from outbox where lane = $1 and seq > $2 order by seq limit $3""",
        lane,
        seq,
        RELOAD_ROWS,
    )
    return [OutboxRow(**dict(row)) for row in rows]


async def set_aside(pool: Pool, lane: int, row: OutboxRow, reason: str) -> None:
    await pool.execute(
        """insert into set_aside (lane, seq, day, topic, key, number, reason)
           select lane, seq, day, topic, key, number, $3 from outbox where lane = $1 and seq = $2
           on conflict do nothing""",
        lane,
        row.seq,
        reason,
    )


async def fill_references(pool: Pool, rows: Sequence[OutboxRow], resolve: ResolveReferences | None) -> None:
    """Makes the bodies of rows that are kept by reference. Raises LookupError where `resolve` gives none."""
    wanted = [row for row in rows if row.body is None and row.reference is not None]
    if not wanted:
        return
    if resolve is None:
        raise LookupError("the outbox holds references, but the service has no `resolve`")
    async with pool.acquire() as conn, conn.transaction():
        made = await resolve(conn, [str(row.reference) for row in wanted])
    for row in wanted:
        event: Any = made[str(row.reference)]
        row.body = type(event).__pydantic_serializer__.to_json(event)
