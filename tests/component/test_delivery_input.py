"""What a service does with what it can not read, or reads twice, or too early. Good records are all around."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any
from uuid import UUID

import pytest
from aiokafka import AIOKafkaProducer
from lapor_chassis.ids import uuid7
from lapor_contracts.assignments import QuestionAsked
from lapor_contracts.complaints import Amended
from lapor_contracts.envelope import Envelope, Headers, encode
from lapor_contracts.ombudsman_replies import OmbudsmanAcknowledged
from lapor_deploy.outsider import client
from structlog.testing import capture_logs

from tests.support.journal import DEAD_LETTERS, Ground, Scene, ground, open_scene
from tests.support.probe import ASSIGNMENTS, COMPLAINTS, EDGE

__all__ = ["ground"]
BODY = Amended(title="Baik").model_dump_json().encode()
SECRET = "3273010101900001"  # an outsider's text that must not come out again
Change = Callable[[Headers], Any]


@pytest.fixture
async def scene(ground: Ground) -> AsyncIterator[Scene]:
    scene = await open_scene(ground)
    yield scene
    await scene.close()


def without(name: str) -> Change:
    return lambda headers: [header for header in headers if header[0] != name]


def having(name: str, value: bytes | None) -> Change:
    return lambda headers: [*without(name)(headers), (name, value)]


# name -> the body, what is done to the headers, the reason; whether the number can be told, so that it parks
BAD: dict[str, tuple[bytes | None, Change, str, bool]] = {
    "not JSON": (b"{", list, "not_json", True),
    "bytes that are no text": (b"\xff\xfe\x00", list, "not_json", True),
    "a field of another type": (b'{"title": 7}', list, "invalid_body:string_type", True),
    "tombstone": (None, list, "tombstone", True),
    "too large": (b'{"title": "' + b"x" * 950_000 + b'"}', list, "too_large", True),
    "event of another topic": (b"{}", having("ce_type", QuestionAsked.type.encode()), "wrong_type_for_topic", True),
    "another version of CloudEvents": (BODY, having("ce_specversion", b"2.0"), "wrong_spec_version", False),
    "no version": (BODY, without("ce_specversion"), "no_header", False),
    "no type": (BODY, without("ce_type"), "no_header", False),
    "no id": (BODY, without("ce_id"), "no_header", False),
    "no headers": (BODY, lambda _: [], "no_header", False),
    "header that is no text": (BODY, having("ce_source", b"\xff\xfe"), "header_not_utf8", False),
    "null header": (BODY, having("ce_source", None), "null_header", False),
    "no number": (BODY, without("ce_sequence"), "no_number", False),
    "number 0": (BODY, having("ce_sequence", b"0000000000"), "not_a_number", False),
    "number of 5,000 digits": (BODY, having("ce_sequence", b"9" * 5_000), "bad_header", False),
    "subject that is no id": (BODY, having("ce_subject", b"x"), "not_a_uuid", False),
}  # fmt: skip


async def test_bad_records_become_dead_letters_and_the_good_ones_around_them_go_through(scene: Scene) -> None:
    app = await scene.start()
    subjects = {name: uuid7() for name in BAD}
    good = [uuid7() for _ in range(10)]
    await asyncio.gather(*(scene.order(subject, "Satu") for subject in (*subjects.values(), *good)))
    offsets: dict[str, int] = {}
    for name, (body, change, _, _) in BAD.items():
        envelope = scene.envelope(subjects[name], Amended())
        offsets[name] = await scene.raw(COMPLAINTS, str(subjects[name]).encode(), body, change(encode(envelope)))
    await asyncio.gather(*(scene.order(subject, "Tiga") for subject in (*subjects.values(), *good)))
    for subject in good:
        await scene.until_log(subject, "complaints=1", "complaints=2")
    await scene.until_said(lambda s: len(s.dead_letters()) == len(BAD))
    letters = {(letter.reason, letter.offset): letter for letter in scene.dead_letters()}
    for name, (_, _, reason, parks) in BAD.items():
        letter = letters[reason, offsets[name]]
        assert letter.number == (2 if parks else None if reason != "not_a_uuid" else 2), name
        parked = await scene.conn.fetchval("select parked_at is not null from subject where id = $1", subjects[name])
        assert parked == parks, name
        assert await scene.log(subjects[name]) == ["complaints=1"], name
    # What came after each of them waits: nothing was lost, nothing was passed over.
    await scene.until(lambda: scene.conn.fetchval("select count(*) = $1 from waiting", len(BAD)))
    assert app.failure is None


async def test_a_type_that_is_not_known_counts_and_a_megabyte_goes_through(scene: Scene) -> None:
    await scene.start()
    subject = uuid7()
    await scene.order(subject, "Satu")
    newer = scene.envelope(subject, Amended(), type="id.lapor.complaint.translated.v1")
    await scene.raw(COMPLAINTS, str(subject).encode(), b'{"language": "en"}', encode(newer))
    large = b'{"title": "Besar", "of_a_newer_version": "' + b"x" * 880_000 + b'"}'
    await scene.raw(COMPLAINTS, str(subject).encode(), large, encode(scene.envelope(subject, Amended())))
    await scene.order(subject, "Empat")
    await scene.until_log(subject, "complaints=1", "complaints=3", "complaints=4")


@pytest.mark.parametrize("codec", ["gzip", "snappy", "lz4", "zstd"])
async def test_what_others_compress_can_be_read(scene: Scene, codec: str) -> None:
    """Java and C clients compress as they like; one that we cannot read would hold up everyone."""
    await scene.start()
    subject, event = uuid7(), Amended(title="Dipadatkan-" * 15)
    options = client(scene.ground.stack, "admin")
    async with AIOKafkaProducer(compression_type=codec, **options) as producer:
        body, headers = event.model_dump_json().encode(), encode(scene.envelope(subject, event))
        await producer.send_and_wait(COMPLAINTS, body, key=str(subject).encode(), headers=headers)
    await scene.until_log(subject, "complaints=1")


async def test_the_same_event_twice_in_a_batch_in_two_and_after_a_restart(scene: Scene) -> None:
    app = await scene.start()
    subject, other, event = uuid7(), uuid7(), Amended(title="Satu")
    envelope = scene.envelope(subject, event)

    async def again() -> None:
        await scene.raw(COMPLAINTS, str(subject).encode(), event.model_dump_json().encode(), encode(envelope))

    await asyncio.gather(*(again() for _ in range(3)), scene.order(subject, "Dua"))
    await scene.until_log(subject, "complaints=1", "complaints=2")
    await again()
    await scene.stop(app)
    await again()
    app = await scene.start()
    await again()
    await scene.order(subject, "Tiga")
    await scene.until_log(subject, "complaints=1", "complaints=2", "complaints=3")
    await scene.order(other, "Satu")
    await scene.until_said(lambda s: len(s.said(other)) == 1 and len(s.said(subject)) >= 3)
    assert [number for number, _ in scene.said(subject)] == [1, 2, 3]
    assert scene.dead_letters() == []


async def test_early_numbers_wait_are_applied_in_order_and_raise_an_alarm_meanwhile(scene: Scene) -> None:
    with capture_logs() as lines:
        app = await scene.start(waiting_alarm_seconds=0.2)
        subject = uuid7()
        for number in (4, 2, 3):
            await scene.say(subject, Amended(), number=number)

        async def alarmed() -> bool:
            return any("waits for one that does not come" in line["event"] for line in lines)

        await scene.until(alarmed)
    alarm = next(line for line in lines if "does not come" in line["event"])
    assert alarm["log_level"] == "error"
    assert (alarm["subject"], alarm["topic"], alarm["waits_for"]) == (str(subject), COMPLAINTS, f"{COMPLAINTS}=1")
    _, metrics = await scene.get(app, "/metrics")
    assert "lapor_waiting 3.0" in metrics
    assert await scene.log(subject) == []
    await scene.say(subject, Amended(), number=1)
    await scene.until_log(subject, "complaints=1", "complaints=2", "complaints=3", "complaints=4")
    assert await scene.conn.fetchval("select count(*) from waiting") == 0


async def test_an_event_waits_for_what_it_names_in_after(scene: Scene) -> None:
    """Of another topic; a topic that the service does not read is nothing to wait for."""
    await scene.start()
    subject = uuid7()
    question = QuestionAsked(question="Di mana?")
    after = {COMPLAINTS: 2, "lapor.contacts": 9}
    await scene.say(subject, question, topic=ASSIGNMENTS, after=after)
    await scene.order(subject, "Satu", "Dua", "Tiga")
    await scene.until(lambda: _length(scene, subject, 4))
    log = await scene.log(subject)
    assert log.index("assignments=1") > log.index("complaints=2")
    assert sorted(log) == ["assignments=1", "complaints=1", "complaints=2", "complaints=3"]


async def test_behind_a_backlog_what_follows_is_read_after_what_it_follows_from(scene: Scene) -> None:
    """Two topics, all partitions, more than a batch holds: next to nothing has to wait in the database."""
    subjects = [uuid7() for _ in range(1_000)]
    for some in (subjects[n : n + 100] for n in range(0, len(subjects), 100)):
        await asyncio.gather(*(scene.order(subject, "Satu") for subject in some))
        question = QuestionAsked(question="Di mana?")
        await asyncio.gather(
            *(scene.say(subject, question, topic=ASSIGNMENTS, after={COMPLAINTS: 1}) for subject in some)
        )
    app = await scene.start(batch_records=200)

    async def applied() -> bool:
        done = "select count(*) from subject where json_array_length(plain->'log') = 2"
        return bool(await scene.conn.fetchval(done) == len(subjects))

    await scene.until(applied)
    waited = app.metrics.waits.labels(ASSIGNMENTS)._value.get()
    assert waited < len(subjects) / 20


async def _length(scene: Scene, subject: UUID, count: int) -> bool:
    return len(await scene.log(subject)) >= count


HOSTILE: dict[str, tuple[bytes, Change, str]] = {
    "number of 5,000 digits": (b'{"office": "ab"}', having("ce_sequence", b"9" * 5_000), "bad_header"),
    "header's name": (b'{"office": "ab"}', lambda h: [*h, (f"ce_\0{SECRET}", None)], "null_header"),
    "zero character": (b'{"office": "ab", "text": "\\u0000' + SECRET.encode() + b'"}', list, "nul_character"),
    "field": (b'{"office": "' + SECRET.encode() * 9 + b'"}', list, "invalid_body:string_pattern_mismatch"),
}  # fmt: skip


async def test_an_outsider_can_neither_stop_a_service_nor_plant_text_in_it(scene: Scene) -> None:
    app = await scene.start()
    subject = uuid7()
    await scene.order(subject, "Satu")
    await scene.until_log(subject, "complaints=1")
    event = OmbudsmanAcknowledged(office="ombudsman-64")
    for body, change, _ in HOSTILE.values():
        envelope = scene.envelope(subject, event, topic=EDGE)
        await scene.raw(EDGE, SECRET.encode(), body, change(encode(envelope)))
    trace = f"00-{SECRET}{SECRET[:15]}\0-b7ad6b7169203331-01"
    await scene.say(subject, event, topic=EDGE, traceparent=trace)
    await scene.until_log(subject, "complaints=1", EDGE.removeprefix("lapor."))
    await scene.until_said(lambda s: len(s.dead_letters()) == len(HOSTILE) and len(s.said(subject)) == 2)
    assert [letter.reason for letter in scene.dead_letters()] == [reason for _, _, reason in HOSTILE.values()]
    assert app.failure is None
    rows = await scene.conn.fetch("select * from dead_letter")
    assert {(row["key"], row["headers"], row["value"], row["parks"]) for row in rows} == {(None, None, None, False)}
    traces = [r.envelope.traceparent for r in scene.seen]
    written = [r.value.decode() for r in scene.seen if r.topic == DEAD_LETTERS]
    assert SECRET not in str([dict(row) for row in rows]) + str(traces) + str(written)


async def test_an_edge_event_for_an_unknown_complaint_or_of_an_unknown_type(scene: Scene) -> None:
    await scene.start()
    known, unknown = uuid7(), uuid7()
    await scene.order(known, "Satu")
    await scene.until_log(known, "complaints=1")
    event = OmbudsmanAcknowledged(office="ombudsman-64")
    newer: Envelope = scene.envelope(known, event, topic=EDGE, type="id.lapor.ombudsman-reply.praised.v1")
    await scene.raw(EDGE, b"x", b"{}", encode(newer))
    await scene.say(unknown, event, topic=EDGE)
    same = uuid7()
    await asyncio.gather(*(scene.say(known, event, topic=EDGE, id=same) for _ in range(3)))
    await scene.until_said(lambda s: len(s.dead_letters()) == 2 and len(s.said(known)) == 2)
    assert [letter.reason for letter in scene.dead_letters()] == ["unknown_type", "unknown_complaint"]
    assert await scene.conn.fetchval("select count(*) from subject where id = $1", unknown) == 0
