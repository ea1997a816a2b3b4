"""Everybody outside, connected: reporters, a channel, agencies, the Ombudsman, a person who decides, the public.

Each acts with credentials of its own, and everything that a test learns it reads from the topics, over HTTP
as a reporter, or from the mailbox.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID

import httpx
from lapor_chassis.ids import uuid7
from lapor_contracts.base import Event
from lapor_contracts.complaints import Registered
from lapor_contracts.envelope import Envelope, encode
from lapor_contracts.receipts import ReceiptAccepted, ReceiptRefused
from lapor_contracts.status import Facts, Status, apply, status
from lapor_contracts.submissions import Body, NewSubmission
from lapor_deploy import channel as channels
from lapor_deploy.outsider import CORE, Journal, Read, causal_order, write
from lapor_deploy.wiring import key_file

from tests.support.journey import Filed, World
from tests.support.producers import Producers

CHANNEL = "app"
DEADLINE_SECONDS = 40.0
LOOK_SECONDS = 0.02
E = TypeVar("E", bound=Event)


async def until(journal: Journal, true: Callable[[], bool], seconds: float) -> bool:
    """Looks again whenever more has been read; False when it does not come true in time."""
    looked_at = -1
    try:
        async with asyncio.timeout(seconds):
            while True:
                if len(journal.reads) != looked_at:
                    looked_at = len(journal.reads)
                    if true():
                        return True
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        return False


@dataclass(frozen=True)
class Found:
    """An event of the kind that was asked for."""

    read: Read
    event: Any

    @property
    def number(self) -> int:
        assert self.read.envelope.number is not None
        return self.read.envelope.number


@dataclass
class Play:
    world: World
    http: httpx.AsyncClient
    core: Journal = field(default_factory=Journal)
    receipts: Journal = field(default_factory=Journal)
    dead: Journal = field(default_factory=Journal)
    outlets: dict[str, Journal] = field(default_factory=dict)
    # Where on their topics officers' own words stand.
    spoken: set[tuple[str, int, int]] = field(default_factory=set)
    producers: Producers = field(init=False)
    _reading: list[asyncio.Task[None]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.producers = Producers(self.world.stack, enable_idempotence=True)

    # Reading

    def read(self, journal: Journal, principal: str, *topics: str) -> None:
        self._reading.append(asyncio.create_task(journal.follow(self.world.stack, principal, topics)))

    async def close(self) -> None:
        """Raises what a reader failed with."""
        for task in self._reading:
            task.cancel()
        ended = await asyncio.gather(*self._reading, return_exceptions=True)
        await self.producers.close()
        await self.http.aclose()
        for outcome in ended:
            if isinstance(outcome, Exception):
                raise outcome

    async def expect(
        self, filed: Filed, kind: type[E], nth: int = 1, *, journal: Journal | None = None,
        seconds: float = DEADLINE_SECONDS, **fields: Any,
    ) -> Found:  # fmt: skip
        """The `nth` event of this kind and complaint, with these fields; AssertionError when it does not come."""
        complaint, journal = filed.complaint, journal or self.core

        def matching() -> list[Read]:
            """By number: a repeat counts once."""
            found = {
                (r.topic, r.envelope.number): r
                for r in journal.of(complaint)
                if isinstance(r.event, kind) and all(getattr(r.event, name) == v for name, v in fields.items())
            }
            return sorted(found.values(), key=lambda r: r.envelope.number or 0)

        if not await until(journal, lambda: len(matching()) >= nth, seconds):
            had = [f"{r.name} {r.envelope.number}" for r in causal_order(journal.of(complaint))]
            raise AssertionError(f"no {nth}. {kind.type} {fields} of {complaint}; there were {had}")
        read = matching()[nth - 1]
        return Found(read, read.event)

    async def in_outlet(self, agency: str, filed: Filed, kind: type[E], nth: int = 1, **fields: Any) -> Found:
        return await self.expect(filed, kind, nth, journal=self.outlets[agency], **fields)

    def facts(self, filed: Filed) -> Facts:
        facts = Facts()
        for read in causal_order(self.core.of(filed.complaint)):
            if read.event is not None:
                facts = apply(facts, read.event, read.envelope.number or 0)
        return facts

    async def status_is(self, filed: Filed, wanted: Status) -> None:
        """As the public sees it, from the events alone. Call it when all of a stage's events have been asked for."""

        if not await until(self.core, lambda: status(self.facts(filed)) == wanted, DEADLINE_SECONDS):
            raise AssertionError(f"the status is {status(self.facts(filed))}, not {wanted}")

    # Reporters

    async def submit(self, body: Body, *, channel: str = CHANNEL) -> ReceiptAccepted | ReceiptRefused:
        """Through a channel, sealed, on Kafka; its receipt."""
        key = channels.public_key(key_file(self.world.stack, "intake", "sealing.public.jwk"))
        principal = f"channel-{channel}"
        submission = await write(
            await self.producers.of(principal), f"lapor.submissions.{channel}", principal, channel,
            channels.seal(key, body), self.world.clock,
        )  # fmt: skip
        return await channels.receipt(self.receipts, submission, DEADLINE_SECONDS)

    async def hand_in(self, body: NewSubmission) -> Filed:
        receipt = await self.submit(body)
        assert isinstance(receipt, ReceiptAccepted), receipt
        assert receipt.access_code is not None
        return await self.registered(receipt.tracking_id, receipt.access_code)

    async def registered(self, tracking_id: str, access_code: str) -> Filed:
        """The complaint's id, as the public learns it."""
        found = await self.core.first(
            lambda r: isinstance(r.event, Registered) and r.event.tracking_id == tracking_id, DEADLINE_SECONDS
        )
        assert found is not None, f"{tracking_id} was not registered"
        return Filed(UUID(found.envelope.subject), tracking_id, access_code)

    async def post(self, path: str, body: Any, *, key: str | None = None, **headers: str) -> httpx.Response:
        content = body if isinstance(body, bytes) else json.dumps(body).encode()
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        all_headers = {"content-type": "application/json", "idempotency-key": key or str(uuid7()), **names}
        return await self.http.post(f"/v1/complaints{path}", content=content, headers=all_headers)

    async def act(self, filed: Filed, action: str, body: dict[str, Any]) -> httpx.Response:
        """Of whoever has the access code."""
        return await self.post(f"/{filed.tracking_id}/{action}", body, access_code=filed.access_code)

    async def view(self, filed: Filed) -> dict[str, Any]:
        answer = await self.http.get(f"/v1/complaints/{filed.tracking_id}", headers={"access-code": filed.access_code})
        assert answer.status_code == 200, answer.text
        shown: dict[str, Any] = answer.json()
        return shown

    async def shown_as(self, filed: Filed, wanted: Status) -> None:
        """Intake hears of what others decide a moment later."""
        try:
            async with asyncio.timeout(DEADLINE_SECONDS):
                while (await self.view(filed))["status"]["code"] != wanted:  # noqa: ASYNC110 - over HTTP
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise AssertionError(f"the reporter is never shown {wanted}") from None

    # Officers

    async def reply(self, agency: str, filed: Filed, event: Event) -> UUID:
        return await self._say(f"agency-{agency}", f"lapor.agency-replies.{agency}", filed, event)

    async def decide(self, filed: Filed, event: Event) -> UUID:
        return await self._say("decider", "lapor.decisions", filed, event)

    async def ombudsman(self, filed: Filed, event: Event) -> UUID:
        return await self._say("ombudsman", "lapor.ombudsman.replies", filed, event)

    async def _say(self, principal: str, topic: str, filed: Filed, event: Event) -> UUID:
        envelope = Envelope(
            id=uuid7(), type=event.type, source=f"urn:lapor:{principal}", subject=str(filed.complaint),
            time=self.world.clock.now(),
        )  # fmt: skip
        producer = await self.producers.of(principal)
        at = await producer.send_and_wait(
            topic, key=envelope.subject.encode(), value=event.model_dump_json().encode(), headers=encode(envelope)
        )
        self.spoken.add((at.topic, at.partition, at.offset))
        return envelope.id


@asynccontextmanager
async def playing(world: World, *agencies: str) -> AsyncIterator[Play]:
    """Everything is read from the beginning, so nothing can be missed."""
    play = Play(world, httpx.AsyncClient(base_url=world.url("intake"), timeout=20, trust_env=False))
    play.read(play.core, "oversight", *CORE)
    play.read(play.receipts, f"channel-{CHANNEL}", f"lapor.receipts.{CHANNEL}")
    play.read(play.dead, "operator", *(f"lapor.dlq.{name}" for name in ("intake", "router", "escalation", "notifier")))
    for code in agencies:
        play.outlets[code] = Journal()
        play.read(play.outlets[code], f"agency-{code}", f"lapor.agency.{code}")
    try:
        yield play
    finally:
        await play.close()
