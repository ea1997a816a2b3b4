"""What the handlers know beside the complaint: the rules, and the register as it is in the database."""

from __future__ import annotations

import asyncio

import asyncpg
from lapor_chassis.db import Pool
from lapor_chassis.errors import is_transient
from lapor_chassis.logging import get_logger

from lapor_router.domain.register import Register
from lapor_router.domain.rules import Context, Rules
from lapor_router.postgres import CHANNEL, load_register

log = get_logger("lapor.router.desk")


class Desk:
    """One per process. The register is replaced as a whole, so that a batch sees one or the other."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.register = Register()
        self._told = asyncio.Event()

    @property
    def context(self) -> Context:
        return Context(self.rules, self.register)

    async def refresh(self, pool: Pool) -> None:
        self.register = await load_register(pool)

    async def keep_fresh(self, pool: Pool, seconds: float) -> None:
        """For ever: at once when the database says so, and every `seconds` in case that was not heard."""
        listening: asyncpg.pool.PoolConnectionProxy[asyncpg.Record] | None = None
        try:
            while True:
                try:
                    if listening is None or listening.is_closed():
                        listening = await pool.acquire()
                        await listening.add_listener(CHANNEL, self._hear)
                    self._told.clear()
                    await self.refresh(pool)
                except Exception as error:
                    if not is_transient(error):
                        raise
                    log.warning("the register is not fresh", error=type(error).__name__)
                await self._wait(seconds)
        finally:
            if listening is not None and not listening.is_closed():
                await listening.remove_listener(CHANNEL, self._hear)
                await pool.release(listening)

    async def _wait(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._told.wait()
        except TimeoutError:
            return

    def _hear(self, *_: object) -> None:
        self._told.set()
