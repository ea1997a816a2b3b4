"""One complaint in the router, without broker and database: what is written, event by event.

A chassis batch without its database: handlers do no I/O, so all of this is the real code.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import msgspec
from lapor_chassis.batch import Batch, Source, Work
from lapor_chassis.ids import uuid7
from lapor_chassis.subject import Codec, Subject, to_json
from lapor_contracts import agency_replies, complaints, escalations
from lapor_contracts.base import Event, Place
from lapor_contracts.envelope import Envelope
from lapor_contracts.events import EVENTS
from lapor_router.desk import Desk
from lapor_router.domain.state import RouterState
from lapor_router.handlers import EDGE_HANDLERS, HANDLERS, on_timer
from lapor_router.loading import load
from lapor_router.readers import InUse

Written = list[tuple[str, int | None, Any]]
NOW = datetime(2023, 10, 4, 2, 0, tzinfo=UTC)
RULES = load()
LIMIT = escalations.Limit(rule="first_response", value=5, unit="working_days", source="test")
COUNTING = escalations.Counting(receipt_day="2023-10-04", days=(), zone="WITA", calendar="test", provisional=False)


class Life:
    """One complaint and its events."""

    def __init__(self, in_use: InUse | None = None) -> None:
        """`in_use`: what reads words; None: codes alone decide."""
        self.desk = Desk(RULES, in_use)
        self.desk.register = RULES.known
        self.subject: Subject[RouterState] = Subject(id=uuid7(), partition=3)
        self.now = NOW

    @property
    def state(self) -> RouterState:
        assert self.subject.state is not None
        return self.subject.state

    def _work(self, source: Source | None = None, event_id: UUID | None = None) -> Work[RouterState]:
        no_database: Any = None
        batch: Batch[RouterState] = Batch(
            conn=no_database,
            codec=Codec(RouterState),
            source="router",
            now=self.now,
            day=date(2023, 10, 4),
            next_seq=1,
        )
        envelope = Envelope(id=event_id or uuid7(), type="t", source="s", subject=str(self.subject.id), time=self.now)
        return batch.work(self.subject, envelope, source)

    def _after(self, work: Work[RouterState]) -> Written:
        """What was written; and the state goes through its JSON, as it would between batches."""
        if self.subject.state is not None:
            self.subject.state = msgspec.json.decode(to_json(self.subject.state) or "", type=RouterState)
        return [
            (row.topic, row.number, EVENTS[row.type].model_validate_json(row.body or b"")) for row in work.batch.rows
        ]

    def core(self, event: Event) -> Written:
        work = self._work()
        if handler := HANDLERS.get(type(event)):
            handler(self.desk, work, event)
        return self._after(work)

    def edge(self, event: Event, outsider: str, event_id: UUID | None = None) -> Written:
        source = Source("edge", 0, 1, outsider, self.now)
        work = self._work(source, event_id)
        EDGE_HANDLERS[type(event)](self.desk, work, event)
        return self._after(work)

    def timer(self) -> Written:
        work = self._work()
        self.subject.due_at = None
        on_timer(self.desk, work)
        return self._after(work)

    def registered(self, **changes: Any) -> Written:
        return self.core(registered(**changes))


def registered(**changes: Any) -> complaints.Registered:
    fields: dict[str, Any] = {
        "tracking_id": "1234567890", "channel": "web", "report_type": "complaint", "title": "Jalan rusak",
        "narrative": "Jalan kampung berlubang.", "category": "jalan-rusak/kabupaten",
        "place": Place(area_code="64.07.16.2004"), "anonymous": False, "secret": False, "has_contact": True,
        "complete": True, "received_at": NOW,
    }  # fmt: skip
    return complaints.Registered(**{**fields, **changes})


def names(events: Written) -> list[tuple[str, str]]:
    return [(topic.removeprefix("lapor."), type(event).__name__) for topic, _, event in events]


def accept(number: int = 1) -> agency_replies.AgencyAccepted:
    return agency_replies.AgencyAccepted(assignment=number)


def resolve(number: int = 1, text: str = "Sudah diperbaiki.") -> agency_replies.AgencyResolved:
    return agency_replies.AgencyResolved(assignment=number, text=text)


def declined(number: int = 1, suggested: str | None = None) -> agency_replies.AgencyDeclined:
    return agency_replies.AgencyDeclined(assignment=number, reason="Bukan wewenang kami.", suggested=suggested)
