"""Agencies and the Ombudsman at work: each reads what it is sent, and answers as the plan says.

Each has credentials of its own and knows nothing but its topic; which complaint of the plan it has before it, it
reads in the title.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import Coroutine
from dataclasses import dataclass, field
from typing import Any

from lapor_chassis.ids import uuid7
from lapor_contracts import agency_replies, ombudsman_replies
from lapor_contracts.agency import AgencyAssigned
from lapor_contracts.alerts import Alerted
from lapor_contracts.base import Event
from lapor_contracts.envelope import Envelope, encode
from lapor_deploy.outsider import Read, read

from tests.chaos.journal import Books, Record, follow, number_of
from tests.chaos.plan import Act, Plan, Ruled
from tests.chaos.speaker import Speaker
from tests.chaos.world import World

PLAYED = ("6407-pupr", "64-pupr", "6407-dlh", "64-dlh", "6407-diskominfo", "komdigi", "64-diskominfo")
OMBUDSMAN, ALERTS = "ombudsman", "lapor.ombudsman.alerts"
# Of the same main topic, so that the router finds the suggestion credible.
OTHER = {
    "6407-pupr": "64-pupr", "64-pupr": "6407-pupr", "6407-dlh": "64-dlh", "64-dlh": "6407-dlh",
    "komdigi": "6407-diskominfo", "6407-diskominfo": "komdigi",
}  # fmt: skip
WRONG_BY = 40  # no complaint has so many assignments
RULING_HOURS = 6.0
TEXT = "Petugas kami sudah ke lapangan dan pekerjaan dijadwalkan minggu ini."


@dataclass
class Offices:
    """`busy`: acts that are still to come; `errors`: what went wrong with any."""

    world: World
    plan: Plan
    books: Books
    speaker: Speaker
    busy: set[asyncio.Task[None]] = field(default_factory=set)
    errors: list[BaseException] = field(default_factory=list)
    # Complaint -> where it has been assigned so far; alerts that were answered.
    _rounds: dict[str, list[tuple[str, int]]] = field(default_factory=lambda: defaultdict(list))
    _alerts: set[tuple[str, int]] = field(default_factory=set)

    def readers(self) -> list[Coroutine[Any, Any, None]]:
        """One an agency, and the Ombudsman's; each for ever."""
        stack = self.world.stack
        return [
            follow(stack, OMBUDSMAN, [ALERTS], self._alert),
            *(follow(stack, f"agency-{code}", [f"lapor.agency.{code}"], self._inbox(code)) for code in PLAYED),
        ]

    def _inbox(self, code: str) -> Any:
        def take(record: Record) -> None:
            found = read(record)
            if found is not None and isinstance(found.event, AgencyAssigned) and found.event.lead:
                self._assigned(code, found, found.event)

        return take

    def _assigned(self, code: str, found: Read, event: AgencyAssigned) -> None:
        complaint, number = found.envelope.subject, found.envelope.number or 0
        n = number_of(event.title)
        rounds = self._rounds[complaint]
        if n is None or (code, number) in rounds:
            return  # published again after a crash
        rounds.append((code, number))
        conduct = self.plan.complaints[n].agencies
        if len(rounds) <= len(conduct):
            self._go(self._act(code, complaint, number, conduct[len(rounds) - 1]))

    def _alert(self, record: Record) -> None:
        found = read(record)
        if found is None or not isinstance(found.event, Alerted):
            return
        n, alert = number_of(found.event.title), (found.envelope.subject, found.envelope.number or 0)
        if n is not None and alert not in self._alerts:
            self._alerts.add(alert)
            self._go(self._rule(found.event.office, found.envelope.subject, self.plan.complaints[n].ombudsman))

    def _go(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(work)
        self.busy.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self.busy.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self.errors.append(error)

    async def _act(self, code: str, complaint: str, number: int, acts: tuple[Act, ...]) -> None:
        for act in acts:
            await self._after(act.after)
            wrong = act.did == "wrong"
            event = _reply(act, code, number + WRONG_BY if wrong else number)
            await self._say(f"agency-{code}", f"lapor.agency-replies.{code}", complaint, event, wrong=wrong)

    async def _rule(self, office: str, complaint: str, rulings: tuple[Ruled, ...]) -> None:
        for ruled in rulings:
            await self._after(RULING_HOURS)
            await self._say(OMBUDSMAN, "lapor.ombudsman.replies", complaint, _ruling(ruled, office), wrong=False)

    async def _after(self, hours: float) -> None:
        await asyncio.sleep(hours * 3600 / self.world.clock.speed)

    async def _say(self, principal: str, topic: str, complaint: str, event: Event, *, wrong: bool) -> None:
        envelope = Envelope(
            id=uuid7(), type=event.type, source=f"urn:lapor:{principal}", subject=complaint,
            time=self.world.clock.now(),
        )  # fmt: skip
        value = event.model_dump_json().encode()
        await self.speaker.say(principal, topic, complaint.encode(), value, encode(envelope))
        self.books.said.write(id=str(envelope.id), topic=topic, complaint=complaint, type=event.type, wrong=wrong)


def _reply(act: Act, code: str, number: int) -> Event:
    match act.did:
        case "accept" | "wrong":
            return agency_replies.AgencyAccepted(assignment=number)
        case "decline":
            return agency_replies.AgencyDeclined(assignment=number, reason="Bukan kewenangan kami.")
        case "decline_to_other":
            reason = "Bukan kewenangan kami, mohon diteruskan."
            return agency_replies.AgencyDeclined(assignment=number, reason=reason, suggested=OTHER.get(code))
        case "follow_up":
            return agency_replies.AgencyFollowedUp(assignment=number, text=TEXT)
        case "resolve":
            return agency_replies.AgencyResolved(assignment=number, text="Pekerjaan sudah selesai.")


def _ruling(ruled: Ruled, office: str) -> Event:
    match ruled:
        case "acknowledge":
            return ombudsman_replies.OmbudsmanAcknowledged(office=office)
        case "reprimand":
            return ombudsman_replies.OmbudsmanReprimanded(office=office, text="Penundaan berlarut: segera tanggapi.")
        case "close":
            return ombudsman_replies.OmbudsmanCaseClosed(office=office, text="Sudah ditangani.")
