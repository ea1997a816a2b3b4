"""An act as the event that intake, the router or the Ombudsman would write, numbered, and naming what came before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from lapor_chassis.ids import uuid7
from lapor_contracts import assignments, complaints, replies
from lapor_contracts.base import Event, Place
from lapor_contracts.envelope import Envelope, encode

from tests.bench.wire import Row
from tests.simulate.people import Office
from tests.simulate.stories import Act

COMPLAINTS, ASSIGNMENTS, REPLIES = "lapor.complaints", "lapor.assignments", "lapor.replies"
OMBUDSMAN = "lapor.ombudsman.replies"
WRITERS = {COMPLAINTS: "intake", ASSIGNMENTS: "router", REPLIES: "router", OMBUDSMAN: "ombudsman"}
_WHY = assignments.Explanation(
    rule="simulated", legal_basis="UU 23/2014", matrix_version="1", evidence=(), text_id="-", text_en="-"
)
ROUTERS = ("assigned", "released", "needs_decision", "archived")
REPLY_KINDS: dict[str, type[Event]] = {
    "accepted": replies.Accepted, "declined": replies.Declined, "followed_up": replies.FollowedUp,
    "resolved": replies.Resolved,
}  # fmt: skip


@dataclass(slots=True)
class Complaint:
    """What its writers know of it. `numbers`: of the assignments on their topic, the first one's first."""

    number: int
    acts: list[Act]
    id: UUID = field(default_factory=uuid7)
    next: int = 0
    written: dict[str, int] = field(default_factory=dict)
    numbers: list[int] = field(default_factory=list)

    def row(self, act: Act, at: datetime, offices: Sequence[Office]) -> Row:
        """Written at `at`, whenever it was planned."""
        topic, event = self._event(act, at, offices)
        after = {other: number for other, number in self.written.items() if other != topic}
        number = self.written[topic] = self.written.get(topic, 0) + 1
        if act.what == "assigned":
            self.numbers.append(number)
        return row(topic, str(self.id), event, at, number, after)

    def _event(self, act: Act, at: datetime, offices: Sequence[Office]) -> tuple[str, Event]:
        if act.what in REPLY_KINDS:
            return REPLIES, self._reply(act, at, offices)
        if act.what in ROUTERS:
            return ASSIGNMENTS, self._routers(act, offices)
        return COMPLAINTS, self._intakes(act, at, offices)

    def _intakes(self, act: Act, at: datetime, offices: Sequence[Office]) -> Event:
        match act.what:
            case "registered":
                return self._registered(at, offices)
            case "held":
                return complaints.Held(missing=("evidence",))
            case "completed":
                return complaints.Completed()
            case "reporter_replied":
                return complaints.ReporterReplied(text="-")
            case "reopened":
                return complaints.Reopened(assignment=self._numbered(act), reason="-")
            case _:
                return complaints.Withdrawn()

    def _routers(self, act: Act, offices: Sequence[Office]) -> Event:
        match act.what:
            case "assigned":
                return assignments.Assigned(
                    agency=offices[act.office].agency, reason="authority", round=act.assignment,
                    outlet_number=act.assignment, explanation=_WHY,
                )  # fmt: skip
            case "released":
                code = offices[act.office].agency.code
                return assignments.Released(assignment=self._numbered(act), agency=code, reason="declined")
            case "needs_decision":
                return assignments.NeedsDecision(why="no_rule", text_id="-", text_en="-")
            case _:
                return assignments.Archived(reason="no_data", text_id="-", text_en="-")

    def _registered(self, at: datetime, offices: Sequence[Office]) -> complaints.Registered:
        kinds: tuple[complaints.ReportType, ...] = ("complaint",) * 7 + ("aspiration",) + ("information_request",) * 2
        return complaints.Registered(
            tracking_id=f"{self.number:010d}", channel="web", report_type=kinds[self.number % len(kinds)],
            title=f"Keadaan fasilitas umum {self.number}", narrative="Sudah tiga minggu keadaannya tidak berubah.",
            place=Place(area_code=offices[self.number % len(offices)].area), anonymous=self.number % 3 == 0,
            secret=False, has_contact=False, complete=True, received_at=at,
        )  # fmt: skip

    def _reply(self, act: Act, at: datetime, offices: Sequence[Office]) -> Event:
        more = {"text": "-"} if act.what in ("followed_up", "resolved") else {}
        if act.what == "declined":
            more = {"reason": "-"}
        code = offices[act.office].agency.code
        return REPLY_KINDS[act.what](**{"agency": code, "assignment": self._numbered(act), "received_at": at, **more})

    def _numbered(self, act: Act) -> int:
        return self.numbers[act.assignment - 1]


def row(
    topic: str, complaint: str, event: Event, at: datetime, number: int | None = None,
    after: dict[str, int] | None = None,
) -> Row:  # fmt: skip
    envelope = Envelope(
        id=uuid7(), type=event.type, source=f"urn:lapor:{WRITERS[topic]}", subject=complaint, time=at,
        number=number, after=after or {},
    )  # fmt: skip
    return Row(topic, complaint.encode(), event.model_dump_json().encode(), [*encode(envelope)])
