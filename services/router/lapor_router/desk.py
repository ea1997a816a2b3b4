"""What the handlers know beside the complaint: the rules, and the register as it is in the database."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import asyncpg
from lapor_chassis.db import Pool
from lapor_chassis.errors import is_transient
from lapor_chassis.logging import get_logger

from lapor_router.domain.authority import Outcome, decide
from lapor_router.domain.reading import ReportReader
from lapor_router.domain.register import Register
from lapor_router.domain.rules import Context, Question, Rules
from lapor_router.domain.state import RouterState
from lapor_router.learning import storage
from lapor_router.postgres import CHANNEL, load_register
from lapor_router.readers import InUse

log = get_logger("lapor.router.desk")
CHANNELS = (CHANNEL, storage.CHANNEL)
REMEMBERED = 20_000  # decisions, a few kB each


class Desk:
    """One per process. The register is replaced as a whole, so that a batch sees one or the other."""

    def __init__(self, rules: Rules, in_use: InUse | None = None) -> None:
        """`in_use`: what reads a report whose codes do not say all; None: codes alone decide."""
        self.rules = rules
        self.in_use = in_use
        self.context = Context(rules, Register(), in_use.gate if in_use else None)
        self._decided: dict[Question, Outcome] = {}
        self._told = asyncio.Event()

    @property
    def register(self) -> Register:
        return self.context.register

    @register.setter
    def register(self, register: Register) -> None:
        self._renew(register)

    def _renew(self, register: Register) -> None:
        """With the rules, the register and the gate of now; what is remembered was decided by others."""
        self.context = Context(self.rules, register, self.in_use.gate if self.in_use else None)
        self._decided.clear()

    def use(self, rules: Rules, reader: ReportReader) -> None:
        """Other data files from now on; what was decided stays decided."""
        self.rules = rules
        if self.in_use is not None:
            self.in_use.with_reader(reader)
        self._renew(self.register)

    def decide(self, question: Question) -> Outcome:
        """As the domain decides; many complaints of a day ask the same."""
        if question.reading is not None:
            return decide(question, self.context)
        outcome = self._decided.get(question)
        if outcome is None:
            outcome = decide(question, self.context)
            if len(self._decided) >= REMEMBERED:
                self._decided.clear()
            self._decided[question] = outcome
        return outcome

    def understand(self, state: RouterState) -> RouterState:
        """With its reading. To be called when the content is new, and never in between: what was decided
        and what a person saw stand on the same."""
        return replace(state, reading=self.in_use.read(state.report) if self.in_use else None)

    async def refresh(self, pool: Pool) -> None:
        register = await load_register(pool)
        another = await self._refresh_model(pool)
        if another or register != self.register:
            self._renew(register)

    async def _refresh_model(self, pool: Pool) -> bool:
        """True where another one reads from now on."""
        if self.in_use is None:
            return False
        ready = await storage.fresh(pool, self.in_use.ready)
        if ready is self.in_use.ready:
            return False
        self.in_use.with_model(ready)
        log.info("a model came into use", model=ready.id if ready else "none: the lexicon alone")
        return True

    async def keep_fresh(self, pool: Pool, seconds: float) -> None:
        """For ever: at once when the database says so, and every `seconds` in case that was not heard."""
        listening: asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | None = None
        try:
            while True:
                try:
                    if listening is None or listening.is_closed():
                        listening = await pool.acquire()
                        for channel in CHANNELS:
                            await listening.add_listener(channel, self._hear)
                    self._told.clear()
                    await self.refresh(pool)
                except Exception as error:
                    if not is_transient(error):
                        raise
                    log.warning("the register is not fresh", error=type(error).__name__)
                await self._wait(seconds)
        finally:
            if listening is not None and not listening.is_closed():
                for channel in CHANNELS:
                    await listening.remove_listener(channel, self._hear)
                await pool.release(listening)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._told.wait()
        except TimeoutError:
            return

    def _hear(self, *_: object) -> None:
        self._told.set()
