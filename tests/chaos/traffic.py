"""Everybody who hands in: over HTTP to whichever intake answers, and sealed on two channels' Kafka topics.

Whatever happens, the same complaint is handed in again with the same key until it has its answer.
"""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from lapor_chassis.clock import monotonic
from lapor_contracts.receipts import ReceiptAccepted, ReceiptRefused
from lapor_deploy.outsider import read

from tests.chaos import bodies
from tests.chaos.journal import Books, Record, Watch, follow
from tests.chaos.plan import Complaint, Plan
from tests.chaos.speaker import Speaker
from tests.chaos.world import World

AT_ONCE = 80
ANSWER_SECONDS, AGAIN_SECONDS = 3.0, 0.25
RECEIPT_SECONDS = 12.0
GIVE_UP_SECONDS = 120.0
CHANNELS = ("sms", "app")
LAST_SHARE = 0.06  # less than what comes after the last kill of a plan
HURRIED = 20
Answer = dict[str, Any]


class Receipts:
    """Of one channel, by what they are for: a submission's id, or where its record stands."""

    def __init__(self, world: World, channel: str) -> None:
        self._world = world
        self._channel = channel
        self.found: dict[str, list[Answer]] = defaultdict(list)
        self._came: dict[str, asyncio.Event] = defaultdict(asyncio.Event)

    async def run(self) -> None:
        topic = f"lapor.receipts.{self._channel}"
        await follow(self._world.stack, f"channel-{self._channel}", [topic], self._take)

    async def wait(self, subject: str, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._came[subject].wait(), seconds)
        except TimeoutError:
            return False
        return True

    def _take(self, record: Record) -> None:
        found = read(record)
        if found is None or not isinstance(found.event, ReceiptAccepted | ReceiptRefused):
            return
        event, subject = found.event, found.envelope.subject
        said: Answer = {"receipt": type(event).__name__.removeprefix("Receipt"), "id": str(found.envelope.id)}
        said["tracking_id"] = event.tracking_id if isinstance(event, ReceiptAccepted) else None
        said["reason"] = event.reason if isinstance(event, ReceiptRefused) else None
        if said not in self.found[subject]:  # published again after a crash, it is the same receipt
            self.found[subject].append(said)
        self._came[subject].set()


@dataclass
class Traffic:
    """`handed`: how many have been handed in so far, whether answered or not. The last ones wait until there is
    nothing more to come that has to meet them: `free_the_last`."""

    world: World
    plan: Plan
    watch: Watch
    books: Books
    speaker: Speaker
    seconds: float
    handed: int = 0
    settled: int = 0
    receipts: dict[str, Receipts] = field(default_factory=dict)
    _hurried: int = 0
    _last_may_come: bool = False
    _progress: asyncio.Condition = field(default_factory=asyncio.Condition)
    _clients: list[httpx.AsyncClient] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.receipts = {channel: Receipts(self.world, channel) for channel in CHANNELS}
        self._sealer = bodies.Sealer(self.world.stack)
        limits = httpx.Limits(max_connections=AT_ONCE, max_keepalive_connections=AT_ONCE)
        self._clients = [
            httpx.AsyncClient(base_url=url, timeout=ANSWER_SECONDS, trust_env=False, limits=limits)
            for url in self.world.urls()
        ]

    async def run(self) -> None:
        """All of the plan; ends when each is settled or given up."""
        began, turns = monotonic(), asyncio.Semaphore(AT_ONCE)
        last = round((1 - LAST_SHARE) * len(self.plan.complaints))
        async with asyncio.TaskGroup() as tasks:
            for complaint in self.plan.complaints:
                await self._due(began + complaint.at * self.seconds, last=complaint.n >= last)
                await turns.acquire()
                tasks.create_task(self._one(complaint, turns))
        for client in self._clients:
            await client.aclose()

    async def hurry(self) -> None:
        """The next ones are handed in at once."""
        async with self._progress:
            self._hurried = HURRIED
            self._progress.notify_all()

    async def free_the_last(self) -> None:
        async with self._progress:
            self._last_may_come = True
            self._progress.notify_all()

    async def _due(self, at: float, *, last: bool) -> None:
        """Returns when it is time for the next one."""

        def may() -> bool:
            return self._hurried > 0 or (monotonic() >= at and (self._last_may_come or not last))

        async with self._progress:
            while not may():
                left = None if monotonic() >= at else at - monotonic()
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._progress.wait(), left)
            self._hurried = max(0, self._hurried - 1)

    async def reached(self, fraction: float) -> None:
        """Waits until so much of the traffic has been handed in."""
        wanted = min(round(fraction * len(self.plan.complaints)), len(self.plan.complaints))
        async with self._progress:
            await self._progress.wait_for(lambda: self.handed >= wanted)

    async def _one(self, complaint: Complaint, turns: asyncio.Semaphore) -> None:
        self.watch.handing_in(complaint.n)
        async with self._progress:
            self.handed += 1
            self._progress.notify_all()
        try:
            key, answers = await (self._over_http if complaint.medium == "http" else self._over_kafka)(complaint)
        finally:
            turns.release()
        self.settled += bool(answers)
        if not any(answer["tracking_id"] for answer in answers):
            self.watch.refused(complaint.n)
        self.books.handed.write(
            n=complaint.n, medium=complaint.medium, channel=complaint.channel, key=key,
            kind="malformed" if complaint.malformed else "good", malformed=complaint.malformed,
            twice=complaint.twice is not None, secret=False, anonymous=complaint.anonymous,
            has_contact=complaint.email is not None, email=complaint.email, answers=answers,
            settled=bool(answers), complaint=None,
        )  # fmt: skip

    # HTTP

    async def _over_http(self, complaint: Complaint) -> tuple[str, list[Answer]]:
        key = f"chaos-{self.plan.seed}-{complaint.n:06d}"
        body = bodies.over_http(complaint)
        tries = 2 if complaint.twice == "at_once" else 1
        answers = await asyncio.gather(*(self._until_answered(key, body, complaint.n + i) for i in range(tries)))
        if complaint.twice == "after":
            answers.append(await self._until_answered(key, body, complaint.n + 1))
        return key, [answer for answer in answers if answer is not None]

    async def _until_answered(self, key: str, body: bytes, first: int) -> Answer | None:
        """The first answer that is one: 2xx or 4xx; each try at the other instance."""
        deadline, tried = monotonic() + GIVE_UP_SECONDS, first
        headers = {"content-type": "application/json", "idempotency-key": key}
        while monotonic() < deadline:
            try:
                client = self._clients[tried % len(self._clients)]
                answer = await client.post("/v1/complaints", content=body, headers=headers)
                if answer.status_code < 500:
                    said = answer.json()
                    tracking_id, reason = said.get("tracking_id"), said.get("code")
                    return {"status": answer.status_code, "tracking_id": tracking_id, "reason": reason}
                if answer.status_code != 503:
                    return {"status": answer.status_code, "tracking_id": None, "reason": answer.text[:100]}
            except (httpx.HTTPError, json.JSONDecodeError):
                pass
            tried += 1
            await asyncio.sleep(AGAIN_SECONDS)
        return None

    # Kafka

    async def _over_kafka(self, complaint: Complaint) -> tuple[str, list[Answer]]:
        sealed = self._sealer.submission(complaint)
        receipts = self.receipts[complaint.channel]
        deadline = monotonic() + GIVE_UP_SECONDS
        subject = await self._say(complaint, sealed, again=complaint.twice == "at_once")
        while not await receipts.wait(subject, RECEIPT_SECONDS) and monotonic() < deadline:
            if complaint.malformed != "no_header":  # without an id it would be another one
                await self._say(complaint, sealed)
        if complaint.twice == "after":
            await self._say(complaint, sealed)
        return str(sealed.id), list(receipts.found[subject])

    async def _say(self, complaint: Complaint, sealed: bodies.Sealed, *, again: bool = False) -> str:
        """What its receipt will name."""
        principal, topic = f"channel-{complaint.channel}", f"lapor.submissions.{complaint.channel}"
        key = complaint.channel.encode()
        said = [self.speaker.say(principal, topic, key, sealed.value, sealed.headers) for _ in range(2 if again else 1)]
        at, *_ = await asyncio.gather(*said)
        return str(sealed.id) if sealed.named else f"{at.topic}/{at.partition}/{at.offset}"
