"""What can become of a complaint, through all services, seen from outside only."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from lapor_chassis.ids import uuid7
from lapor_contracts import agency as outlet
from lapor_contracts import agency_replies, assignments, complaints, decisions, notifications, replies
from lapor_contracts.base import Place
from lapor_contracts.receipts import ReceiptAccepted, ReceiptRefused
from lapor_contracts.submissions import NewSubmission, Reopening, Reply, Reporter, Withdrawal

from tests.support.journey_persons import SEMBUAN
from tests.support.journey_play import Play, until

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(240)]
PUPR, DISKOMINFO, KOMDIGI = "6407-pupr", "6407-diskominfo", "komdigi"


def mail_address() -> str:
    """Of a reporter of this test alone."""
    return f"warga-{uuid7().hex}@warga.example"


def road(**changes: Any) -> dict[str, Any]:
    return {
        "title": "Jalan kampung rusak berat",
        "narrative": "Jalan kabupaten ke Kampung Sembuan berlubang sepanjang 300 meter, tidak bisa dilalui saat hujan.",
        "category": "jalan-rusak/kabupaten",
        "place": {"area_code": SEMBUAN},
        **changes,
    }


def internet(email: str) -> NewSubmission:
    return NewSubmission(
        title="Sinyal internet sangat lemah",
        narrative="Menara di Kampung Sembuan sering mati dan internet tidak dapat dipakai untuk sekolah.",
        category="jaringan/menara-internet",
        place=Place(area_code=SEMBUAN),
        reporter=Reporter(name="Markus Ding", email=email),
    )


async def test_no_wrong_door_and_reopened(play: Play) -> None:
    """Registered, assigned to A, declined for B, accepted, followed up, resolved, reopened, resolved again."""
    email = mail_address()
    filed = await play.hand_in(internet(email))
    first = await play.in_outlet(DISKOMINFO, filed, outlet.AgencyAssigned)
    await play.expect(filed, assignments.Assigned)
    await play.status_is(filed, "ASSIGNED")

    reason = "Layanan seluler adalah kewenangan pusat."
    await play.reply(
        DISKOMINFO, filed, agency_replies.AgencyDeclined(assignment=first.number, reason=reason, suggested=KOMDIGI)
    )
    await play.expect(filed, replies.Declined, agency=DISKOMINFO, suggested=KOMDIGI)
    await play.in_outlet(DISKOMINFO, filed, outlet.AgencyReleased, assignment=first.number, reason="declined")
    second = await play.in_outlet(KOMDIGI, filed, outlet.AgencyAssigned)
    again = await play.expect(filed, assignments.Assigned, nth=2)
    assert again.event.agency.code == KOMDIGI
    assert again.event.reason == "declined"
    await play.status_is(filed, "ASSIGNED")

    # Late, and of the round that is over: it cannot end the second one.
    late = await play.reply(DISKOMINFO, filed, agency_replies.AgencyDeclined(assignment=first.number, reason=reason))
    await play.in_outlet(DISKOMINFO, filed, outlet.AgencyReplyRejected, reply=late, reason="not_current")

    await play.reply(KOMDIGI, filed, agency_replies.AgencyAccepted(assignment=second.number))
    await play.expect(filed, replies.Accepted, agency=KOMDIGI, assignment=again.number)
    await play.status_is(filed, "ASSIGNED")
    await play.reply(
        KOMDIGI, filed, agency_replies.AgencyFollowedUp(assignment=second.number, text="Menara sedang diperiksa.")
    )
    await play.expect(filed, replies.FollowedUp, assignment=again.number)
    await play.status_is(filed, "IN_PROGRESS")
    await play.reply(KOMDIGI, filed, agency_replies.AgencyResolved(assignment=second.number, text="Sudah menyala."))
    await play.expect(filed, replies.Resolved, assignment=again.number)
    await play.status_is(filed, "RESOLVED")

    wrong = await play.submit(Reopening(tracking_id=filed.tracking_id, access_code="00000000", reason="Masih mati."))
    assert isinstance(wrong, ReceiptRefused)
    assert wrong.reason == "wrong_access_code"
    reopening = Reopening(tracking_id=filed.tracking_id, access_code=filed.access_code, reason="Masih mati.")
    assert isinstance(await play.submit(reopening), ReceiptAccepted)
    await play.expect(filed, complaints.Reopened, assignment=again.number)
    third = await play.in_outlet(KOMDIGI, filed, outlet.AgencyAssigned, nth=2)
    once_more = await play.expect(filed, assignments.Assigned, nth=3)
    assert once_more.event.agency.code == KOMDIGI
    assert once_more.event.reason == "reopened"
    await play.status_is(filed, "ASSIGNED")
    await play.reply(
        KOMDIGI, filed, agency_replies.AgencyResolved(assignment=third.number, text="Suku cadang diganti.")
    )
    await play.expect(filed, replies.Resolved, nth=2)
    await play.status_is(filed, "RESOLVED")
    await play.shown_as(filed, "RESOLVED")
    assert len(play.core.of(filed.complaint)) == len(
        {(r.topic, r.envelope.number) for r in play.core.of(filed.complaint)}
    )
    await _told(
        play, filed.tracking_id, email,
        {
            "Your complaint was received": 1, "Complaint assigned": 3, "Follow-up on your complaint": 1,
            "Your complaint was resolved": 2,
        },
    )  # fmt: skip


async def _told(play: Play, tracking_id: str, email: str, wanted: dict[str, int]) -> None:
    """The reporter got these mails and no other, each once, and the public record says that they were sent."""
    mails = await play.world.mailbox.until(lambda found: len(found) >= sum(wanted.values()), email)
    assert Counter(mail.kind for mail in mails) == wanted
    assert len({mail.id for mail in mails}) == len(mails)
    assert all(tracking_id in mail.subject for mail in mails)
    wanted_ids = {mail.id for mail in mails}

    def all_sent() -> bool:
        sent = {str(r.event.delivery) for r in play.core.reads if isinstance(r.event, notifications.Sent)}
        return sent >= wanted_ids

    assert await until(play.core, all_sent, 20)


async def test_incomplete_over_http_is_held_and_completed(play: Play) -> None:
    email, key = mail_address(), str(uuid7())
    body = road(narrative="Rusak parah!", place={}, reporter={"name": "Yohana Lawing", "email": email})
    answer = await play.post("", body, key=key)
    assert answer.status_code == 201, answer.text
    repeated = await play.post("", body, key=key)
    assert (repeated.status_code, repeated.json()) == (200, answer.json())
    other = await play.post("", road(), key=key)
    assert other.status_code == 422
    assert answer.json()["missing"] == ["narrative", "place"]
    filed = await play.registered(answer.json()["tracking_id"], answer.json()["access_code"])
    await play.expect(filed, complaints.Held, missing=("narrative", "place"))
    await play.status_is(filed, "ON_HOLD")
    await play.shown_as(filed, "ON_HOLD")

    whole = {"place": {"area_code": SEMBUAN}, "narrative": road()["narrative"]}
    completion = await play.act(filed, "completions", whole)
    assert completion.status_code == 200, completion.text
    await play.expect(filed, complaints.Completed)
    assigned = await play.expect(filed, assignments.Assigned)
    assert assigned.event.agency.code == PUPR
    told = await play.in_outlet(PUPR, filed, outlet.AgencyAssigned)
    assert told.event.place.area_code == SEMBUAN
    await play.status_is(filed, "ASSIGNED")
    await _told(
        play, filed.tracking_id, email,
        {"Your complaint was received": 1, "Please complete your complaint": 1, "Complaint assigned": 1},
    )  # fmt: skip
    ids = [r.event.tracking_id for r in play.core.reads if isinstance(r.event, complaints.Registered)]
    assert ids.count(filed.tracking_id) == 1
    assert len(play.world.mailbox.mails(email)) == 3


async def test_a_bare_sms_is_asked_where_and_its_answer_finds_the_agency(play: Play) -> None:
    email = mail_address()
    text = "Jalan kabupaten berlubang sepanjang 300 meter, tidak bisa dilalui saat hujan."
    sms = NewSubmission.model_validate(road(title="SMS", narrative=text, place={}, reporter={"email": email}))
    filed = await play.hand_in(sms)
    asked = await play.expect(filed, assignments.NeedsDecision, why="no_area")
    question = await play.expect(filed, assignments.QuestionAsked)
    assert "kabupaten atau kota" in question.event.question
    await play.status_is(filed, "UNVERIFIED")

    answer = Reply(tracking_id=filed.tracking_id, access_code=filed.access_code, text="Kampung Sembuan, Kutai Barat")
    assert isinstance(await play.submit(answer), ReceiptAccepted)
    assigned = await play.expect(filed, assignments.Assigned, reason="authority")
    assert assigned.event.agency.code == PUPR and assigned.number > asked.number
    told = await play.in_outlet(PUPR, filed, outlet.AgencyAssigned)
    said = await play.in_outlet(PUPR, filed, outlet.AgencyReporterReplied, text="Kampung Sembuan, Kutai Barat")
    assert (told.event.narrative, said.number) == (text, told.number + 1)
    await play.status_is(filed, "ASSIGNED")
    await _told(
        play, filed.tracking_id, email,
        {"Your complaint was received": 1, "A question about your complaint": 1, "Complaint assigned": 1},
    )  # fmt: skip


async def test_withdrawn(play: Play) -> None:
    filed = await play.hand_in(NewSubmission.model_validate(road()))
    assigned = await play.expect(filed, assignments.Assigned)
    number = (await play.in_outlet(PUPR, filed, outlet.AgencyAssigned)).number
    withdrawal = Withdrawal(tracking_id=filed.tracking_id, access_code=filed.access_code, reason="Sudah diperbaiki.")
    assert isinstance(await play.submit(withdrawal), ReceiptAccepted)
    await play.expect(filed, complaints.Withdrawn)
    await play.expect(filed, assignments.Released, assignment=assigned.number, reason="withdrawn")
    await play.in_outlet(PUPR, filed, outlet.AgencyWithdrawn)
    await play.status_is(filed, "ARCHIVED")
    reply = await play.reply(PUPR, filed, agency_replies.AgencyAccepted(assignment=number))
    await play.in_outlet(PUPR, filed, outlet.AgencyReplyRejected, reply=reply, reason="already_closed")
    answer = await play.act(filed, "amendments", {"title": "Jalan rusak lagi"})
    assert answer.status_code == 409, answer.text


async def test_what_the_router_cannot_decide_a_person_decides(play: Play) -> None:
    body = road()
    del body["category"]
    filed = await play.hand_in(NewSubmission.model_validate(body))
    asked = await play.expect(filed, assignments.NeedsDecision)
    assert asked.event.why == "no_category"
    await play.status_is(filed, "UNVERIFIED")
    await play.decide(
        filed, decisions.DecisionRouted(decided_by="admin provinsi", agency=PUPR, reason="Jalan kabupaten.")
    )
    assigned = await play.expect(filed, assignments.Assigned)
    assert (assigned.event.agency.code, assigned.event.reason) == (PUPR, "decision")
    number = (await play.in_outlet(PUPR, filed, outlet.AgencyAssigned)).number
    await play.status_is(filed, "ASSIGNED")
    await play.reply(PUPR, filed, agency_replies.AgencyAccepted(assignment=number))
    await play.expect(filed, replies.Accepted, agency=PUPR)
