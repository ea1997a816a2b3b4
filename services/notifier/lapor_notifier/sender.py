"""The sending loop: lease, send outside of any transaction, settle in one. At least once, and says so.

Between a mail's sending and its settling a crash repeats it, with the same Message-ID.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta
from uuid import UUID

from lapor_chassis.clock import monotonic
from lapor_chassis.db import Pool
from lapor_chassis.errors import is_transient
from lapor_chassis.lane import Lane
from lapor_chassis.logging import get_logger
from lapor_contracts import notifications
from lapor_contracts.base import Event

from lapor_notifier import postgres
from lapor_notifier.domain.policy import SendingPolicy
from lapor_notifier.domain.state import NotifierState
from lapor_notifier.handlers import NOTIFICATIONS
from lapor_notifier.postgres import Delivery, Settlement
from lapor_notifier.preparing import Prepared, Preparer, pause
from lapor_notifier.smtp import Answer, Connections
from lapor_notifier.telemetry import NotifierMetrics

STOP_SECONDS = 2.0  # what is on its way gets this long
DATABASE_SECONDS = 1.0
log = get_logger("lapor.sender")


class Sender:
    """`lane` and `pool` are given as functions: they exist when the application has started."""

    def __init__(
        self,
        *,
        pool: Callable[[], Pool],
        lane: Callable[[], Lane[NotifierState]],
        owner: str,
        ready: asyncio.Event,
        preparer: Preparer,
        connections: Connections,
        policy: SendingPolicy,
        metrics: NotifierMetrics,
    ) -> None:
        self._pool = pool
        self._lane = lane
        self._owner = owner
        self._ready = ready
        self._preparer = preparer
        self._connections = connections
        self._policy = policy
        self._metrics = metrics
        self._stopping = asyncio.Event()
        self._outages = 0
        self._paused_until = 0.0

    async def run(self) -> None:
        """Until cancelled; then what is on its way is still settled, for a short while."""
        loop = asyncio.create_task(self._loop())
        try:
            await asyncio.shield(loop)
        except asyncio.CancelledError:
            self._stopping.set()
            self._connections.stop()
            await asyncio.wait([loop], timeout=STOP_SECONDS)
            loop.cancel()
            await asyncio.wait([loop])
            raise
        finally:
            await self._connections.close()

    async def _loop(self) -> None:
        await self._ready.wait()
        await self._persist(self._free_leases)
        while not self._stopping.is_set():
            try:
                busy = await self.cycle()
            except Exception as error:
                if not is_transient(error):
                    raise
                # Nothing was sent yet: after sending, an outage is waited for in `_persist`.
                log.warning("the sending loop waits", error=type(error).__name__)
                await self._persist(self._free_leases)
                busy = False
            if not busy:
                await self._rest(self._policy.idle)

    async def _free_leases(self) -> None:
        await postgres.free_leases(self._pool(), self._owner)

    async def cycle(self) -> bool:
        """One batch. False where it was not full: small ones, one after the other, would cost most of a core."""
        policy = self._policy
        leased = await postgres.lease(
            self._pool(), limit=policy.batch, until=policy.lease, by=self._owner,
            all_due=monotonic() >= self._paused_until,
        )  # fmt: skip
        if not leased:
            return False
        prepared = await self._preparer.prepare(self._pool(), leased)
        answers = await self._connections.send(prepared.mails, policy.window) if prepared.mails else {}
        self._note_outage(answers)
        settlements = prepared.settled + self._settlements(prepared, answers)
        await self._persist(lambda: self.settle(settlements))
        return len(leased) == policy.batch

    def _settlements(self, prepared: Prepared, answers: dict[UUID, Answer]) -> list[Settlement]:
        return [self._settlement(row, answers.get(row.id)) for row in prepared.rows.values()]

    def _settlement(self, row: Delivery, answer: Answer | None) -> Settlement:
        match answer:
            case "sent":
                return Settlement(row, "sent")
            case "refused":
                return Settlement(row, "failed", "refused")
            case "later":
                return self._preparer.again(row)
            case "unreachable" | None:
                # Not this mail's fault: as soon as the server is back, and not counted. But not for ever.
                waited = self._preparer.again(row)
                return Settlement(row, "waiting", tried=False) if waited.state == "waiting" else waited

    def _note_outage(self, answers: dict[UUID, Answer]) -> None:
        if "unreachable" not in answers.values():
            if answers:
                self._outages = 0
                self._metrics.reachable.set(1)
            return
        self._outages += 1
        policy = self._policy
        waits = pause(self._outages, policy.outage_first, policy.outage_longest, random.random())  # noqa: S311
        self._paused_until = monotonic() + waits.total_seconds()
        self._metrics.reachable.set(0)
        log.error("the mail server does not take mail; all of it waits", seconds=round(waits.total_seconds(), 1))

    async def settle(self, settlements: Sequence[Settlement]) -> None:
        """Row and event in one transaction. A row that was leased again meanwhile is left to who has it."""
        async with self._lane().batch() as batch:
            subjects = await batch.load({s.delivery.complaint for s in settlements}, create=False)
            ours = await postgres.still_leased(batch.conn, settlements)
            settled = [s for s in settlements if s.delivery.id in ours]
            for settlement in settled:
                event = _event(settlement)
                if event is not None:
                    batch.work(subjects[settlement.delivery.complaint]).emit(NOTIFICATIONS, event)
                batch.defer(postgres.SETTLE, *postgres.settle_values(settlement))
        for settlement in settled:
            self._count(settlement)

    def _count(self, settlement: Settlement) -> None:
        role = settlement.delivery.role
        if settlement.state == "waiting":
            self._metrics.retried.labels(role).inc()
        else:
            self._metrics.settled.labels(role, settlement.state, settlement.reason or "").inc()
        if settlement.state == "failed" and role != "reporter":
            log.error(
                "an office was not reached", role=role, recipient=settlement.delivery.recipient,
                complaint=str(settlement.delivery.complaint), reason=settlement.reason,
            )  # fmt: skip

    async def _persist(self, work: Callable[[], Awaitable[None]]) -> None:
        """What was sent must be noted: an outage of the database is waited for, as long as the lease is ours."""
        while True:
            try:
                await work()
            except Exception as error:
                if not is_transient(error):
                    raise
                log.warning("the database does not answer", error=type(error).__name__)
                await asyncio.sleep(DATABASE_SECONDS)
            else:
                return

    async def _rest(self, time: timedelta) -> None:
        try:
            await asyncio.wait_for(self._stopping.wait(), time.total_seconds())
        except TimeoutError:
            return


def _event(settlement: Settlement) -> Event | None:
    """What is told on lapor.notifications; a further attempt is not."""
    row = settlement.delivery
    attempts = row.attempts - (0 if settlement.tried else 1)
    match settlement.state:
        case "sent":
            return notifications.Sent(delivery=row.id, attempts=attempts)
        case "failed":
            assert settlement.reason is not None  # noqa: S101 - a failure has a reason
            return notifications.Failed(delivery=row.id, reason=settlement.reason, attempts=attempts)
        case "replaced":
            assert row.replaced_by is not None  # noqa: S101 - that is why it is replaced
            return notifications.Replaced(delivery=row.id, by=row.replaced_by)
        case "waiting":
            return None
