"""Who plays in the demo: a channel, agencies, the Ombudsman, each with credentials of its own."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from aiokafka import AIOKafkaProducer
from lapor_chassis.clock import DomainClock
from lapor_contracts.agency import AgencyAssigned
from lapor_contracts.base import Event
from lapor_contracts.complaints import Registered
from lapor_contracts.receipts import ReceiptAccepted
from lapor_contracts.submissions import NewSubmission

from lapor_deploy import channel as channels
from lapor_deploy.errors import LaporError
from lapor_deploy.outsider import CORE, Journal, Read, write, writing
from lapor_deploy.stack import Stack
from lapor_deploy.wiring import key_file
from lapor_deploy.words import ZONES

CHANNEL = "app"
AGENCIES = ("6407-pupr", "6407-diskominfo", "komdigi", "6407-dlh")
STEP_SECONDS = 30.0
WITA = ZONES["WITA"]
EVENING = 17
OFFICE = (9, 15)  # hours between which people in the story act


@dataclass
class Cast:
    """What the actors share: clients, what has been read, the clock. Use `open_cast`."""

    stack: Stack
    clock: DomainClock
    core: Journal = field(default_factory=Journal)
    receipts: Journal = field(default_factory=Journal)
    outlets: dict[str, Journal] = field(default_factory=dict)
    producers: dict[str, AIOKafkaProducer] = field(default_factory=dict)

    async def open(self, exits: AsyncExitStack, tasks: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Connects everybody; gives the reading tasks, to be cancelled at the end."""
        for principal in (f"channel-{CHANNEL}", *(f"agency-{code}" for code in AGENCIES), "ombudsman"):
            self.producers[principal] = await exits.enter_async_context(writing(self.stack, principal))
        self.outlets = {code: Journal() for code in AGENCIES}
        reading = [
            (self.core, "oversight", list(CORE)),
            (self.receipts, f"channel-{CHANNEL}", [f"lapor.receipts.{CHANNEL}"]),
        ]
        reading += [(journal, f"agency-{code}", [f"lapor.agency.{code}"]) for code, journal in self.outlets.items()]
        return [tasks.create_task(journal.follow(self.stack, *who)) for journal, *who in reading]  # type: ignore[arg-type]

    async def until(self, moment: datetime) -> None:
        """Waits for a time of the story."""
        while (left := (moment - self.clock.now()).total_seconds()) > 0:  # noqa: ASYNC110 - a clock, not an event
            await asyncio.sleep(min(left / self.clock.speed, 0.5))

    async def office_hours(self) -> None:
        """People act when they are at work."""
        await self.until(next_office_time(self.clock.now()))

    async def hand_in(self, body: NewSubmission) -> tuple[UUID, str]:
        """A citizen's report, through the channel; the complaint's id and its tracking id."""
        key = channels.public_key(key_file(self.stack, "intake", "sealing.public.jwk"))
        principal = f"channel-{CHANNEL}"
        submission = await write(
            self.producers[principal],
            f"lapor.submissions.{CHANNEL}",
            principal,
            CHANNEL,
            channels.seal(key, body),
            self.clock,
        )
        answer = await channels.receipt(self.receipts, submission, STEP_SECONDS)
        if not isinstance(answer, ReceiptAccepted):
            raise LaporError(f"the submission was refused: {answer.text_en}", "this is a defect of the demo")
        tracking_id = answer.tracking_id
        found = await self.core.first(
            lambda r: isinstance(r.event, Registered) and r.event.tracking_id == tracking_id, STEP_SECONDS
        )
        if found is None:
            raise LaporError("a registration did not come", "see intake's log")
        return UUID(found.envelope.subject), tracking_id

    async def assigned(self, agency: str, complaint: UUID) -> int:
        """The agency reads its outlet; the number that its reply has to name."""
        found = await self.outlets[agency].first(
            lambda r: isinstance(r.event, AgencyAssigned) and r.envelope.subject == str(complaint), STEP_SECONDS
        )
        if found is None or found.envelope.number is None:
            raise LaporError(f"no assignment came to {agency}", "see the router's log")
        return found.envelope.number

    async def reply(self, agency: str, complaint: UUID, event: Event) -> None:
        principal = f"agency-{agency}"
        await write(
            self.producers[principal], f"lapor.agency-replies.{agency}", principal, str(complaint), event, self.clock
        )

    async def ombudsman(self, complaint: UUID, event: Event) -> None:
        await write(
            self.producers["ombudsman"], "lapor.ombudsman.replies", "ombudsman", str(complaint), event, self.clock
        )

    def outlet(self, agency: str, complaint: UUID) -> list[Read]:
        return self.outlets[agency].of(complaint)


def next_evening(now: datetime) -> datetime:
    """Now, if it is between five and six on a working day's afternoon; else the next time that it is five."""
    local = now.astimezone(WITA)
    day = local if local.hour <= EVENING else local + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    if day == local and local.hour == EVENING:
        return now
    return day.replace(hour=EVENING, minute=0, second=0, microsecond=0)


def next_office_time(now: datetime) -> datetime:
    """Now, if people are at work in Kutai Barat; else the next working morning. Weekends only: October 2023."""
    local = now.astimezone(WITA)
    opening, closing = OFFICE
    if local.weekday() < 5 and opening <= local.hour < closing:
        return now
    day = local if local.hour < opening else local + timedelta(days=1)
    while day.weekday() >= 5:
        day += timedelta(days=1)
    return day.replace(hour=opening, minute=0, second=0, microsecond=0)
