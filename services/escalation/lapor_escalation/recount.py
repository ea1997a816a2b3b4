"""After a change of the calendar every open complaint is counted again: in the background, some at a time.

The operator's file is looked at every few seconds. One that cannot be taken changes nothing: the last good calendar
stays, and the log says which line is wrong.
"""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeVar
from uuid import UUID

import asyncpg
from lapor_chassis.application import Application
from lapor_chassis.errors import is_transient
from lapor_chassis.lane import side_by_side
from lapor_chassis.logging import get_logger

from lapor_escalation import calendar_file, handlers
from lapor_escalation.domain.calendar import Calendar, calendar
from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.decrees import decrees
from lapor_escalation.domain.state import Escalation
from lapor_escalation.packed import codec

# Two, so that one counts while the other one's transaction is on its way.
LANES = ("recount", "recount-2")
T = TypeVar("T")
log = get_logger("lapor.escalation")

# So many states are looked through in one statement: with ten million open complaints no single one could do it in
# the time that a statement has.
WINDOW = 5_000
BREATH = 250  # states between two looks at what else there is to do
# By its first words whoever waits until that is over knows it.
_LOOK = """/* looks through */
  select id, case when due_at is not null and parked_at is null then plain::text end as plain,
    case when due_at is not null and parked_at is null then packed end as packed
  from subject where id > $1 and id <= $2 order by id limit $3"""
_ENDS = """select (select id from subject order by id limit 1) as first,
  (select id from subject order by id desc limit 1) as last"""
_FIRST, _LAST = UUID(int=0), UUID(int=2**128 - 1)


class Recount:
    """`pause`: seconds after each `at_once` complaints of a lane, so that new events do not starve; `every`: seconds
    from one look at the file to the next."""

    def __init__(
        self, app: Application[Escalation], rules: Rules, file: Path | None, *, every: float, at_once: int, pause: float
    ) -> None:  # fmt: skip
        self._app = app
        self._rules = rules
        self._file = file
        self._every = every
        self._at_once = at_once
        self._pause = pause
        self._codec = codec()
        self._changed = asyncio.Event()
        self._seen: bytes | str | None = None

    async def run(self) -> None:
        """For ever: at the start for what another calendar had counted, then after each change."""
        while True:
            self._changed.clear()
            await self._all()
            await self._changed.wait()

    async def watch(self) -> None:
        """For ever, where there is a file."""
        while self._file is not None:
            await self._look(self._file)
            await asyncio.sleep(self._every)

    async def _look(self, file: Path) -> None:
        """What was seen before is not looked at again, good or bad."""
        try:
            content: bytes | str = await asyncio.to_thread(file.read_bytes)
        except OSError as error:
            content = str(error.strerror)
        if content == self._seen:
            return
        self._seen = content
        try:
            new = await asyncio.to_thread(_calendar_of, file)
        except (OSError, ValueError) as error:
            log.error("the calendar's file is not taken, the last good calendar stays", file=str(file), why=str(error))
            return
        if new.version != self._rules.calendar.version:
            log.info("the calendar has changed", before=self._rules.calendar.version, now=new.version)
            self._rules.calendar = new
            self._changed.set()

    async def _all(self) -> None:
        """From anywhere, and around: of several instances each finds counted what another has."""
        start = await self._patiently(self._somewhere)
        counted = await self._between(start, _LAST) + await self._between(_FIRST, start)
        if counted:
            log.info("counted again", complaints=counted, calendar=self._rules.calendar.version)

    async def _between(self, after: UUID, last: UUID) -> int:
        counted = 0
        through: UUID | None = after
        while through is not None:
            through, found = await self._patiently(partial(self._count_on, through, last))
            counted += found
            await asyncio.sleep(self._pause)
        return counted

    async def _patiently(self, do: Callable[[], Awaitable[T]]) -> T:
        while True:
            try:
                return await do()
            except Exception as error:
                if not is_transient(error):
                    raise
                await asyncio.sleep(1)

    async def _somewhere(self) -> UUID:
        ends = await self._app.pool.fetchrow(_ENDS)
        if ends is None or ends["first"] is None:
            return _FIRST
        first, last = ends["first"].int, ends["last"].int
        return UUID(int=first + secrets.randbelow(last - first + 1))

    async def _count_on(self, after: UUID, last: UUID) -> tuple[UUID | None, int]:
        """How far this look went (None: all have been seen), and how many another calendar had counted there."""
        rows = await self._app.pool.fetch(_LOOK, after, last, WINDOW)
        through = rows[-1]["id"] if rows else None
        found = await self._otherwise(rows)
        del rows
        shares = (self._share(lane, found[n :: len(LANES)]) for n, lane in enumerate(LANES))
        return through, sum(await side_by_side(*shares))

    async def _otherwise(self, rows: Sequence[asyncpg.Record]) -> list[UUID]:
        counted = counted_with(self._rules.calendar)
        found = []
        for number, row in enumerate(rows, 1):
            text = self._codec.text(row)
            if text is not None and counted not in text:
                found.append(row["id"])
            if number % BREATH == 0:
                await asyncio.sleep(0)
        return found

    async def _share(self, lane: str, found: list[UUID]) -> int:
        counted = 0
        for start in range(0, len(found), self._at_once):
            counted += await self._again(lane, found[start : start + self._at_once])
            await asyncio.sleep(self._pause)
        return counted

    async def _again(self, lane: str, found: list[UUID]) -> int:
        """How many; another instance that looks at the same place may have been quicker with some."""
        counted, version = 0, self._rules.calendar.version
        async with self._app.lane(lane).batch() as batch:
            for subject in (await batch.load(found, create=False)).values():
                if not subject.parked and subject.state is not None and subject.state.calendar != version:
                    handlers.on_calendar_changed(self._rules, batch.work(subject))
                    counted += 1
        return counted


def counted_with(known: Calendar) -> bytes:
    """As it stands in the text of a state that was counted with this calendar. The text is looked at, not decoded:
    that takes a tenth of the time. A quote inside of a text is escaped, so only the field itself looks like this."""
    return f'"calendar":{json.dumps(known.version, ensure_ascii=False)}'.encode()


def _calendar_of(file: Path) -> Calendar:
    return calendar(decrees(calendar_file.read(file)))
