"""Identities where nothing should be: in broken bodies, in headers, in paths, on every way in."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx
from lapor_chassis.clock import wall_now
from lapor_chassis.ids import uuid7
from lapor_contracts import agency_replies, decisions
from lapor_contracts.base import Attachment
from lapor_contracts.envelope import Envelope, encode
from lapor_contracts.ombudsman_replies import OmbudsmanReprimanded
from lapor_contracts.operations import DeadLetter
from lapor_contracts.receipts import ReceiptRefused
from lapor_contracts.submissions import NewSubmission, SubmissionSealed
from lapor_deploy.channel import public_key
from lapor_deploy.wiring import key_file
from lapor_intake.seal import sealer

from tests.support.journey import Filed, World
from tests.support.journey_leaks import Place
from tests.support.journey_persons import PLANTED, THIRD
from tests.support.journey_places import Position
from tests.support.journey_play import DEADLINE_SECONDS, Play, until

Headers = list[tuple[str, bytes | None]]
WORDS = PLANTED.written() + THIRD.numbers()


@dataclass
class Broken:
    """A record that cannot be taken."""

    principal: str
    topic: str
    value: bytes | None
    kind: str
    headers: dict[str, bytes | None] = field(default_factory=dict)
    subject: str = "app"
    key: bytes = PLANTED.phone.encode()

    def all_headers(self) -> Headers:
        """A proper envelope, but for what is changed."""
        envelope = Envelope(
            id=uuid7(), type=self.kind, source="urn:lapor:test", subject=self.subject,
            time=wall_now(),
        )  # fmt: skip
        proper: dict[str, bytes | None] = dict(encode(envelope))
        return list({**proper, "baggage": PLANTED.email.encode(), **self.headers}.items())


async def on_topics(play: Play, filed: Filed) -> set[Position]:
    """All become dead letters; where they stand, for there stands what the outsiders themselves wrote."""
    photo = Attachment(id=f"KTP {PLANTED.nik}", media_type="image/jpeg", size=1, sha256="0" * 64)
    receipt = await play.submit(
        NewSubmission(title="Jalan", narrative=WORDS, reporter=PLANTED.reporter, attachments=(photo,))
    )
    assert isinstance(receipt, ReceiptRefused)
    assert receipt.fields == ("attachments.0.id",)
    sent = set()
    for broken in [*_submissions(play.world), *_replies(filed), *_others(filed)]:
        producer = await play.producers.of(broken.principal)
        at = await producer.send_and_wait(
            broken.topic, key=broken.key, value=broken.value, headers=broken.all_headers()
        )
        sent.add((at.topic, at.partition, at.offset))

    def buried() -> set[Position]:
        letters = [read.event for read in play.dead.reads]
        return {(d.topic, d.partition, d.offset) for d in letters if isinstance(d, DeadLetter)}

    done = await until(play.dead, lambda: buried() >= sent, DEADLINE_SECONDS)
    assert done, f"no dead letter of {sent - buried()}"
    return sent


def _submissions(world: World) -> Iterator[Broken]:
    def one(value: bytes | None, kind: str = SubmissionSealed.type, /, **headers: bytes | None) -> Broken:
        names = {name if name in ("traceparent",) else f"ce_{name}": value for name, value in headers.items()}
        return Broken("channel-app", "lapor.submissions.app", value, kind, names)

    key = public_key(key_file(world.stack, "intake", "sealing.public.jwk"))

    def sealed(body: Any) -> bytes:
        plain = body if isinstance(body, bytes) else json.dumps(body).encode()
        return SubmissionSealed(sealed=sealer(key).seal(plain)).model_dump_json().encode()

    name, email, nik = PLANTED.name.encode(), PLANTED.email.encode(), PLANTED.nik.encode()
    yield one(WORDS.encode())
    yield one(json.dumps({"narrative": WORDS, "reporter": PLANTED.form}).encode())
    yield one(json.dumps({"sealed": WORDS}).encode())
    yield one(sealed(WORDS.encode()))
    yield one(sealed({"kind": PLANTED.email, "title": WORDS}))
    yield one(sealed({
        "kind": "new", "title": WORDS * 5, "narrative": WORDS, "category": PLANTED.nik, PLANTED.email: PLANTED.name,
        "reporter": {"name": [PLANTED.name], "nik": f"{PLANTED.nik}-{PLANTED.name}", PLANTED.nik: 1},
        "attachments": [{"id": PLANTED.nik, "media_type": PLANTED.email, "size": PLANTED.phone, "sha256": "x"}],
    }))  # fmt: skip
    good = sealed({"kind": "new", "title": "Jalan", "narrative": WORDS, "reporter": PLANTED.form})
    yield one(good, PLANTED.email)
    yield one(good, id=nik)
    yield one(good, time=PLANTED.phone.encode())
    yield one(good, specversion=name)
    yield one(good, sequence=nik)
    yield one(good, after=b"lapor." + email + b"=" + name)
    yield one(good, source=None)
    yield one(good, subject=email + b"\xff")
    yield one(good, **{PLANTED.email: None})
    yield one(None, traceparent=name, source=email)


def _replies(filed: Filed) -> Iterator[Broken]:
    accepted = agency_replies.AgencyAccepted(assignment=1).model_dump_json().encode()
    complaint = str(filed.complaint)

    def one(value: bytes, subject: str = complaint, kind: str = agency_replies.AgencyFollowedUp.type) -> Broken:
        return Broken("agency-6407-pupr", "lapor.agency-replies.6407-pupr", value, kind, subject=subject)

    yield one(accepted, PLANTED.email, agency_replies.AgencyAccepted.type)
    yield one(accepted, str(uuid7()), agency_replies.AgencyAccepted.type)
    yield one(json.dumps({"assignment": PLANTED.nik + "x", "text": WORDS}).encode())
    yield one(json.dumps({"assignment": 1, "text": WORDS * 200}).encode())
    yield one(json.dumps({"assignment": 1, "text": WORDS, "attachments": [{"id": PLANTED.nik}]}).encode())
    yield one(WORDS.encode())


def _others(filed: Filed) -> Iterator[Broken]:
    complaint = str(filed.complaint)
    reprimand, routed = OmbudsmanReprimanded.type, decisions.DecisionRouted.type
    for value, subject in (
        (json.dumps({"office": PLANTED.name, "text": WORDS}).encode(), complaint),
        (json.dumps({"office": "ombudsman-64", "text": WORDS}).encode(), complaint),
        (json.dumps({"office": "ombudsman-64", "text": WORDS}).encode(), PLANTED.email),
        (WORDS.encode(), complaint),
    ):
        yield Broken("ombudsman", "lapor.ombudsman.replies", value, reprimand, subject=subject)
    for value, subject in (
        (json.dumps({"decided_by": WORDS * 5, "agency": PLANTED.email, "reason": WORDS}).encode(), complaint),
        (json.dumps({"decided_by": WORDS[:100], "agency": "6407-pupr", "reason": WORDS}).encode(), complaint),
        (json.dumps({"decided_by": "admin", "agency": "6407-pupr", "reason": WORDS}).encode(), PLANTED.email),
    ):
        yield Broken("decider", "lapor.decisions", value, routed, subject=subject)


async def over_http(play: Play, filed: Filed) -> list[Place]:
    """The answers, whole."""
    answers = []
    good = {"title": "Jalan", "narrative": WORDS, "reporter": PLANTED.form}
    photo = {"id": f"KTP {PLANTED.nik}", "media_type": "image/jpeg", "size": 1, "sha256": "0" * 64}
    for body in (
        WORDS.encode(),
        b"\xff" + WORDS.encode(),
        b"{" + WORDS.encode() + b"}",
        json.dumps(WORDS).encode(),
        {**good, PLANTED.email: PLANTED.name},
        {**good, "reporter": {"nik": PLANTED.nik + "0", "phone": PLANTED.name, "email": PLANTED.name}},
        {**good, "narrative": THIRD.numbers(), "reporter": {PLANTED.nik: PLANTED.name}},
        {**good, "category": PLANTED.email, "place": {"area_code": PLANTED.nik}, "occurred_on": PLANTED.name},
        {**good, "attachments": [photo]},
        {**good, "narrative": WORDS * 2000},
        {**good, "title": PLANTED.name + "\u0000"},
    ):
        answers.append(await play.post("", body))
    tracking_id = filed.tracking_id
    answers.append(await play.post("", good, key=PLANTED.email[:7]))
    answers.append(await play.post(f"/{PLANTED.email}/replies", {"text": WORDS}, access_code=PLANTED.nik))
    answers.append(await play.post(f"/{tracking_id}/replies", {"text": WORDS}, access_code=PLANTED.email))
    answers.append(await play.post(f"/{tracking_id}/replies", {"text": WORDS}, access_code="00000000"))
    answers.append(await play.post(f"/{tracking_id}/{PLANTED.nik}", {"text": WORDS}))
    answers.append(await play.post("", good, content_type=PLANTED.email))
    answers.append(await play.post("", b"[]", traceparent=PLANTED.name, tracestate=PLANTED.email))
    answers.append(await play.http.get(f"/v1/complaints/{PLANTED.nik}?name={PLANTED.name}"))
    answers.append(await play.http.get(f"/{PLANTED.email}", params={"nik": PLANTED.nik}))
    answers.append(await play.http.request("DELETE", f"/v1/complaints/{tracking_id}", params={"who": PLANTED.name}))
    statuses = [answer.status_code for answer in answers]
    # One is taken: what a form says about the reporter beyond the four fields is ignored.
    assert (max(statuses) < 500, sum(status < 400 for status in statuses)) == (True, 1), statuses
    places = [Place("answer", _where(answer), str(answer.headers).encode() + answer.content) for answer in answers]
    return [*places, Place("answer", "not HTTP", await _not_http(play.world))]


def _where(answer: httpx.Response) -> str:
    """Without the path, which is what was sent."""
    return f"{answer.request.method} {answer.status_code}"


async def _not_http(world: World) -> bytes:
    """What a server says to somebody who speaks something else."""
    reader, writer = await asyncio.open_connection("127.0.0.1", world.stack.http_port("intake"))
    try:
        writer.write(f"{PLANTED.name} {PLANTED.email}\r\n{WORDS}\r\n\r\n".encode())
        await writer.drain()
        return await asyncio.wait_for(reader.read(), 10)
    finally:
        writer.close()
        await writer.wait_closed()
