"""Intake over HTTP, on the real broker and database: an answer means committed, a repeat changes nothing."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
from lapor_chassis.clock import wall_now
from lapor_chassis.ids import uuid7
from lapor_contracts import assignments, complaints, replies
from lapor_contracts.base import Agency
from lapor_contracts.contacts import ContactSet
from lapor_deploy.stack import Stack
from lapor_intake.domain.tracking import tracking_id as make_id

from tests.support.intake import EMAIL, NAME, PHONE, PLANTED, World, complaint, running

# One running service for the file, as in life; each test brings complaints of its own.
pytestmark = [pytest.mark.component, pytest.mark.asyncio(loop_scope="module")]
# A killed process closes nothing.
left_open = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def world(stack: Stack) -> AsyncIterator[World]:
    async with running(stack) as world:
        yield world


async def test_a_complaint_gets_its_tracking_id_at_once_and_goes_out_without_identity(world: World) -> None:
    response = await world.post("", complaint(secret=True))
    assert response.status_code == 201
    answer = response.json()
    assert len(answer["tracking_id"]) == 10
    assert len(answer["access_code"]) == 8
    assert answer["missing"] == []
    subject = await world.app.pool.fetchval(
        "select complaint from tracking where tracking_id = $1", answer["tracking_id"]
    )
    (registered,) = await world.events("lapor.complaints", subject, 1)
    assert isinstance(registered.event, complaints.Registered)
    assert registered.envelope.number == 1
    assert registered.event.secret
    assert registered.event.has_contact
    assert registered.event.tracking_id == answer["tracking_id"]
    for value in PLANTED:
        assert value.lower() not in registered.value.decode().lower()
    (contact,) = await world.events("lapor.contacts", subject, 1)
    assert isinstance(contact.event, ContactSet)
    opened = world.contact(contact.event)
    assert (opened.name, opened.phone, opened.email) == (NAME, PHONE, EMAIL)
    assert registered.envelope.traceparent is not None
    assert contact.envelope.traceparent is not None
    assert registered.envelope.traceparent.split("-")[1] == contact.envelope.traceparent.split("-")[1]


async def test_reading_an_identity_is_recorded(world: World) -> None:
    subject, tracking_id, code = await world.registered()
    await world.events("lapor.contacts", subject, 1)
    await world.post(f"/{tracking_id}/replies", {"text": "Saya Siti, terima kasih"}, Access_Code=code)
    rows = await world.app.pool.fetch("select who, why from identity_read where complaint = $1 order by id", subject)
    assert [row["why"] for row in rows] == ["contact for the notifier", "redaction of the reporter's later text"]


async def test_without_contact_there_is_no_contact_event(world: World) -> None:
    subject, *_ = await world.registered(reporter={}, anonymous=True)
    (registered,) = await world.events("lapor.complaints", subject, 1)
    assert not registered.event.has_contact
    assert await world.app.pool.fetchval(
        "select written from subject where id = $1", subject
    ) == '{"lapor.complaints":1}'  # fmt: skip
    assert await world.app.pool.fetchval("select count(*) from identity where complaint = $1", subject) == 0


@left_open
async def test_the_same_key_is_answered_not_done_again(world: World) -> None:
    key = str(uuid7())
    first = await world.post("", complaint(), key=key)
    again = await world.post("", complaint(), key=key)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json() == again.json()
    await world.restart(kill=True)
    after = await world.post("", complaint(), key=key)
    assert after.status_code == 200
    assert after.json() == first.json()
    other = await world.post("", complaint(title="Yang lain"), key=key)
    assert other.status_code == 422
    assert other.json()["code"] == "key_reused"
    subject = await world.app.pool.fetchval(
        "select complaint from tracking where tracking_id = $1", first.json()["tracking_id"]
    )
    await world.events("lapor.complaints", subject, 1)
    assert await world.app.pool.fetchval("select count(*) from outbox where key = $1", str(subject)) == 2


async def test_the_same_key_many_times_at_once_is_one_complaint(world: World) -> None:
    key = str(uuid7())
    responses = await asyncio.gather(*(world.post("", complaint(), key=key) for _ in range(20)))
    assert sorted({response.status_code for response in responses}) in ([200, 201], [201])
    assert [response.status_code for response in responses].count(201) == 1
    assert len({response.json()["tracking_id"] for response in responses}) == 1


async def test_many_at_once_are_committed_together(world: World) -> None:
    responses = await asyncio.gather(*(world.post("", complaint()) for _ in range(100)))
    assert {response.status_code for response in responses} == {201}
    assert len({response.json()["tracking_id"] for response in responses}) == 100
    counts = await world.app.pool.fetch(
        "select xmin, count(*) as n from tracking where tracking_id = any($1) group by xmin::text, xmin",
        [response.json()["tracking_id"] for response in responses],
    )
    assert len(counts) < 50, f"100 requests took {len(counts)} transactions"


BAD_BODIES: list[tuple[bytes | dict[str, Any], int, str, list[str] | None]] = [
    (b"not json", 400, "not_json", None),
    (b"[1]", 400, "not_json", None),
    (b"\xff\xfe", 400, "not_json", None),
    (b"", 400, "not_json", None),
    ({"title": "Jalan"}, 422, "invalid", ["narrative"]),
    (complaint(title=""), 422, "invalid", ["title"]),
    (complaint(reporter={"phone": "bukan nomor"}), 422, "invalid", ["reporter.phone"]),
    (complaint(reporter={"nik": "9999999999999999"}), 422, "invalid", ["reporter.nik"]),
    (complaint(reporter={"email": "siti.wulandari"}), 422, "invalid", ["reporter.email"]),
    (complaint(narrative=f"{NAME} " * 2000), 422, "invalid", ["narrative"]),
    (complaint(place={"latitude": 91, "longitude": 0}), 422, "invalid", ["place.latitude"]),
    (complaint(occurred_on="2999-01-01"), 422, "invalid", ["occurred_on"]),
    (complaint(narrative="Nol \0 di jalan desa kami", title="\0"), 422, "invalid", ["title", "narrative"]),
    (complaint(reporter={"name": f"{NAME}\0"}), 422, "invalid", ["reporter.name"]),
    ({**complaint(), NAME: 1}, 422, "invalid", ["?"]),
    (complaint(tracking_id="1234567897"), 422, "invalid", ["?"]),
    (complaint(kind="withdraw"), 422, "invalid", ["kind"]),
    (b'{"title": "a", "narrative": "b", "place": {"latitude": NaN, "longitude": 1}}', 400, "not_json", None),
]


@pytest.mark.parametrize(("body", "status", "code", "fields"), BAD_BODIES, ids=range(len(BAD_BODIES)))
async def test_a_bad_body_is_answered_by_paths_never_by_what_it_says(
    world: World, body: Any, status: int, code: str, fields: list[str] | None
) -> None:
    response = await world.post("", body)
    assert response.status_code == status, response.text
    answer = response.json()
    assert response.headers["content-type"] == "application/problem+json"
    assert answer["code"] == code
    assert answer.get("fields") == fields
    assert answer["text_id"]
    assert answer["text_en"]
    for value in PLANTED:
        assert value not in response.text


async def test_other_wrong_requests(world: World) -> None:
    assert (await world.post("", complaint(), key="short")).status_code == 400
    assert (await world.http.post("/v1/complaints", json=complaint())).status_code == 400
    assert (
        await world.http.post("/v1/complaints", content=b"x", headers={"content-type": "text/plain"})
    ).status_code == 415
    assert (await world.http.get("/v1/nothing")).status_code == 404
    assert (await world.http.delete("/v1/complaints")).status_code == 405
    large = await world.post("", complaint(narrative="x" * (300 * 1024)))
    assert large.status_code == 413

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(300):
            yield b"x" * 1024

    streamed = await world.http.post(
        "/v1/complaints", content=chunks(), headers={"content-type": "application/json", "Idempotency-Key": "a" * 20}
    )
    assert streamed.status_code == 413
    assert (await world.post("", complaint(narrative="Lubang di jalan desa kami\ud83d\ude00"))).status_code == 201
    document = (await world.http.get("/openapi.json")).json()
    assert "/v1/complaints/{tracking_id}/reopenings" in document["paths"]


async def test_held_then_completed(world: World) -> None:
    subject, tracking_id, code = await world.registered(narrative="rusak", place={})
    first, held = await world.events("lapor.complaints", subject, 2)
    assert not first.event.complete
    assert held.event == complaints.Held(missing=("narrative", "place"))
    view = (await world.show(tracking_id, code)).json()
    assert view["status"] == {"code": "ON_HOLD", "text_id": "Ditunda", "text_en": "On hold"}
    assert [one["action"] for one in view["possible"]] == ["complete", "withdraw"]
    half = await world.post(f"/{tracking_id}/completions", {"place": {"area_code": "64.07"}}, Access_Code=code)
    assert (half.status_code, half.json()["fields"]) == (422, ["narrative"])
    denied = await world.post(f"/{tracking_id}/replies", {"text": "halo"}, Access_Code=code)
    assert denied.status_code == 409
    assert "melengkapi data" in denied.json()["text_id"]
    whole = {"place": {"area_code": "64.07"}, "narrative": f"Jalan di depan rumah {NAME} rusak berat."}
    done = await world.post(f"/{tracking_id}/completions", whole, Access_Code=f"{code[:4].lower()}-{code[4:]}")
    assert done.status_code == 200, done.text
    completed = (await world.events("lapor.complaints", subject, 3))[2]
    assert isinstance(completed.event, complaints.Completed)
    assert "Wulandari" not in completed.value.decode()
    assert completed.envelope.number == 3


AGENCY = Agency(code="6407-pupr", name="Dinas PUPR Kutai Barat", zone="WITA")
WHY = assignments.Explanation(
    rule="jalan", legal_basis="UU 23/2014", matrix_version="1", evidence=(), text_id="Jalan kabupaten", text_en="Road"
)


async def _resolved(world: World, subject: Any) -> None:
    now = wall_now()
    assigned = assignments.Assigned(agency=AGENCY, reason="authority", round=1, outlet_number=1, explanation=WHY)
    resolved = replies.Resolved(agency="6407-pupr", assignment=1, received_at=now, text="Sudah diperbaiki")
    # The reply comes first on purpose: it waits for the assignment.
    await world.core("router", "lapor.replies", subject, 1, resolved, assignments=1)
    await world.core("router", "lapor.assignments", subject, 1, assigned)


async def _status(world: World, tracking_id: str, code: str, wanted: str) -> dict[str, Any]:
    async with asyncio.timeout(20):
        while True:
            view: dict[str, Any] = (await world.show(tracking_id, code)).json()
            if view["status"]["code"] == wanted:
                return view
            await asyncio.sleep(0.05)


async def test_a_whole_life_and_its_view(world: World) -> None:
    subject, tracking_id, code = await world.registered()
    early = await world.post(f"/{tracking_id}/reopenings", {"reason": "Belum"}, Access_Code=code)
    assert early.status_code == 409
    await _resolved(world, subject)
    view = await _status(world, tracking_id, code, "RESOLVED")
    assert [line["code"] for line in view["timeline"]] == ["registered", "assigned", "resolved"]
    assert view["timeline"][1]["who"] == AGENCY.name
    rated = await world.post(f"/{tracking_id}/ratings", {"stars": 2, "comment": f"{NAME} kecewa"}, Access_Code=code)
    assert rated.status_code == 200
    reopened = await world.post(f"/{tracking_id}/reopenings", {"reason": f"Kata {NAME} belum"}, Access_Code=code)
    assert reopened.status_code == 200
    view = await _status(world, tracking_id, code, "REOPENED")
    assert (await world.post(f"/{tracking_id}/ratings", {"stars": 2}, Access_Code=code)).status_code == 409
    assert (await world.post(f"/{tracking_id}/withdrawals", b"", Access_Code=code)).status_code == 200
    read = await world.events("lapor.complaints", subject, 4)
    assert [type(one.event).__name__ for one in read] == ["Registered", "Rated", "Reopened", "Withdrawn"]
    assert [one.envelope.number for one in read] == [1, 2, 3, 4]
    assert read[2].event.assignment == 1
    assert dict(read[2].envelope.after) == {"lapor.assignments": 1, "lapor.replies": 1}
    assert not [value for value in PLANTED if value in b"".join(one.value for one in read).decode()]


async def test_a_repeated_action_is_done_once(world: World) -> None:
    subject, tracking_id, code = await world.registered()
    key = str(uuid7())
    for _ in range(2):
        assert (
            await world.post(f"/{tracking_id}/amendments", {"title": "Baru"}, key=key, Access_Code=code)
        ).status_code == 200
    assert (
        await world.post(f"/{tracking_id}/amendments", {"title": "Lain"}, key=key, Access_Code=code)
    ).status_code == 422
    await world.events("lapor.complaints", subject, 2)
    written = await world.app.pool.fetchval("select written ->> 'lapor.complaints' from subject where id = $1", subject)
    assert written == "2"


async def test_wrong_codes_are_slowed_down_for_real_and_for_invented_ids_alike(world: World) -> None:
    _, tracking_id, code = await world.registered()
    invented = make_id(123_456_789)
    wrong = ("0" if code[0] != "0" else "1") + code[1:]
    for shown in (tracking_id, invented):
        seen = [(await world.show(shown, wrong)).status_code for _ in range(7)]
        assert seen == [403] * 4 + [429] * 3
        response = await world.show(shown, wrong)
        assert int(response.headers["retry-after"]) >= 1
        posted = await world.post(f"/{shown}/replies", {"text": "halo"}, Access_Code=wrong)
        assert posted.status_code == 429
    assert (await world.show(tracking_id, code)).status_code == 429, "also the right one waits"
    await world.app.pool.execute("update access_attempt set blocked_until = now() where tracking_id = $1", tracking_id)
    assert (await world.show(tracking_id, code)).status_code == 200
    assert await world.app.pool.fetchval("select count(*) from access_attempt where tracking_id = $1", tracking_id) == 0
    assert (await world.show("1234567890", code)).status_code == 403
    assert (await world.http.get(f"/v1/complaints/{tracking_id}")).status_code == 401


async def test_overload_and_a_parked_complaint_are_told_to_come_again(world: World) -> None:
    subject, tracking_id, code = await world.registered()
    await world.app.pool.execute("update subject set parked_at = now() where id = $1", subject)
    response = await world.post(f"/{tracking_id}/replies", {"text": "halo"}, Access_Code=code)
    assert response.status_code == 503
    assert response.headers["retry-after"]
    await world.app.pool.execute("update subject set parked_at = null where id = $1", subject)
    usual = world.settings
    world.settings = usual.model_copy(update={"http_waiting": 1})
    await world.restart()
    responses = await asyncio.gather(*(world.post("", complaint()) for _ in range(40)))
    statuses = {response.status_code for response in responses}
    assert statuses == {201, 503}
    assert all(response.headers["retry-after"] for response in responses if response.status_code == 503)
    world.settings = usual
    await world.restart()
