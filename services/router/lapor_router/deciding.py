"""What waits for a person, from the router's own database; and a person's decision on its way to the router.

A decision goes by lapor.decisions like any outsider's word: the router checks it, and what it refuses becomes a
dead letter. Both are in the router's database in the transaction that took the decision from the topic.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from uuid import UUID

import msgspec
from lapor_chassis import kafka
from lapor_chassis.clock import DomainClock
from lapor_chassis.db import Conn
from lapor_chassis.ids import uuid7
from lapor_chassis.settings import ServiceSettings
from lapor_contracts.assignments import Candidate, NeedsDecision
from lapor_contracts.base import Event
from lapor_contracts.envelope import Envelope, encode
from pydantic import SecretStr

from lapor_router.domain import declines, explain, report
from lapor_router.domain.authority import Choice, decide
from lapor_router.domain.rules import Context
from lapor_router.domain.state import RouterState

DECISIONS, DECIDER = "lapor.decisions", "decider"
LOOK_SECONDS = 0.1
ROWS = 200  # fetched at a time
# The text first: to look for a word costs a tenth of reading the JSON, and no text can hold it unescaped. No index:
# it would end the cheap updates of these rows (HOT).
# As text only: `->>` would read the whole document, and die of a \\u0000 in anybody's title.
UNDECIDED = """select id, plain as state from subject where plain::text like '%"phase":"deciding"%'"""
_BY_TRACKING_ID = (
    "select id, plain as state, parked_at from subject where plain::text like '%\"tracking_id\":\"' || $1 || '\"%'"
)
_BY_ID = "select id, plain as state, parked_at from subject where id = $1"
_STATES = msgspec.json.Decoder(RouterState)


@dataclass(frozen=True, slots=True)
class Found:
    """One complaint as the router has it."""

    id: UUID
    state: RouterState
    parked: bool = False

    @property
    def since(self) -> datetime:
        """When a person was first asked; of rows that do not say it, when the complaint came in."""
        return self.state.undecided_at or self.state.report.received_at


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a decision. `refused`: the dead letter's reason, `field`: what in it is wrong."""

    what: Literal["applied", "refused", "parked", "not_yet"]
    refused: str | None = None
    field: str | None = None


async def undecided(conn: Conn) -> list[Found]:
    """All that wait for a person, the oldest first."""
    found = []
    async with conn.transaction(readonly=True):
        async for row in conn.cursor(UNDECIDED, prefetch=ROWS):
            state = _STATES.decode(row["state"])
            if state.phase == "deciding":
                found.append(Found(row["id"], state))
    return sorted(found, key=lambda one: (one.since, one.id))


async def find(conn: Conn, asked: str) -> Found | None:
    """`asked`: a tracking id (digits) or a complaint id."""
    if asked.isascii() and asked.isdigit():
        rows = await conn.fetch(_BY_TRACKING_ID, asked)
    else:
        try:
            rows = await conn.fetch(_BY_ID, UUID(asked))
        except ValueError:
            return None
    found = [
        Found(row["id"], _STATES.decode(row["state"]), row["parked_at"] is not None) for row in rows if row["state"]
    ]
    by_number = (one for one in found if not asked.isdigit() or one.state.report.tracking_id == asked)
    return next(by_number, None)


def proposals(state: RouterState, context: Context, now: datetime) -> Sequence[Candidate]:
    """The best candidates by the rules and the register of today."""
    question = report.question(state, now)
    if state.declined_by:
        last = state.assignments[-1] if state.assignments else None
        suggested = last.suggested if last and last.suggested not in state.declined_by else None
        return declines.proposals(suggested, question, context)
    outcome = decide(question, context)
    match outcome:
        case NeedsDecision():
            return outcome.candidates
        case Choice():
            why = f"{outcome.explanation.rule}: {outcome.explanation.legal_basis}"
            return (Candidate(agency=outcome.lead.code, why=explain.line(why)),)
        case _:
            return ()


async def publish(settings: ServiceSettings, complaint: UUID, event: Event) -> UUID:
    """On lapor.decisions, signed in as the decider; gives the event's id. Raises KafkaError."""
    now = DomainClock.parse(settings.clock).now()
    envelope = Envelope(id=uuid7(), type=event.type, source=f"urn:lapor:{DECIDER}", subject=str(complaint), time=now)
    producer = kafka.producer(settings, DECIDER)
    try:
        await producer.start()
        await producer.send_and_wait(
            DECISIONS, key=str(complaint).encode(), value=event.model_dump_json().encode(), headers=encode(envelope)
        )
    finally:
        await producer.stop()
    return envelope.id


async def taken(conn: Conn, complaint: UUID, event: UUID, seconds: float) -> Taken:
    """Waits until the router has taken the decision from the topic, for `seconds` at most."""
    try:
        async with asyncio.timeout(seconds):
            seen = "select true from edge_seen where outsider = $1 and id = $2"
            while not await conn.fetchval(seen, DECIDER, event):  # noqa: ASYNC110 - another process writes it
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        return Taken("not_yet")
    refused = await conn.fetchrow(
        "select reason, field from dead_letter where topic = $1 and event_id = $2", DECISIONS, str(event)
    )
    if refused is not None:
        return Taken("refused", refused["reason"], refused["field"])
    parked = await conn.fetchval("select parked_at is not null from subject where id = $1", complaint)
    return Taken("parked" if parked else "applied")


def as_decider(settings: ServiceSettings, data: Path, key_file: Path | None) -> ServiceSettings:
    """The same addresses, signed in as the decider. `key_file`: where its password is, else in the data folder.

    Raises OSError.
    """
    path = key_file or data / "secrets" / "kafka" / DECIDER
    password = SecretStr(path.read_text(encoding="utf-8").strip())
    return settings.model_copy(update={"kafka_username": DECIDER, "kafka_password": password})
