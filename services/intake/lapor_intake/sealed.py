"""Sealed submissions from channels: opened before the transaction, decided in it, a receipt for each."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any
from uuid import UUID

from joserfc.jwk import OKPKey
from lapor_chassis.batch import Batch
from lapor_chassis.edge import EdgeMessage, EdgeRefused
from lapor_chassis.errors import Invalid
from lapor_chassis.record import Record
from lapor_contracts.base import Event
from lapor_contracts.receipts import ReceiptAccepted, ReceiptRefused, RefusalReason
from lapor_contracts.sealing import CannotOpen
from lapor_contracts.submissions import Submission, SubmissionSealed

from lapor_intake.bodies import BadBody, read_sealed
from lapor_intake.desk import Accepted, Desk, Outcome, Request
from lapor_intake.domain.access import access_code
from lapor_intake.domain.state import IntakeState
from lapor_intake.domain.texts import REFUSALS, Words
from lapor_intake.seal import opener

RECEIPT_REFERENCE = "receipt"
FIELD_LETTERS = 200  # a dead letter's field is a line
_READABLE: dict[str, RefusalReason] = {
    "too_large": "too_large",
    "id_too_old": "id_too_old",
    "id_not_uuid7": "id_not_uuid7",
    "id_from_the_future": "id_not_uuid7",
    "cannot_open": "cannot_open",
    "invalid": "invalid",
}
Position = tuple[str, int, int]
Refuse = Callable[[Batch[Any], Record, Invalid], None]


class Submissions:
    """`refuse`: the edge's own way (a dead letter without body, then `on_refused`)."""

    def __init__(self, desk: Desk, key: OKPKey, refuse: Refuse) -> None:
        self._desk = desk
        self._opener = opener(key)
        self._refuse = refuse
        self._opened: dict[Position, Submission | Invalid] = {}

    async def prepare(self, records: Sequence[Record]) -> None:
        """Opens the seals of a batch, in a thread: it takes longer than all the rest of a submission."""
        wanted = {record.position: record for record in records}
        self._opened = {position: opened for position, opened in self._opened.items() if position in wanted}
        left = [record for position, record in wanted.items() if position not in self._opened]
        if left:
            self._opened |= await asyncio.to_thread(self._open_all, left)

    def _open_all(self, records: Sequence[Record]) -> dict[Position, Submission | Invalid]:
        opened: dict[Position, Submission | Invalid] = {}
        for record in records:
            try:
                event = record.event(strict=True)
            except Invalid:
                continue  # the edge says what is wrong with it
            if isinstance(event, SubmissionSealed):
                opened[record.position] = self._open(event)
        return opened

    def _open(self, event: SubmissionSealed) -> Submission | Invalid:
        try:
            return read_sealed(self._opener.open(event.sealed))
        except CannotOpen:
            return Invalid("cannot_open", "sealed")
        except BadBody as bad:
            return Invalid("invalid", _joined(bad.fields))

    async def on_edge(self, batch: Batch[IntakeState], messages: list[EdgeMessage]) -> None:
        taken: list[tuple[EdgeMessage, Request]] = []
        for message in messages:
            opened = self._opened.get(message.record.position)
            if opened is None and isinstance(message.event, SubmissionSealed):
                opened = self._open(message.event)
            if isinstance(opened, Invalid):
                self._refuse(batch, message.record, opened)
            elif opened is not None:
                taken.append((message, _request(message, opened)))
        outcomes = await self._desk.take(batch, [request for _, request in taken])
        for (message, request), outcome in zip(taken, outcomes, strict=True):
            _give_receipt(batch, message, request, outcome)


def _joined(fields: tuple[str, ...]) -> str | None:
    """As many whole paths as a line holds."""
    line = ""
    for field in fields:
        longer = f"{line},{field}" if line else field
        if len(longer) > FIELD_LETTERS:
            break
        line = longer
    return line or None


def on_refused(batch: Batch[Any], refused: EdgeRefused) -> None:
    """The channel is told why, if it can be told what for."""
    reason = refused.reason.partition(":")[0]
    code: RefusalReason = _READABLE.get(reason, "invalid" if reason == "invalid_body" else "unreadable")
    fields = tuple(filter(None, (refused.field or "").split(",")))
    source = refused.source
    key = str(refused.event_id or f"{source.topic}/{source.partition}/{source.offset}")
    _emit(batch, source.outsider, key, _refusal(refused.event_id, code, fields, REFUSALS[code]))


def _request(message: EdgeMessage, submission: Submission) -> Request:
    source = message.source
    return Request(submission, source.outsider or "", source.received_at, cause=message.envelope, source=source)


def _give_receipt(batch: Batch[Any], message: EdgeMessage, request: Request, outcome: Outcome) -> None:
    submission = message.envelope.id
    if isinstance(outcome, Accepted):
        receipt: Event = ReceiptAccepted(submission=submission, tracking_id=outcome.tracking_id)
        # The access code may not lie in the outbox: it is made when the receipt is published.
        reference = (
            f"{RECEIPT_REFERENCE}:{submission}:{outcome.complaint}:{outcome.tracking_id}"
            if outcome.access_code
            else None
        )
        _emit(batch, message.source.outsider, str(submission), receipt, reference=reference, message=message)
        return
    reason: RefusalReason = "not_possible_now" if outcome.reason in ("parked", "key_reused") else outcome.reason  # type: ignore[assignment]
    receipt = _refusal(submission, reason, outcome.fields, outcome.words)
    _emit(batch, message.source.outsider, str(submission), receipt, message=message)


def _refusal(submission: UUID | None, reason: RefusalReason, fields: tuple[str, ...], words: Words) -> ReceiptRefused:
    return ReceiptRefused(submission=submission, reason=reason, fields=fields, text_id=words.id, text_en=words.en)


def _emit(
    batch: Batch[Any], channel: str | None, key: str, event: Event, *, reference: str | None = None,
    message: EdgeMessage | None = None,
) -> None:  # fmt: skip
    cause = message.envelope if message else None
    batch.emit(f"lapor.receipts.{channel}", key, event, reference=reference, cause=cause)


def receipt_of(reference: str, access_key: bytes) -> ReceiptAccepted:
    """The receipt of a new complaint, whole."""
    _, submission, complaint, tracking_id = reference.split(":")
    return ReceiptAccepted(
        submission=UUID(submission), tracking_id=tracking_id, access_code=access_code(access_key, UUID(complaint))
    )
