"""A process is killed while complaints go through it: none is lost, nothing is done twice."""

from __future__ import annotations

import asyncio
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from uuid import UUID

import httpx
import pytest
from lapor_chassis.ids import uuid7
from lapor_contracts import agency as outlet
from lapor_contracts import agency_replies, assignments, complaints, notifications, replies
from lapor_deploy.outsider import Read

from tests.support.journey import Filed
from tests.support.journey_persons import SEMBUAN
from tests.support.journey_play import Play, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
CITIZENS, AT_ONCE, KILLED_AFTER = 18, 6, 5
PUPR = "6407-pupr"
DEADLINE_SECONDS = 90.0
ADOPTED_SECONDS = 40.0  # a lane is taken for dead after 10


@dataclass
class Crowd:
    """`half`: set when enough have been heard for somebody to be killed in the middle."""

    play: Play
    heard: int = 0
    half: asyncio.Event = field(default_factory=asyncio.Event)
    turns: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(AT_ONCE))

    async def citizen(self, number: int) -> tuple[Filed, str]:
        """Reports, trying again with the same key until there is an answer; then the agency accepts."""
        email = f"warga-{number}-{uuid7().hex}@warga.example"
        async with self.turns:
            answer = await self._until_answered(self._report(number, email))
            self.heard += 1
            if self.heard == KILLED_AFTER:
                self.half.set()
            filed = await self.play.registered(answer["tracking_id"], answer["access_code"])
            assigned = await self.play.in_outlet(PUPR, filed, outlet.AgencyAssigned)
            await self.play.reply(PUPR, filed, agency_replies.AgencyAccepted(assignment=assigned.number))
        return filed, email

    async def _until_answered(self, body: dict[str, object]) -> dict[str, str]:
        key = str(uuid7())
        async with asyncio.timeout(DEADLINE_SECONDS):
            while True:
                try:
                    answer = await self.play.post("", body, key=key)
                    if answer.status_code in (200, 201):
                        found: dict[str, str] = answer.json()
                        return found
                    assert answer.status_code == 503, answer.text
                except httpx.TransportError:
                    pass
                await asyncio.sleep(0.2)

    def _report(self, number: int, email: str) -> dict[str, object]:
        return {
            "title": f"Jalan rusak di kilometer {number}",
            "narrative": f"Jalan kabupaten ke Kampung Sembuan berlubang di kilometer {number}, bahaya saat hujan.",
            "category": "jalan-rusak/kabupaten",
            "place": {"area_code": SEMBUAN},
            "reporter": {"name": "Yohana Lawing", "email": email},
        }


@pytest.mark.parametrize("victim", ["intake", "router", "notifier"])
async def test_nothing_is_lost_and_nothing_is_done_twice(play: Play, victim: str) -> None:
    crowd = Crowd(play)
    async with asyncio.TaskGroup() as tasks:
        citizens = [tasks.create_task(crowd.citizen(number)) for number in range(CITIZENS)]
        await crowd.half.wait()
        play.world.kill(victim)
        play.world.start(victim)
        await play.world.until_ready(victim)
    everybody = [citizen.result() for citizen in citizens]
    assert len({filed.complaint for filed, _ in everybody}) == CITIZENS
    ours = {str(filed.complaint) for filed, _ in everybody}
    for filed, email in everybody:
        await play.expect(filed, replies.Accepted, agency=PUPR)
        await _mailed_once(play, filed, email, victim)

    def happened() -> list[Read]:
        return [read for read in play.core.reads if read.envelope.subject in ours]

    # What the dead one had committed but not published, somebody publishes when its lane has been silent long enough.
    await until(play.core, lambda: not _wrong_numbers(happened()), ADOPTED_SECONDS)
    assert _wrong_numbers(happened()) == []
    for filed, _ in everybody:
        _each_once(play, filed)
    titles = Counter(r.event.title for r in _distinct(happened()) if isinstance(r.event, complaints.Registered))
    assert set(titles.values()) == {1}


def _wrong_numbers(reads: list[Read]) -> list[tuple[str, str]]:
    """Where a number is not there, or stands for two events; the same event may have been written twice."""
    numbers: dict[tuple[str, str], dict[int, set[UUID]]] = defaultdict(lambda: defaultdict(set))
    for read in reads:
        numbers[read.topic, read.envelope.subject][read.envelope.number or 0].add(read.envelope.id)
    return [
        where
        for where, events in numbers.items()
        if sorted(events) != list(range(1, len(events) + 1)) or max(map(len, events.values())) > 1
    ]


def _each_once(play: Play, filed: Filed) -> None:
    happened = Counter(type(read.event) for read in _distinct(play.core.of(filed.complaint)))
    assert [happened[kind] for kind in (complaints.Registered, assignments.Assigned, replies.Accepted)] == [1, 1, 1]
    told = Counter(type(read.event) for read in _distinct(play.outlets[PUPR].of(filed.complaint)))
    assert told[outlet.AgencyAssigned] == 1
    assert told[outlet.AgencyReplyRejected] == 0


async def _mailed_once(play: Play, filed: Filed, email: str, victim: str) -> None:
    """Reporter and agency. Only what was on its way when the notifier was killed may come again, as itself."""
    about = {"Your complaint was received": 1, "Complaint assigned": 1}
    mails = await play.world.mailbox.until(lambda found: {mail.kind for mail in found} >= about.keys(), email)
    assert Counter(mail.kind for mail in {mail.id: mail for mail in mails}.values()) == about
    await play.expect(filed, notifications.Queued, role="agency", recipient=PUPR, about_type=assignments.Assigned.type)
    agency = await play.world.mailbox.until(bool, about=f"{filed.tracking_id}] Disposisi")
    assert len({mail.id for mail in agency}) == 1
    if victim != "notifier":
        assert (len(mails), len(agency)) == (2, 1)


def _distinct(reads: list[Read]) -> list[Read]:
    """A repeat of the same event is read once, by its number."""
    return list({(r.topic, r.envelope.subject, r.envelope.number): r for r in reads}.values())
