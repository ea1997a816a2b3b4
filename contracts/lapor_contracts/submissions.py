"""lapor.submissions.<channel>, written by the channel: sealed whole, for the text names people too.

ce_id: the submission's id, a UUIDv7, the same when sent again. The body of the event is one JWE
(compact, ECDH-ES on X25519, A256GCM) to intake's public key; inside it, as JSON, one of the
submissions below, told apart by `kind`. HTTP takes the same bodies, without `kind`.
"""

from __future__ import annotations

from datetime import date
from typing import Annotated, ClassVar, Literal

from pydantic import ConfigDict, Field, StringConstraints, TypeAdapter

from lapor_contracts.base import Attachment, CategoryCode, Event, Line, Place, Text, TrackingId, Value
from lapor_contracts.complaints import ReportType
from lapor_contracts.contacts import Sealed

AccessCode = Annotated[str, StringConstraints(pattern=r"^[0-9A-HJKMNP-TV-Z]{8}$", to_upper=True)]


class SubmissionSealed(Event):
    type: ClassVar[str] = "id.lapor.submission.sealed.v1"

    sealed: Sealed


class Reporter(Value):
    """Who reports. Kept in the vault, nowhere else. Formats are checked by intake's domain."""

    name: Line | None = None
    nik: Annotated[str, StringConstraints(pattern=r"^[0-9]{16}$")] | None = None
    phone: Annotated[str, StringConstraints(pattern=r"^\+?[0-9 ()-]{8,20}$")] | None = None
    email: Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,60}$")] | None = None


class Body(Value):
    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


class NewSubmission(Body):
    kind: Literal["new"] = "new"
    report_type: ReportType = "complaint"
    title: Line
    narrative: Text
    category: CategoryCode | None = None
    place: Place = Place()
    occurred_on: date | None = None
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=20)
    anonymous: bool = False
    secret: bool = False
    reporter: Reporter = Reporter()


class Keyed(Body):
    """Whoever shows the access code may act on the complaint."""

    tracking_id: TrackingId
    access_code: AccessCode


class Completion(Keyed):
    kind: Literal["complete"] = "complete"
    narrative: Text | None = None
    place: Place | None = None
    occurred_on: date | None = None
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=20)


class Amendment(Keyed):
    kind: Literal["amend"] = "amend"
    title: Line | None = None
    narrative: Text | None = None
    category: CategoryCode | None = None
    place: Place | None = None
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=20)


class Reply(Keyed):
    kind: Literal["reply"] = "reply"
    text: Text
    attachments: tuple[Attachment, ...] = Field(default=(), max_length=20)


class Reopening(Keyed):
    kind: Literal["reopen"] = "reopen"
    reason: Text


class Withdrawal(Keyed):
    kind: Literal["withdraw"] = "withdraw"
    reason: Text | None = None


class Rating(Keyed):
    kind: Literal["rate"] = "rate"
    stars: Literal[1, 2, 3, 4, 5]
    comment: Text | None = None


Submission = Annotated[
    NewSubmission | Completion | Amendment | Reply | Reopening | Withdrawal | Rating,
    Field(discriminator="kind"),
]
SUBMISSION: TypeAdapter[Submission] = TypeAdapter(Submission)
