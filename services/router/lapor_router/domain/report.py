"""The complaint's content: taken from intake's events, changed by the reporter, given to the agencies."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from lapor_contracts.agency import AgencyAmended, AgencyAssigned, AgencyReporterReplied
from lapor_contracts.assignments import Explanation
from lapor_contracts.base import Attachment, Place
from lapor_contracts.complaints import Amended, Completed, Registered, ReporterReplied

from lapor_router.domain.area import local_day, locate, zone_of
from lapor_router.domain.findings import Reading
from lapor_router.domain.policy import MAX_TOLD, MAX_TOLD_CHARACTERS
from lapor_router.domain.rules import Question
from lapor_router.domain.state import Answer, Evidence, Report, RouterState


def registered(event: Registered) -> Report:
    return Report(
        tracking_id=event.tracking_id,
        channel=event.channel,
        report_type=event.report_type,
        title=event.title,
        narrative=event.narrative,
        category=event.category,
        area_code=event.place.area_code,
        latitude=event.place.latitude,
        longitude=event.place.longitude,
        address=event.place.address,
        occurred_on=event.occurred_on,
        attachments=_kept(event.attachments),
        anonymous=event.anonymous,
        secret=event.secret,
        received_at=event.received_at,
    )


def completed(report: Report, event: Completed) -> Report:
    """Absent fields stay as they were; evidence is added."""
    return replace(
        _placed(report, event.place),
        narrative=event.narrative or report.narrative,
        occurred_on=event.occurred_on or report.occurred_on,
        attachments=_with(report.attachments, event.attachments),
    )


def amended(report: Report, event: Amended) -> Report:
    return replace(
        _placed(report, event.place),
        title=event.title or report.title,
        narrative=event.narrative or report.narrative,
        category=event.category or report.category,
        attachments=_with(report.attachments, event.attachments),
    )


def answered(state: RouterState, event: ReporterReplied, at: datetime) -> Report:
    """Kept for whoever has to decide, and for the agencies that follow."""
    lead = state.current.agency if state.current else None
    asked = state.asked[-1] if state.asked and lead is None else None
    given = (lead,) if lead else ()
    answer = Answer(event.text, _kept(event.attachments), asked, lead, at, given)
    return replace(state.report, answers=_latest((*state.report.answers, answer)))


def _latest(answers: tuple[Answer, ...]) -> tuple[Answer, ...]:
    """As many as are kept, without the oldest of a kind of which there are too many: a long talk with an agency does
    not push out what the decision rests on."""
    kept = list(answers)
    for talk in (True, False):
        alike = [answer for answer in kept if (answer.lead is not None) == talk]
        for oldest in alike[:-MAX_TOLD]:
            kept.remove(oldest)
    by_age = sorted(kept[:-1], key=lambda answer: answer.lead is None)  # stable: the talk's oldest first
    while by_age and sum(len(answer.text) for answer in kept) > MAX_TOLD_CHARACTERS:
        kept.remove(by_age.pop(0))
    return tuple(kept)


def given_to(report: Report, agency: str) -> tuple[Report, tuple[AgencyReporterReplied, ...]]:
    """What the agency does not have yet of what was written before it had the complaint, the oldest first; the report
    says that it has it."""
    news = [answer for answer in report.answers if agency not in answer.given]
    told = tuple(
        AgencyReporterReplied(
            text=answer.text, attachments=_given(answer.attachments), written_at=answer.at, written_to=answer.lead
        )
        for answer in news
    )
    known = tuple(replace(a, given=tuple(dict.fromkeys((*a.given, agency)))) for a in report.answers)
    return replace(report, answers=known), told


def place_is_open(report: Report, question: Question) -> bool:
    """Of what has to be somewhere, and nobody can say in which regency. A wish or a question needs no place."""
    return report.report_type == "complaint" and (question.area is None or question.area.regency is None)


def question(state: RouterState, now: datetime) -> Question:
    """The day of a complaint is the local one at its place, or WIB."""
    report, reading = state.report, state.reading
    area = reading.where.area if reading else locate(report.area_code)
    zone = zone_of(area.province if area else None)
    return Question(
        category=_category(reading) if reading else report.category,
        area=area,
        complaint_day=local_day(report.received_at, zone),
        today=local_day(now, zone),
        secret=report.secret,
        tried=state.declined_by,
        reading=reading,
    )


def _category(reading: Reading) -> str | None:
    return reading.about.guesses[0].category if reading.about.guesses else None


def for_agency(report: Report, explanation: Explanation, *, lead: bool) -> AgencyAssigned:
    """All that the agency needs."""
    return AgencyAssigned(
        tracking_id=report.tracking_id,
        lead=lead,
        report_type=report.report_type,
        title=report.title,
        narrative=report.narrative,
        category=report.category,
        place=_place(report),
        occurred_on=report.occurred_on,
        attachments=_given(report.attachments),
        anonymous=report.anonymous,
        secret=report.secret,
        received_at=report.received_at,
        explanation_id=explanation.text_id,
        explanation_en=explanation.text_en,
    )


def as_it_is_now(report: Report) -> AgencyAmended:
    return AgencyAmended(
        title=report.title,
        narrative=report.narrative,
        category=report.category,
        place=_place(report),
        occurred_on=report.occurred_on,
        attachments=_given(report.attachments),
    )


def _placed(report: Report, place: Place | None) -> Report:
    if place is None:
        return report
    return replace(
        report,
        area_code=place.area_code or report.area_code,
        latitude=report.latitude if place.latitude is None else place.latitude,
        longitude=report.longitude if place.longitude is None else place.longitude,
        address=place.address or report.address,
    )


def _place(report: Report) -> Place:
    return Place(
        area_code=report.area_code, latitude=report.latitude, longitude=report.longitude, address=report.address
    )


def _kept(attachments: tuple[Attachment, ...]) -> tuple[Evidence, ...]:
    return tuple(Evidence(a.id, a.media_type, a.size, a.sha256) for a in attachments)


def _given(evidence: tuple[Evidence, ...]) -> tuple[Attachment, ...]:
    return tuple(Attachment(id=e.id, media_type=e.media_type, size=e.size, sha256=e.sha256) for e in evidence)


def _with(known: tuple[Evidence, ...], more: tuple[Attachment, ...]) -> tuple[Evidence, ...]:
    """The same file handed in twice stays one."""
    ids = {evidence.id for evidence in known}
    return known + tuple(evidence for evidence in _kept(more) if evidence.id not in ids)
