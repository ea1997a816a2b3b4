"""What a mail is made from."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from lapor_contracts.base import Event, Zone
from lapor_contracts.complaints import ReportType
from lapor_contracts.notifications import Role


@dataclass(frozen=True, slots=True)
class Complaint:
    """What mails may tell of a complaint, after redaction; no identity. `attachments`: how many."""

    tracking_id: str
    report_type: ReportType
    title: str
    narrative: str
    category: str | None
    area_code: str | None
    address: str | None
    occurred_on: date | None
    attachments: int
    anonymous: bool
    secret: bool
    received_at: datetime


@dataclass(frozen=True, slots=True)
class Letter:
    """`number`: of `event` on its topic; `names`: of the codes in the event, as the register has them."""

    delivery: UUID
    template: str
    role: Role
    recipient: str | None
    agency: str | None
    zone: Zone
    event: Event
    number: int
    complaint: Complaint
    names: Mapping[str, str]

    def name_of(self, code: str) -> str:
        return self.names.get(code, code)

    @property
    def may_hold_content(self) -> bool:
        """A secret complaint's title and narrative go to the lead agency and the Ombudsman only."""
        if not self.complaint.secret or self.role == "ombudsman":
            return True
        return self.role == "agency" and self.template != "agency_copied"


@dataclass(frozen=True, slots=True)
class Text:
    """A mail's words: one subject line without content, and a plain text body."""

    subject: str
    body: str
