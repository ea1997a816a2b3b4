"""What is handed in: a complaint as the web form and as a sealed submission, and every way of getting it wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from random import Random
from typing import Any
from uuid import UUID

from joserfc.jwk import OKPKey
from lapor_chassis.clock import wall_now, wall_seconds
from lapor_chassis.ids import uuid7
from lapor_contracts.envelope import Envelope, Headers, encode
from lapor_contracts.submissions import SubmissionSealed
from lapor_deploy import channel as channels
from lapor_deploy.stack import Stack
from lapor_deploy.wiring import key_file

from tests.chaos.journal import TITLE
from tests.chaos.plan import Complaint

TOO_LARGE_LETTERS = 300_000
OLD_SECONDS = 40 * 24 * 3600  # ids are taken for 30 days
SPEC_VERSION = "ce_specversion"
_NARRATIVE = "Sudah lama begini dan belum ada yang datang melihat keadaan di kampung kami, laporan ini nomor {n}."
_TOO_SHORT = "Masih begitu, laporan {n}."  # nor a place: held


def form(complaint: Complaint) -> dict[str, Any]:
    """As JSON; wrong where the plan says so and the fault is one of fields."""
    body: dict[str, Any] = {
        "report_type": complaint.report_type,
        "title": f"Mohon ditindaklanjuti, {TITLE.format(n=complaint.n)}",
        "narrative": (_NARRATIVE if complaint.place else _TOO_SHORT).format(n=complaint.n),
        "place": {"area_code": complaint.place} if complaint.place else {},
        "anonymous": complaint.anonymous,
        "reporter": {"name": "Warga Kampung", **({"email": complaint.email} if complaint.email else {})},
    }
    if complaint.category:
        body["category"] = complaint.category
    match complaint.malformed:
        case "no_title":
            del body["title"]
        case "bad_nik":
            body["reporter"]["nik"] = "6407169913910003"  # a month 91 on a day 99
        case "unknown_field":
            body["rahasia"] = True
        case "bad_area":
            body["place"] = {"area_code": "Kutai Barat"}
        case "too_large":
            body["narrative"] = "x" * TOO_LARGE_LETTERS
    return body


def over_http(complaint: Complaint) -> bytes:
    whole = json.dumps(form(complaint)).encode()
    return whole[: len(whole) // 2] if complaint.malformed == "not_json" else whole


@dataclass(frozen=True, slots=True)
class Sealed:
    """A record for a channel's topic. `named`: its receipt names the id, else where the record stands."""

    id: UUID
    value: bytes
    headers: Headers
    named: bool = True


class Sealer:
    def __init__(self, stack: Stack) -> None:
        self._key = channels.public_key(key_file(stack, "intake", "sealing.public.jwk"))
        self._stranger = OKPKey.generate_key("X25519")

    def submission(self, complaint: Complaint) -> Sealed:
        submission = _id(complaint)
        key = self._stranger if complaint.malformed == "cannot_open" else self._key
        plain = json.dumps({"kind": "new", **form(complaint)}).encode()
        value = channels.seal_bytes(key, plain).model_dump_json().encode()
        envelope = Envelope(
            id=submission, type=SubmissionSealed.type, source=f"urn:lapor:channel-{complaint.channel}",
            subject=complaint.channel, time=wall_now(),
        )  # fmt: skip
        headers = encode(envelope)
        if complaint.malformed == "not_json":
            value = value[:-1]
        if complaint.malformed == "no_header":
            return Sealed(submission, value, [h for h in headers if h[0] != SPEC_VERSION], named=False)
        return Sealed(submission, value, headers)


def _id(complaint: Complaint) -> UUID:
    """The one thing of a run that is not of its plan: the time is in it."""
    chance = Random(uuid7().int)  # noqa: S311 - an id, not a secret
    if complaint.malformed == "no_uuid7":
        return UUID(int=chance.getrandbits(128), version=4)
    if complaint.malformed == "old_id":
        made = int((wall_seconds() - OLD_SECONDS) * 1000)
        return UUID(int=made << 80 | 7 << 76 | chance.getrandbits(12) << 64 | 2 << 62 | chance.getrandbits(62))
    return uuid7()
