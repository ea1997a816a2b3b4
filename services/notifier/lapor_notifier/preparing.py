"""From leased rows to mails: who has an address, and what is settled without sending."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from lapor_chassis.db import Pool
from lapor_chassis.logging import get_logger

from lapor_notifier import postgres
from lapor_notifier.contact import Opener, Unreadable, usable
from lapor_notifier.domain.letter import Complaint, Letter
from lapor_notifier.domain.policy import ADDRESS_WAIT, CONTACT_WAIT, RetryPolicy
from lapor_notifier.domain.retry import backed_off, next_attempt
from lapor_notifier.domain.texts import compose
from lapor_notifier.mail import mail_bytes
from lapor_notifier.postgres import Delivery, Settlement
from lapor_notifier.register import Register
from lapor_notifier.settings import NotifierSettings
from lapor_notifier.smtp import Mail
from lapor_notifier.telemetry import NotifierMetrics

YIELD_EVERY = 10  # a letter takes about a millisecond, and the consumer shares the loop
MISSING_FIRST = timedelta(seconds=0.2)
log = get_logger("lapor.notifier")


@dataclass(slots=True)
class Prepared:
    """`settled`: without sending. `rows`: of the mails, by delivery."""

    mails: list[Mail] = field(default_factory=list)
    rows: dict[UUID, Delivery] = field(default_factory=dict)
    settled: list[Settlement] = field(default_factory=list)


class Preparer:
    def __init__(
        self,
        settings: NotifierSettings,
        register: Register,
        opener: Opener,
        texts: dict[str, str],
        metrics: NotifierMetrics,
        *,
        retry: RetryPolicy,
        now: Callable[[], datetime],
        chance: Callable[[], float],
    ) -> None:
        self._settings = settings
        self._register = register
        self._opener = opener
        self._texts = texts
        self._metrics = metrics
        self._retry = retry
        self._now = now
        self._chance = chance

    async def prepare(self, pool: Pool, leased: Sequence[Delivery]) -> Prepared:
        complaints = await postgres.complaints_of(pool, {row.complaint for row in leased})
        reporters = {row.complaint for row in leased if row.role == "reporter"}
        sealed = await postgres.sealed_contacts_of(pool, reporters) if reporters else {}
        prepared = Prepared()
        for place, row in enumerate(leased):
            if place % YIELD_EVERY == 0:
                await asyncio.sleep(0)
            found = self._settled_or_address(row, sealed)
            if isinstance(found, Settlement):
                prepared.settled.append(found)
            else:
                prepared.mails.append(self._mail(row, complaints[row.complaint], found))
                prepared.rows[row.id] = row
        return prepared

    def _settled_or_address(self, row: Delivery, sealed: dict[UUID, str | None]) -> Settlement | str:
        if row.replaced_by is not None:
            return Settlement(row, "replaced", tried=False)
        if row.recipient is not None:
            return self._agency_address(row, row.recipient)
        if row.erased or sealed.get(row.complaint, "") is None:
            return Settlement(row, "failed", "erased", tried=False)
        copy = sealed.get(row.complaint)
        # The contact comes on a topic of its own, and nothing orders it before what is told.
        return self._missing(row, CONTACT_WAIT) if copy is None else self._reporter_address(row, copy)

    def _agency_address(self, row: Delivery, code: str) -> Settlement | str:
        if code not in self._register.emails:
            return self._missing(row, ADDRESS_WAIT)
        return usable(self._register.emails[code]) or _no_address(row)

    def _reporter_address(self, row: Delivery, copy: str) -> Settlement | str:
        try:
            contact = self._opener.open(copy)
        except Unreadable:
            # A wrong key is put right by an operator; until then nothing is given up early.
            self._metrics.unreadable.inc()
            log.error("a sealed contact cannot be opened: is it the right key?", subject=str(row.complaint))
            return self.again(row)
        return usable(contact.email) or _no_address(row)

    def _missing(self, row: Delivery, wait: timedelta) -> Settlement:
        """Looked for again, ever less often, until it is plain that it will not come."""
        if row.age >= wait:
            return _no_address(row)
        delay = max(MISSING_FIRST, min(row.age / 2, self._retry.longest))
        return Settlement(row, "waiting", delay=delay, tried=False)

    def again(self, row: Delivery) -> Settlement:
        """After an attempt that may succeed later."""
        delay = next_attempt(row.attempts, row.age, self._chance(), self._retry)
        if delay is None:
            return Settlement(row, "failed", "gave_up")
        return Settlement(row, "waiting", delay=delay)

    def _mail(self, row: Delivery, complaint: Complaint, to: str) -> Mail:
        letter = Letter(
            delivery=row.id, template=row.template, role=row.role, recipient=row.recipient, agency=row.agency,
            zone=row.zone, event=row.event, number=row.number, complaint=complaint, names=self._register.names,
        )  # fmt: skip
        settings = self._settings
        body = mail_bytes(
            row.id, compose(letter, self._texts), sender=settings.mail_from, to=to, domain=settings.mail_domain,
            at=self._now(),
        )  # fmt: skip
        return Mail(row.id, to, body)


def _no_address(row: Delivery) -> Settlement:
    return Settlement(row, "failed", "no_address", tried=False)


def pause(times: int, first: timedelta, longest: timedelta, chance: float) -> timedelta:
    """How long everything waits after the `times`th time in a row that the server could not be reached."""
    return backed_off(times, first, longest) * (0.5 + chance)
