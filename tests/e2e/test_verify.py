"""`lapor verify` as an outsider's check: it finds nothing after all that, and it does find what is planted."""

from __future__ import annotations

from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from lapor_chassis.clock import wall_now
from lapor_chassis.ids import uuid7
from lapor_contracts import complaints
from lapor_contracts.base import Event, Place
from lapor_contracts.envelope import Envelope, encode
from lapor_contracts.operations import Tally
from lapor_deploy.outsider import writing
from lapor_deploy.verification import verify

from tests.support.journey_persons import SEMBUAN
from tests.support.journey_play import Play

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
COMPLAINTS = "lapor.complaints"


async def test_verify_finds_nothing_and_then_what_is_planted(play: Play) -> None:
    await play.registered(*play.world.silent["silent"])
    clean = await verify(play.world.stack, everything=True)
    assert clean.problems == []
    assert clean.complaints >= 2
    assert clean.events > clean.complaints
    assert clean.tallies >= 2

    hole, doubled = uuid7(), uuid7()
    async with writing(play.world.stack, "intake") as intake:
        await _put(intake, hole, registered(), 1)
        await _put(intake, hole, complaints.Withdrawn(), 3)
        await _put(intake, doubled, registered(), 1)
        partition = await _put(intake, doubled, registered(), 1)
        tally = Tally(
            service="intake", topic=COMPLAINTS, partition=partition, subjects=1_000_000, events=2_000_000,
            as_of=wall_now(), oldest_unpublished_seconds=0.0,
        )  # fmt: skip
        await _put(intake, f"planted/{partition}", tally, None, topic="lapor.tallies")
    found = (await verify(play.world.stack, patience=0.0)).problems
    assert any(f"{hole} lacks number 2" in problem for problem in found)
    assert any(f"number 1 of {doubled} twice" in problem for problem in found)
    assert any(problem.startswith(f"{COMPLAINTS}[{partition}]: intake has committed 2000000") for problem in found)
    assert len(found) == 3, found


def registered() -> complaints.Registered:
    """As intake writes it."""
    return complaints.Registered(
        tracking_id="4710023041", channel="web", report_type="complaint", title="Jalan rusak",
        narrative="Jalan kampung berlubang.", category="jalan-rusak/kabupaten", place=Place(area_code=SEMBUAN),
        anonymous=False, secret=False, has_contact=False, complete=True, received_at=wall_now(),
    )  # fmt: skip


async def _put(
    producer: AIOKafkaProducer, subject: UUID | str, event: Event, number: int | None, *, topic: str = COMPLAINTS
) -> int:
    """The partition it went to."""
    envelope = Envelope(
        id=uuid7(), type=event.type, source="urn:lapor:intake", subject=str(subject), time=wall_now(), number=number
    )
    sent = await producer.send_and_wait(
        topic, key=str(subject).encode(), value=event.model_dump_json().encode(), headers=encode(envelope)
    )
    return int(sent.partition)
