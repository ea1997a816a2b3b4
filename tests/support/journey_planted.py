"""Complaints whose writers, and whose officers, write identities wherever a text can be written."""

from __future__ import annotations

from typing import Any

from lapor_contracts import agency as outlet
from lapor_contracts import agency_replies, alerts, assignments, complaints, decisions, escalations, replies
from lapor_contracts.base import Attachment, Place
from lapor_contracts.ombudsman_replies import (
    OmbudsmanAcknowledged,
    OmbudsmanCaseClosed,
    OmbudsmanClarificationAsked,
    OmbudsmanReprimanded,
)
from lapor_contracts.submissions import NewSubmission, Rating, Reply

from tests.support.journey import Filed
from tests.support.journey_leaks import Place as Found
from tests.support.journey_persons import PLANTED, PLANTED_APP, SEMBUAN, THIRD
from tests.support.journey_play import Play

# A word that may be found: it shows that the search looks where it should.
MARK = "Penandakelabau"
PUPR, DLH, OFFICE = "6407-pupr", "6407-dlh", "ombudsman-64"
LADDER_SECONDS = 150.0


async def over_http(play: Play, answers: list[Found]) -> Filed:
    """Held, completed, asked where, answered, amended, followed up, answered, resolved, rated, reopened, declined,
    decided, withdrawn."""
    mine, officers = PLANTED.written(), PLANTED.numbers() + THIRD.numbers()
    body = {
        "title": f"{MARK}: jalan depan rumah {PLANTED.name} 0{PLANTED.phone_digits}",
        "narrative": f"{PLANTED.name} 0{PLANTED.phone_digits}!",
        "category": "jalan-rusak/kabupaten",
        "place": {},
        "reporter": PLANTED.form,
    }
    answer = await play.post("", body, key=f"kunci-{PLANTED.email}", user_agent=PLANTED.nik, baggage=PLANTED.email)
    assert answer.status_code == 201, answer.text
    filed = await play.registered(answer.json()["tracking_id"], answer.json()["access_code"])
    await play.expect(filed, complaints.Held, missing=("narrative", "place"))
    address = f"samping rumah {PLANTED.name.split()[0]}, hubungi 0{PLANTED.phone_digits}"
    narrative = f"{MARK}. {mine}{THIRD.numbers()}Jalan kabupaten berlubang sepanjang 300 meter."
    await _act(play, filed, answers, "completions", {"place": {"address": address}, "narrative": narrative})
    await play.expect(filed, assignments.QuestionAsked)
    await _act(play, filed, answers, "replies", {"text": f"{mine}Di Kampung Sembuan, Kutai Barat."})
    first = (await play.in_outlet(PUPR, filed, outlet.AgencyAssigned)).number
    await _act(
        play,
        filed,
        answers,
        "amendments",
        {"title": f"{MARK} {PLANTED.name}", "narrative": f"{MARK} {mine}Tambah parah sejak hujan."},
    )
    await play.in_outlet(PUPR, filed, outlet.AgencyAmended)
    photo = Attachment(id=f"foto {PLANTED.nik} {PLANTED.email}", media_type="image/jpeg", size=1000, sha256="0" * 64)
    await play.reply(
        PUPR, filed, agency_replies.AgencyFollowedUp(assignment=first, text=officers, attachments=(photo,))
    )
    await play.expect(filed, replies.FollowedUp)
    await _act(play, filed, answers, "replies", {"text": mine})
    await play.in_outlet(PUPR, filed, outlet.AgencyReporterReplied, nth=2)
    await play.reply(PUPR, filed, agency_replies.AgencyResolved(assignment=first, text=officers, attachments=(photo,)))
    await play.expect(filed, replies.Resolved)
    await play.shown_as(filed, "RESOLVED")
    await _act(play, filed, answers, "ratings", {"stars": 1, "comment": mine})
    await _act(play, filed, answers, "reopenings", {"reason": mine})
    again = (await play.in_outlet(PUPR, filed, outlet.AgencyAssigned, nth=2)).number
    await play.reply(PUPR, filed, agency_replies.AgencyDeclined(assignment=again, reason=officers))
    await play.expect(filed, assignments.NeedsDecision, nth=2)
    await play.decide(filed, decisions.DecisionAsked(decided_by=f"admin {THIRD.phone}", question=officers))
    await play.expect(filed, assignments.QuestionAsked, nth=2)
    await play.decide(
        filed, decisions.DecisionRouted(decided_by=f"admin {THIRD.email}", agency=DLH, reason=f"{MARK} {officers}")
    )
    await play.in_outlet(DLH, filed, outlet.AgencyAssigned)
    answers.append(Found("answer", "view", (str(await play.view(filed))).encode()))
    await _act(play, filed, answers, "withdrawals", {"reason": mine})
    await play.expect(filed, complaints.Withdrawn)
    await play.in_outlet(DLH, filed, outlet.AgencyWithdrawn)
    return filed


async def _act(play: Play, filed: Filed, answers: list[Found], action: str, body: dict[str, Any]) -> None:
    answer = await play.act(filed, action, body)
    answers.append(Found("answer", action, str(answer.headers).encode() + answer.content))
    assert answer.status_code == 200, (action, answer.text)


async def through_a_channel(play: Play) -> Filed:
    """Sealed, anonymous; answered and rated through the channel; out of scope in the end."""
    mine, officers = PLANTED_APP.written(), PLANTED_APP.numbers() + THIRD.numbers()
    body = NewSubmission(
        title=f"{MARK}: {PLANTED_APP.name}", narrative=f"{MARK}. {mine}{THIRD.numbers()}Tidak ada yang mengurus.",
        place=Place(area_code=SEMBUAN, address=f"RT 3, {PLANTED_APP.name}"), anonymous=True,
        reporter=PLANTED_APP.reporter,
    )  # fmt: skip
    filed = await play.hand_in(body)
    await play.expect(filed, assignments.NeedsDecision)
    await play.decide(filed, decisions.DecisionAsked(decided_by="admin provinsi", question=officers))
    await play.expect(filed, assignments.QuestionAsked)
    code = {"tracking_id": filed.tracking_id, "access_code": filed.access_code}
    await play.submit(Reply(text=mine, **code))
    await play.expect(filed, complaints.ReporterReplied)
    await play.decide(
        filed,
        decisions.DecisionOutOfScope(
            decided_by="admin provinsi",
            reason="personal",
            pointed_to=f"kantor, {THIRD.phone}, {THIRD.email}",
            text=officers,
        ),
    )
    await play.expect(filed, assignments.OutOfScope)
    await play.submit(Rating(stars=2, comment=mine, **code))
    return filed


async def before_the_ombudsman(play: Play) -> Filed:
    """The one that no agency answered: what the Ombudsman and at last the agency write about it."""
    filed = await play.registered(*play.world.silent["planted"])
    await play.expect(filed, alerts.Alerted, seconds=LADDER_SECONDS, assignment=1)
    officers = f"{MARK} {PLANTED.numbers()}{THIRD.numbers()}"
    number = (await play.in_outlet(DLH, filed, outlet.AgencyAssigned)).number
    await play.ombudsman(filed, OmbudsmanAcknowledged(office=OFFICE))
    await play.ombudsman(filed, OmbudsmanClarificationAsked(office=OFFICE, text=officers))
    await play.expect(filed, escalations.ClarificationAsked)
    await play.reply(DLH, filed, agency_replies.AgencyFollowedUp(assignment=number, text=officers))
    await play.expect(filed, replies.FollowedUp)
    await play.ombudsman(filed, OmbudsmanReprimanded(office=OFFICE, text=officers))
    await play.in_outlet(DLH, filed, outlet.AgencyReprimanded)
    await play.ombudsman(filed, OmbudsmanCaseClosed(office=OFFICE, text=officers))
    await play.expect(filed, escalations.CaseClosed)
    return filed
