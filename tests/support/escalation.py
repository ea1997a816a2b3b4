"""A complaint as escalation sees it, without broker or database: events in, events out, time as it is told."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from lapor_contracts import assignments, complaints, replies
from lapor_contracts.base import Agency, Event, Place
from lapor_escalation.domain import alert, assignment, complaint, reply, timers
from lapor_escalation.domain.calendar import calendar
from lapor_escalation.domain.decision import Decision, Rules
from lapor_escalation.domain.policy import Policy
from lapor_escalation.domain.state import Escalation
from lapor_escalation.domain.zones import OFFSETS
from msgspec.structs import replace

CALENDAR = calendar()
RULES = Rules(CALENDAR, Policy())
COMPLAINTS, ASSIGNMENTS = "lapor.complaints", "lapor.assignments"

DLH = Agency(
    code="6407-dlh", name="Dinas Lingkungan Hidup Kutai Barat", zone="WITA", superior="6407-inspektorat",
    ombudsman_office="ombudsman-64",
)  # fmt: skip
PUPR = DLH.model_copy(update={"code": "6407-pupr", "name": "Dinas PUPR Kutai Barat"})


def wita(day: int, hour: int = 10, minute: int = 0, month: int = 10) -> datetime:
    """In 2023; October has no holidays."""
    return datetime(2023, month, day, hour, minute, tzinfo=OFFSETS["WITA"])


def registered(at: datetime, **changes: Any) -> complaints.Registered:
    values: dict[str, Any] = {
        "tracking_id": "1234567897", "channel": "web", "report_type": "complaint", "title": "Air sungai berbau",
        "narrative": "Air sungai berubah warna.", "place": Place(area_code="64.07.16.2004"), "anonymous": True,
        "secret": False, "has_contact": False, "complete": True, "received_at": at,
    }  # fmt: skip
    return complaints.Registered(**(values | changes))


def explanation() -> assignments.Explanation:
    return assignments.Explanation(
        rule="lingkungan", legal_basis="UU 23/2014", matrix_version="1", evidence=(), text_id="-", text_en="-"
    )


def assigned(agency: Agency = DLH, number: int = 1, **changes: Any) -> assignments.Assigned:
    values: dict[str, Any] = {
        "agency": agency, "reason": "authority", "round": 1, "outlet_number": number, "explanation": explanation()
    }  # fmt: skip
    return assignments.Assigned(**(values | changes))


@dataclass
class World:
    """One complaint. `said`: every event written, with the time it was written at."""

    rules: Rules = RULES
    state: Escalation | None = None
    said: list[tuple[datetime, str, Event]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def register(self, at: datetime, **changes: Any) -> World:
        event = registered(at, **changes)
        self._carry_out(self._proved(complaint.registered(event, self.rules), event, COMPLAINTS, at), at)
        return self

    def assign(self, at: datetime, agency: Agency = DLH, now: datetime | None = None) -> int:
        number = self.numbers[ASSIGNMENTS] = self.numbers.get(ASSIGNMENTS, 0) + 1
        event = assigned(agency, number)
        evidence = alert.evidence_of(event, at=at, topic=ASSIGNMENTS, number=number, event_id=UUID(int=number))
        assert evidence is not None
        state = replace(self.known, evidence=(*self.known.evidence, evidence))
        self._carry_out(assignment.assigned(state, self.rules, agency, number, at), now or at)
        return number

    def reply(self, kind: type[Any], received_at: datetime, now: datetime | None = None, **values: Any) -> None:
        lead = self.known.lead
        base: dict[str, Any] = {"received_at": received_at}
        if lead is not None:
            base |= {"agency": lead.code, "assignment": lead.assignment}
        if kind in (replies.FollowedUp, replies.Resolved):
            base["text"] = "Sudah kami periksa."
        if kind is replies.Declined:
            base["reason"] = "Bukan wewenang kami."
        event = kind(**(base | values))
        self._carry_out(reply.replied(self.known, self.rules, event), now or received_at)

    def apply(self, decision: Decision, now: datetime) -> None:
        self._carry_out(decision, now)

    def until(self, end: datetime) -> World:
        """Time passes: each deadline fires when it is due."""
        while (due := timers.next_due(self.known, self.rules)) is not None and due[0] <= end:
            self.fire(due[0])
        return self

    def outage_until(self, now: datetime) -> World:
        """We were down: what was due meanwhile is found now."""
        return self.fire(now)

    def fire(self, now: datetime) -> World:
        while (due := timers.next_due(self.known, self.rules)) is not None and due[0] <= now:
            self._carry_out(timers.fire(self.known, self.rules, due, now), now)
        return self

    @property
    def known(self) -> Escalation:
        assert self.state is not None
        return self.state

    def names(self, **wanted: Any) -> list[str]:
        """The names of the events whose fields are as wanted, in order."""
        return [type(event).__name__ for _, _, event in self.said if _matches(event, wanted)]

    def of(self, kind: type[Event], **wanted: Any) -> list[Any]:
        return [event for _, _, event in self.said if isinstance(event, kind) and _matches(event, wanted)]

    def times(self, kind: type[Event], **wanted: Any) -> list[datetime]:
        return [at for at, _, event in self.said if isinstance(event, kind) and _matches(event, wanted)]

    def _proved(self, decision: Decision, event: Event, topic: str, at: datetime) -> Decision:
        evidence = alert.evidence_of(event, at=at, topic=topic, number=1, event_id=UUID(int=99))
        assert evidence is not None
        return Decision(replace(decision.state, evidence=(*decision.state.evidence, evidence)), decision.events)

    def _carry_out(self, decision: Decision, now: datetime) -> None:
        state = decision.state
        for topic, event in decision.events:
            number = self.numbers[topic] = self.numbers.get(topic, 0) + 1
            evidence = alert.evidence_of(event, at=now, topic=topic, number=number, event_id=UUID(int=1000 + number))
            if evidence is not None:
                state = replace(state, evidence=(*state.evidence, evidence))
            self.said.append((now, topic, event))
        self.state = state


def _matches(event: Event, wanted: dict[str, Any]) -> bool:
    for name, value in wanted.items():
        found = getattr(event, name, None)
        if name == "rule":
            limit = getattr(event, "limit", None)
            found = limit if isinstance(limit, str) else getattr(limit, "rule", None)
        if found != value:
            return False
    return True


HOUR = timedelta(hours=1)
