"""A letter's words: a template of texts/ filled with what the event says."""

from __future__ import annotations

import textwrap
from collections.abc import Callable, Mapping
from string import Template
from typing import Any

from lapor_contracts import alerts, assignments, complaints, escalations, replies
from lapor_contracts.base import Event

from lapor_notifier.domain import phrases
from lapor_notifier.domain.letter import Letter, Text
from lapor_notifier.domain.policy import LINE_WIDTH
from lapor_notifier.domain.proof import proof_text
from lapor_notifier.domain.zones import local_en, local_id

SUBJECT = "Subject: "
FOOTER = "_footer"
HIDDEN = "(rahasia / secret)"
NOT_GIVEN = "-"
Values = dict[str, str]


def compose(letter: Letter, templates: Mapping[str, str]) -> Text:
    """`templates`: texts by name; the first line of each is its subject. Raises KeyError for a value that a
    template wants and the event does not have: a bug that the tests find."""
    values = _common(letter) | VALUES.get(type(letter.event), _nothing)(letter, letter.event)
    head, _, body = templates[letter.template].partition("\n")
    subject = Template(head.removeprefix(SUBJECT)).substitute(values)
    text = Template(body.strip("\n") + "\n\n" + templates[FOOTER]).substitute(values)
    return Text(subject=" ".join(subject.split()), body=text)


def _common(letter: Letter) -> Values:
    complaint = letter.complaint
    type_id, type_en = phrases.REPORT_TYPE[complaint.report_type]
    return {
        "tracking_id": complaint.tracking_id,
        "type_id": type_id,
        "type_en": type_en,
        "title": wrapped(complaint.title) if letter.may_hold_content else HIDDEN,
        "content": _content(letter),
        "agency": letter.agency or NOT_GIVEN,
        "recipient": letter.name_of(letter.recipient) if letter.recipient else NOT_GIVEN,
        "received_id": local_id(complaint.received_at, letter.zone),
        "received_en": local_en(complaint.received_at, letter.zone),
    }


def _content(letter: Letter) -> str:
    complaint = letter.complaint
    if not letter.may_hold_content:
        return HIDDEN
    return "\n".join(
        (
            f"Judul / Title: {complaint.title}",
            f"Kategori / Category: {complaint.category or NOT_GIVEN}",
            f"Tempat / Place: {complaint.address or NOT_GIVEN} ({complaint.area_code or NOT_GIVEN})",
            f"Tanggal kejadian / Date of the event: {complaint.occurred_on or NOT_GIVEN}",
            f"Lampiran / Attachments: {complaint.attachments}",
            "",
            wrapped(complaint.narrative),
        )
    )


def wrapped(text: str) -> str:
    """Free text in lines that a mail may have; paragraphs stay."""
    return "\n".join(
        textwrap.fill(line, LINE_WIDTH, break_on_hyphens=False) if len(line) > LINE_WIDTH else line
        for line in text.splitlines()
    )


def _nothing(_letter: Letter, _event: Event) -> Values:
    return {}


def _held(_letter: Letter, event: complaints.Held) -> Values:
    words = [phrases.MISSING[missing] for missing in event.missing]
    return {
        "missing_id": "\n".join(f"- {pair[0]}" for pair in words),
        "missing_en": "\n".join(f"- {pair[1]}" for pair in words),
    }


def _assigned(_letter: Letter, event: assignments.Assigned) -> Values:
    because_id, because_en = phrases.ASSIGNED_BECAUSE[event.reason]
    return {
        "because_id": because_id,
        "because_en": because_en,
        "lead": event.agency.name,
        "explanation_id": wrapped(event.explanation.text_id),
        "explanation_en": wrapped(event.explanation.text_en),
        "legal_basis": event.explanation.legal_basis,
        "outlet": f"lapor.agency.{event.agency.code}",
        "outlet_number": str(event.outlet_number),
    }


def _decision(letter: Letter, event: assignments.NeedsDecision) -> Values:
    secret = " --secret" if letter.complaint.secret else ""
    found = "\n".join(wrapped(f"- {candidate.agency}: {candidate.why}") for candidate in event.candidates)
    return {
        "text_id": wrapped(event.text_id),
        "text_en": wrapped(event.text_en),
        "candidates": found or NOT_GIVEN,
        "secret": secret,
    }


def _question(_letter: Letter, event: assignments.QuestionAsked) -> Values:
    return {"text": wrapped(event.question)}


def _ended(_letter: Letter, event: assignments.Archived | assignments.OutOfScope) -> Values:
    pointed_to = event.pointed_to if isinstance(event, assignments.OutOfScope) else NOT_GIVEN
    return {"text_id": wrapped(event.text_id), "text_en": wrapped(event.text_en), "pointed_to": pointed_to}


def _followed_up(letter: Letter, event: replies.FollowedUp) -> Values:
    """Of a body with a copy too: the one who wrote is named, not the one who leads."""
    return _said(letter, event) | {"agency": letter.name_of(event.agency)}


def _said(_letter: Letter, event: complaints.ReporterReplied | replies.FollowedUp | replies.Resolved) -> Values:
    return {"text": wrapped(event.text), "attachments": str(len(event.attachments))}


def _withdrawn(letter: Letter, event: complaints.Withdrawn) -> Values:
    # What the reporter says is content as well.
    shown = event.reason if event.reason and not letter.complaint.secret else NOT_GIVEN
    return {"text": wrapped(shown)}


def _limit(letter: Letter, event: Any) -> Values:
    """Of reminded, limit_missed, closed_by_silence; a part of superior_told and alerted."""
    return {
        "limit_id": phrases.limit_id(event.limit),
        "limit_en": phrases.limit_en(event.limit),
        "due_id": local_id(event.due_at, letter.zone),
        "due_en": local_en(event.due_at, letter.zone),
    }


def _superior_told(letter: Letter, event: escalations.SuperiorTold | escalations.Undecided) -> Values:
    # The citizen's clock does not accuse the agency that got the complaint yesterday.
    name = letter.agency if event.clock == "agency" else None
    return _limit(letter, event) | _in_both("whose", (name, name) if name else phrases.SYSTEM)


def _in_both(name: str, pair: phrases.Pair) -> Values:
    return {f"{name}_id": pair[0], f"{name}_en": pair[1]}


def _missed(letter: Letter, event: escalations.LimitMissed) -> Values:
    days = event.counting.days
    counted = f"{days[0]} .. {days[-1]}" if days else NOT_GIVEN
    return _limit(letter, event) | {
        "receipt_day": event.counting.receipt_day,
        "counted": counted,
        "calendar": event.counting.calendar,
    }


def _clarification(letter: Letter, event: escalations.ClarificationAsked) -> Values:
    return {
        "office": letter.name_of(event.office),
        "round": str(event.round),
        "text": wrapped(event.text),
        "due_id": local_id(event.answer_by, letter.zone),
        "due_en": local_en(event.answer_by, letter.zone),
    }


def _reprimanded(letter: Letter, event: escalations.Reprimanded) -> Values:
    return {
        "office": letter.name_of(event.office),
        **_in_both("reprimanded", _named(letter, event.agency)),
        "text": wrapped(event.text),
    }


def _waived(letter: Letter, event: escalations.ReplyWaived) -> Values:
    return _in_both("whose", _named(letter, event.agency)) | {"number": str(letter.number)}


def _named(letter: Letter, agency: str | None) -> phrases.Pair:
    return (letter.name_of(agency), letter.name_of(agency)) if agency else phrases.SYSTEM


def _alerted(letter: Letter, event: alerts.Alerted) -> Values:
    agency = event.agency
    accused = f"{agency.name} ({agency.code})" if agency else None
    return _limit(letter, event) | {
        "title": wrapped(event.title),
        **_in_both("accused", (accused, accused) if accused else phrases.SYSTEM),
        **_in_both("claim", phrases.ALERTED_AGENCY if accused else phrases.ALERTED_SYSTEM),
        "maladministration": event.maladministration,
        "anonymous_id": "ya" if event.anonymous else "tidak",
        "anonymous_en": "yes" if event.anonymous else "no",
        "secret_id": "ya" if event.secret else "tidak",
        "secret_en": "yes" if event.secret else "no",
        "zone": letter.zone,
        "proof": proof_text(event.proof, letter.zone),
        "number": str(letter.number),
    }


# Event -> what its templates may use beside the common values.
VALUES: dict[type[Event], Callable[[Letter, Any], Values]] = {
    complaints.Held: _held,
    complaints.ReporterReplied: _said,
    complaints.Withdrawn: _withdrawn,
    assignments.Assigned: _assigned,
    assignments.NeedsDecision: _decision,
    assignments.QuestionAsked: _question,
    assignments.Archived: _ended,
    assignments.OutOfScope: _ended,
    replies.FollowedUp: _followed_up,
    replies.Resolved: _said,
    escalations.Reminded: _limit,
    escalations.LimitMissed: _missed,
    escalations.SuperiorTold: _superior_told,
    escalations.Undecided: _superior_told,
    escalations.ClosedBySilence: _limit,
    escalations.ClarificationAsked: _clarification,
    escalations.Reprimanded: _reprimanded,
    escalations.ReplyWaived: _waived,
    alerts.Alerted: _alerted,
}
