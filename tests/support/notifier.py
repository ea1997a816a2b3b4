"""Events and letters as the notifier sees them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from lapor_contracts import alerts, assignments, complaints, escalations, replies
from lapor_contracts.base import Agency, Event, Place
from lapor_notifier.domain.audience import Message, messages
from lapor_notifier.domain.letter import Complaint, Letter, Text
from lapor_notifier.domain.state import Assignment, NotifierState
from lapor_notifier.domain.texts import compose
from lapor_notifier.main import load_texts

NAMES = {
    "6407-dlh": "Dinas Lingkungan Hidup Kutai Barat",
    "6407-pupr": "Dinas PUPR Kutai Barat",
    "6407-inspektorat": "Inspektorat Kutai Barat",
    "64-diskominfo": "Diskominfo Kalimantan Timur",
    "ombudsman-64": "Ombudsman RI Perwakilan Kalimantan Timur",
}
DLH = Agency(
    code="6407-dlh", name=NAMES["6407-dlh"], zone="WITA", superior="6407-inspektorat", ombudsman_office="ombudsman-64"
)
LIMIT = escalations.Limit(rule="first_response", value=5, unit="working_days", source="SP4N-LAPOR!")
TITLE, NARRATIVE = "Air sungai berbau menyengat", "Sejak Senin air sungai di Kampung Sembuan berubah warna."
TEXTS = load_texts()


def at(day: int, hour: int = 2, minute: int = 0) -> datetime:
    """In October 2023, UTC: 02.00 is 10.00 WITA."""
    return datetime(2023, 10, day, hour, minute, tzinfo=UTC)


DUE = at(11, 8)
COUNTING = escalations.Counting(
    receipt_day="2023-10-04",
    days=("2023-10-05", "2023-10-06", "2023-10-09", "2023-10-10", "2023-10-11"),
    zone="WITA",
    calendar="id-2026",
    provisional=False,
)
STATE = NotifierState(
    registered=True, has_contact=True, zone="WITA", current=1,
    assignments={1: Assignment("6407-dlh", DLH.name, "WITA", copies=("6407-pupr",))},
)  # fmt: skip


def registered(**changes: Any) -> complaints.Registered:
    values: dict[str, Any] = {
        "tracking_id": "1234567897", "channel": "web", "report_type": "complaint", "title": TITLE,
        "narrative": NARRATIVE, "category": "pencemaran/sungai",
        "place": Place(area_code="64.07.16.2004", address="hilir jembatan"), "anonymous": True, "secret": False,
        "has_contact": True, "complete": True, "received_at": at(4),
    }  # fmt: skip
    return complaints.Registered(**(values | changes))


def assigned(agency: Agency = DLH, **changes: Any) -> assignments.Assigned:
    explanation = assignments.Explanation(
        rule="lingkungan", legal_basis="UU 23/2014", matrix_version="1", evidence=(),
        text_id="Pencemaran sungai di satu kabupaten adalah wewenang DLH kabupaten.",
        text_en="River pollution within one regency is the authority of its environment agency.",
    )  # fmt: skip
    values: dict[str, Any] = {
        "agency": agency, "copies": ("6407-pupr",), "reason": "authority", "round": 1, "outlet_number": 1,
        "explanation": explanation,
    }  # fmt: skip
    return assignments.Assigned(**(values | changes))


def reminded(**changes: Any) -> escalations.Reminded:
    values: dict[str, Any] = {
        "clock": "agency", "assignment": 1, "agency": "6407-dlh", "limit": LIMIT, "due_at": DUE,
    }  # fmt: skip
    return escalations.Reminded(**(values | changes))


def limit_missed(**changes: Any) -> escalations.LimitMissed:
    return escalations.LimitMissed(**(dict(reminded()) | {"counting": COUNTING} | changes))


def superior_told(**changes: Any) -> escalations.SuperiorTold:
    return escalations.SuperiorTold(**(dict(reminded()) | {"superior": "6407-inspektorat"} | changes))


def undecided(**changes: Any) -> escalations.Undecided:
    values: dict[str, Any] = {
        "clock": "citizen", "asked_at": at(9), "superior": "64-diskominfo", "limit": LIMIT, "due_at": DUE,
        "counting": COUNTING,
    }  # fmt: skip
    return escalations.Undecided(**(values | changes))


def reprimanded(**changes: Any) -> escalations.Reprimanded:
    values: dict[str, Any] = {
        "office": "ombudsman-64", "agency": "6407-dlh", "assignment": 1, "text": "Segera tangani laporan ini.",
    }  # fmt: skip
    return escalations.Reprimanded(**(values | changes))


def asked_to_decide(**changes: Any) -> assignments.NeedsDecision:
    values: dict[str, Any] = {
        "why": "declined_twice", "arbiter": "64-diskominfo", "text_id": "Perlu keputusan.", "text_en": "To be decided.",
        "candidates": (assignments.Candidate(agency="64-dlh", why="Diusulkan oleh 6407-dlh / suggested by it"),),
    }  # fmt: skip
    return assignments.NeedsDecision(**(values | changes))


def proof(what: str, day: int, topic: str, number: int) -> alerts.Proof:
    return alerts.Proof(what=what, at=at(day), topic=topic, number=number, event_id=UUID(int=day * 100 + number))


def alerted(**changes: Any) -> alerts.Alerted:
    values: dict[str, Any] = {
        "tracking_id": "1234567897", "office": "ombudsman-64", "agency": DLH, "assignment": 1, "title": TITLE,
        "secret": False, "anonymous": True, "limit": LIMIT, "due_at": DUE,
        "proof": (
            proof("limit_missed: first_response", 12, "lapor.escalations", 3),
            proof("registered", 4, "lapor.complaints", 1),
            proof("assigned: Dinas Lingkungan Hidup Kutai Barat (6407-dlh)", 5, "lapor.assignments", 1),
            proof("reminded: first_response", 10, "lapor.escalations", 2),
            proof("superior_told: 6407-inspektorat", 13, "lapor.escalations", 4),
        ),
    }  # fmt: skip
    return alerts.Alerted(**(values | changes))


def one_of_each() -> list[Event]:
    """Every event that somebody is told of."""
    return [
        registered(),
        complaints.Held(missing=("place", "evidence")),
        complaints.ReporterReplied(text="Masih berbau."),
        complaints.Withdrawn(reason="Sudah selesai sendiri."),
        assigned(),
        asked_to_decide(),
        assignments.QuestionAsked(question="Di sisi jembatan yang mana?"),
        assignments.Archived(reason="too_general", text_id="Terlalu umum.", text_en="Too general."),
        assignments.OutOfScope(
            reason="corruption", pointed_to="KPK", text_id="Dugaan korupsi.", text_en="Suspected corruption."
        ),
        replies.FollowedUp(agency="6407-dlh", assignment=1, received_at=at(6), text="Petugas mengambil contoh air."),
        replies.Resolved(agency="6407-dlh", assignment=1, received_at=at(9), text="Sumber limbah ditutup."),
        reminded(),
        limit_missed(),
        superior_told(),
        undecided(),
        escalations.ClosedBySilence(assignment=1, limit=LIMIT, due_at=DUE),
        escalations.ClarificationAsked(
            office="ombudsman-64", agency="6407-dlh", assignment=1, round=1, text="Mengapa?", answer_by=at(30)
        ),
        reprimanded(),
        escalations.ReplyWaived(office="ombudsman-64", agency="6407-dlh", assignment=1),
        alerted(),
    ]


def complaint(**changes: Any) -> Complaint:
    values: dict[str, Any] = {
        "tracking_id": "1234567897", "report_type": "complaint", "title": TITLE, "narrative": NARRATIVE,
        "category": "pencemaran/sungai", "area_code": "64.07.16.2004", "address": "hilir jembatan",
        "occurred_on": None, "attachments": 2, "anonymous": True, "secret": False, "received_at": at(4),
    }  # fmt: skip
    return Complaint(**(values | changes))


def letter(message: Message, event: Event, about: Complaint | None = None, number: int = 1) -> Letter:
    return Letter(
        delivery=UUID("5f6b2f0e-61a5-5a52-9d62-000000000001"), template=message.template, role=message.role,
        recipient=message.recipient, agency=message.agency, zone=message.zone, event=event, number=number,
        complaint=about or complaint(), names=NAMES,
    )  # fmt: skip


def written(event: Event, state: NotifierState = STATE, about: Complaint | None = None) -> dict[Message, Text]:
    """Every mail that an event causes."""
    return {message: compose(letter(message, event, about), TEXTS) for message in messages(state, event)}
