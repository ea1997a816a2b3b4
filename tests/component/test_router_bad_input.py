"""What outsiders and the network do wrong: each is answered or becomes a dead letter, and the rest goes through."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest
import pytest_asyncio
from lapor_chassis import admin
from lapor_chassis.ids import uuid7
from lapor_contracts import agency_replies, complaints, decisions, escalations
from lapor_contracts.base import Event
from lapor_contracts.envelope import Envelope, encode
from lapor_deploy.stack import Stack

from tests.support.router import (
    Read,
    World,
    join,
    registered,
    running,
)

pytestmark = [pytest.mark.component, pytest.mark.asyncio(loop_scope="module")]
AGENCIES = ("6407-pupr", "6407-diskominfo", "6407-dlh", "komdigi", "64-diskominfo", "64-pupr")
DLQ = "lapor.dlq.router"
REPLIES = "lapor.agency-replies.6407-pupr"


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(stack: Stack) -> AsyncIterator[World]:
    await join(stack, AGENCIES)
    async with running(stack) as started:
        yield started


def accepted() -> agency_replies.AgencyAccepted:
    return agency_replies.AgencyAccepted(assignment=1)


async def dead(world: World, matches: Callable[[Any], bool]) -> Any:
    """The dead letter, as the operator reads it."""
    found = await world.until(DLQ, lambda letters: any(matches(letter.event) for letter in letters))
    return next(letter.event for letter in found if matches(letter.event))


def _about(event_id: UUID) -> Callable[[Any], bool]:
    return lambda letter: bool(letter.event_id == str(event_id))


def _at(offset: int) -> Callable[[Any], bool]:
    return lambda letter: bool((letter.topic, letter.offset) == (REPLIES, offset))


async def settled(world: World) -> None:
    """Everything sent so far has been processed: a complaint sent after it, and a reply to it, are through."""
    complaint = await world.complaint()
    await world.reply("6407-pupr", complaint, accepted())
    await world.read("lapor.replies", complaint, 1)


def count(read: list[Read]) -> list[tuple[str, int | None]]:
    return [(r.name, r.envelope.number) for r in read]


async def all_of(world: World, topic: str, complaint: UUID) -> list[tuple[str, int | None]]:
    """All events of the complaint on the topic, once everything sent so far is through."""
    await settled(world)
    return count(await world.read(topic, complaint, 0)) or count(await world.read(topic, complaint, 1))


async def test_a_reply_for_another_agencys_complaint_is_refused_with_a_reason(world: World) -> None:
    complaint = await world.complaint()
    foreign = await world.reply("6407-dlh", complaint, accepted())
    (rejected,) = await world.read("lapor.agency.6407-dlh", complaint, 1)
    assert (rejected.event.reply, rejected.event.reason) == (foreign.id, "not_current")
    await world.reply("6407-pupr", complaint, accepted())
    (reply,) = await world.read("lapor.replies", complaint, 1)
    assert reply.event.agency == "6407-pupr"


async def test_a_reply_to_a_complaint_that_does_not_exist(world: World) -> None:
    sent = await world.reply("6407-pupr", uuid7(), accepted())
    letter = await dead(world, _about(sent.id))
    assert letter.reason == "unknown_complaint"
    await settled(world)


async def test_a_topic_whose_agency_is_not_in_the_register(world: World) -> None:
    """Its topics and its user exist, but it never joined: no outlet event, a dead letter."""
    who, stranger = world.stack.kafka_credentials("admin"), world.stack.kafka_credentials("agency-dinas-liar")
    client = admin.admin_client(world.stack.bootstrap, who.username, who.password)
    await asyncio.to_thread(admin.join_agencies, client, {"dinas-liar": stranger.password})
    complaint = await world.complaint()
    sent = await world.reply("dinas-liar", complaint, accepted())
    letter = await dead(world, _about(sent.id))
    assert (letter.reason, letter.topic) == ("unknown_agency", "lapor.agency-replies.dinas-liar")
    await world.reply("6407-pupr", complaint, accepted())
    await world.read("lapor.replies", complaint, 1)


async def test_a_decision_that_may_not_be_taken(world: World) -> None:
    complaint = await world.complaint()
    archive = decisions.DecisionArchived(decided_by="Admin", reason="too_general", text="-")
    sent = await world.decide(complaint, archive)
    letter = await dead(world, _about(sent.id))
    assert letter.reason == "nothing_to_decide"


async def test_an_id_a_year_old_and_one_that_is_no_uuid7(world: World) -> None:
    complaint = await world.complaint()
    year_old = UUID(int=uuid7().int - ((365 * 86_400_000) << 80))
    random = UUID(int=uuid7().int, version=4)
    for event_id, reason in ((year_old, "id_too_old"), (random, "id_not_uuid7")):
        await world.reply("6407-pupr", complaint, accepted(), event_id=event_id)
        letter = await dead(world, _about(event_id))
        assert letter.reason == reason
    await world.reply("6407-pupr", complaint, accepted())
    assert await all_of(world, "lapor.replies", complaint) == [("Accepted", 1)]


def _without(name: str) -> Callable[[list[tuple[str, bytes]]], list[tuple[str, bytes]]]:
    return lambda headers: [header for header in headers if header[0] != name]


def _with(name: str, value: bytes) -> Callable[[list[tuple[str, bytes]]], list[tuple[str, bytes]]]:
    return lambda headers: [*_without(name)(headers), (name, value)]


BODY = b'{"assignment": 1}'
BAD: dict[str, tuple[str, bytes | None, Callable[[Any], Any]]] = {
    "not JSON": ("not_json", b"{", list),
    "bytes that are no text": ("not_json", b"\xff\xfe\x00", list),
    "tombstone": ("tombstone", None, list),
    "a field is wrong": ("invalid_body:greater_than_equal", b'{"assignment": 0}', list),
    "no type": ("no_header", BODY, _without("ce_type")),
    "no spec version": ("no_header", BODY, _without("ce_specversion")),
    "header that is no text": ("header_not_utf8", BODY, _with("ce_source", b"\xff")),
    "event of another topic": ("wrong_type_for_topic", b"{}", _with("ce_type", complaints.Withdrawn.type.encode())),
    "unknown type": ("unknown_type", b"{}", _with("ce_type", b"id.lapor.agency-reply.accepted.v9")),
}


async def test_records_that_cannot_be_read_are_dead_letters_and_the_good_ones_go_through(world: World) -> None:
    """All in one go with good records around them."""
    complaint = await world.complaint()
    offsets: dict[str, int] = {}
    producer = await world.producers.of("agency-6407-pupr")

    async def send(event: Event, value: bytes | None, change: Callable[[Any], Any]) -> int:
        envelope = Envelope(uuid7(), event.type, "urn:x", str(complaint), registered().received_at)
        headers = change(encode(envelope))
        sent = await producer.send_and_wait(REPLIES, key=b"x", value=value, headers=headers)
        return int(sent.offset)

    followed_up = agency_replies.AgencyFollowedUp(assignment=1, text="Satu.")
    await send(followed_up, followed_up.model_dump_json().encode(), list)
    for name, (_, value, change) in BAD.items():
        offsets[name] = await send(accepted(), value, change)
    await send(accepted(), accepted().model_dump_json().encode(), list)
    for name, (reason, _, _) in BAD.items():
        letter = await dead(world, _at(offsets[name]))
        assert letter.reason == reason, name
    kept = await world.fetch("select value, headers from dead_letter where topic = $1", REPLIES)
    assert {(row["value"], row["headers"]) for row in kept} == {(None, None)}
    assert await all_of(world, "lapor.replies", complaint) == [("FollowedUp", 1), ("Accepted", 2)]


async def test_the_same_reply_twice_in_one_batch_in_two_and_after_a_kill(world: World) -> None:
    complaint, event_id = await world.complaint(), uuid7()
    await asyncio.gather(
        world.reply("6407-pupr", complaint, accepted(), event_id=event_id),
        world.reply("6407-pupr", complaint, accepted(), event_id=event_id),
    )
    await world.read("lapor.replies", complaint, 1)
    await world.reply("6407-pupr", complaint, accepted(), event_id=event_id)
    await settled(world)
    await world.restart(kill=True)
    await world.reply("6407-pupr", complaint, accepted(), event_id=event_id)
    assert await all_of(world, "lapor.replies", complaint) == [("Accepted", 1)]


async def test_the_same_core_event_twice_in_one_batch_in_two_and_after_a_kill(world: World) -> None:
    complaint, event_id, event = uuid7(), uuid7(), registered()
    await asyncio.gather(
        *(world.core(complaint, event, number=1, event_id=event_id) for _ in range(3)),
        *(world.core(complaint, complaints.Amended(title="Baru"), number=2) for _ in range(2)),
    )
    await world.read("lapor.agency.6407-pupr", complaint, 2)
    await world.core(complaint, event, number=1, event_id=event_id)
    await settled(world)
    await world.restart(kill=True)
    await world.core(complaint, event, number=1, event_id=event_id)
    expected = [("AgencyAssigned", 1), ("AgencyAmended", 2)]
    assert await all_of(world, "lapor.agency.6407-pupr", complaint) == expected
    assert await all_of(world, "lapor.assignments", complaint) == [("Assigned", 1)]


async def test_numbers_out_of_order_are_applied_in_order(world: World) -> None:
    complaint = uuid7()
    await world.core(complaint, complaints.Withdrawn(), number=3)
    await world.core(complaint, complaints.Amended(title="Dua"), number=2)
    await settled(world)
    await world.core(complaint, registered(), number=1)
    outlet = await world.read("lapor.agency.6407-pupr", complaint, 4)
    assert [e.name for e in outlet] == ["AgencyAssigned", "AgencyAmended", "AgencyReleased", "AgencyWithdrawn"]


async def test_a_reply_waits_for_nothing_but_an_early_escalation_waits_for_its_cause(world: World) -> None:
    complaint = uuid7()
    reprimand = escalations.Reprimanded(office="ombudsman-64", assignment=1, text="Teguran.")
    await world.core(complaint, reprimand, after={"lapor.complaints": 1})
    await settled(world)
    await world.core(complaint, registered())
    outlet = await world.read("lapor.agency.6407-pupr", complaint, 2)
    assert [(e.name, e.envelope.number) for e in outlet] == [("AgencyAssigned", 1), ("AgencyReprimanded", 2)]


async def test_a_poisoned_registration_parks_its_complaint_only(world: World) -> None:
    poisoned = uuid7()
    envelope = Envelope(uuid7(), registered().type, "urn:x", str(poisoned), registered().received_at, number=1)
    await world.raw("intake", "lapor.complaints", str(poisoned).encode(), b'{"title": 7}', encode(envelope))
    letter = await dead(world, lambda event: event.subject == poisoned)
    assert letter.number == 1
    await settled(world)
    # A reply to it waits with it, and stops nobody.
    await world.reply("6407-pupr", poisoned, accepted())
    await settled(world)
    (row,) = await world.fetch("select count(*) from waiting where subject = $1", poisoned)
    assert row["count"] == 1
