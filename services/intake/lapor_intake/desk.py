"""Where submissions are decided, from HTTP and from Kafka alike: one batch, one transaction, a few statements.

Rows are locked in one order by everybody: access attempts, reporters, complaints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

from lapor_chassis.batch import Batch, Source, Work
from lapor_chassis.errors import Transient
from lapor_chassis.ids import uuid7
from lapor_chassis.subject import Subject
from lapor_contracts.base import Event
from lapor_contracts.contacts import ContactSet
from lapor_contracts.envelope import Envelope
from lapor_contracts.receipts import RefusalReason
from lapor_contracts.submissions import Keyed, NewSubmission, Rating, Submission, Withdrawal

from lapor_intake import postgres
from lapor_intake.domain.access import access_code
from lapor_intake.domain.action import act
from lapor_intake.domain.decision import Decision, Refusal
from lapor_intake.domain.identity import Identity
from lapor_intake.domain.policy import Policy
from lapor_intake.domain.possible import possible
from lapor_intake.domain.registration import check, register
from lapor_intake.domain.state import IntakeState
from lapor_intake.domain.texts import AGAIN_LATER, REFUSALS, Words, not_possible
from lapor_intake.gate import Denied, admit
from lapor_intake.vault import Vault

COMPLAINTS = "lapor.complaints"
CONTACTS = "lapor.contacts"
CONTACT_REFERENCE = "contact"


@dataclass(frozen=True, slots=True)
class Claim:
    """An Idempotency-Key and what came with it, as keyed hashes."""

    key: bytes
    body: bytes


@dataclass(frozen=True, slots=True)
class Request:
    """`channel`: whose submission it is. `received_at` None: now. `cause`: whose trace it belongs to."""

    submission: Submission
    channel: str
    received_at: datetime | None = None
    claim: Claim | None = None
    cause: Envelope | None = None
    source: Source | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """`access_code` only for a new complaint. `repeated`: it was answered before, nothing was done now."""

    complaint: UUID
    tracking_id: str
    access_code: str | None = field(repr=False, default=None)
    missing: tuple[str, ...] = ()
    repeated: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """`wait`: seconds until it is worth trying again; 0: not of time."""

    reason: RefusalReason | Literal["key_reused", "parked"]
    words: Words
    fields: tuple[str, ...] = ()
    wait: int = 0


Outcome = Accepted | Refused
PARKED = Refused("parked", AGAIN_LATER, wait=60)
KEY_REUSED = Refused(
    "key_reused",
    Words(
        "Idempotency-Key ini sudah dipakai untuk kiriman lain.", "This Idempotency-Key was used for another request."
    ),
)


@dataclass(slots=True)
class Case:
    """A request on its way through the desk. `twin`: the same key came earlier in this batch."""

    request: Request
    outcome: Outcome | None = None
    complaint: UUID | None = None
    tracking_id: str = ""
    identity: Identity | None = None
    twin: Case | None = None


class Desk:
    def __init__(self, vault: Vault, access_key: bytes, policy: Policy) -> None:
        self.vault = vault
        self.access_key = access_key
        self.policy = policy

    async def take(self, batch: Batch[IntakeState], requests: Sequence[Request]) -> list[Outcome]:
        """An outcome for each request. A refusal changes nothing but the count of wrong access codes."""
        cases = [Case(request) for request in requests]
        await self._find_repeats(batch, cases)
        await self._admit(batch, cases)
        await self._prepare_new(batch, cases)
        open_cases = [case for case in cases if case.outcome is None and case.complaint is not None]
        subjects = await batch.load([case.complaint for case in open_cases if case.complaint], create=True)
        await self._open_identities(batch, open_cases, subjects)
        for case in open_cases:
            if case.complaint is not None:
                case.outcome = self._decide(batch, case, subjects[case.complaint])
        await self._remember(batch, cases)
        return [_settled(case) for case in cases]

    async def _find_repeats(self, batch: Batch[IntakeState], cases: Sequence[Case]) -> None:
        claimed = [(case, case.request.claim) for case in cases if case.request.claim is not None]
        if not claimed:
            return
        answered = await postgres.load_answered(batch.conn, [claim.key for _, claim in claimed])
        first: dict[bytes, Case] = {}
        for case, claim in claimed:
            if (before := answered.get(claim.key)) is not None:
                case.outcome = self._answer_again(case, before) if before.body == claim.body else KEY_REUSED
            elif (twin := first.setdefault(claim.key, case)) is not case:
                case.twin = twin

    def _answer_again(self, case: Case, before: postgres.Answered) -> Accepted:
        new = isinstance(case.request.submission, NewSubmission)
        code = access_code(self.access_key, before.complaint) if new else None
        return Accepted(before.complaint, before.tracking_id, code, before.missing, repeated=True)

    async def _admit(self, batch: Batch[IntakeState], cases: Sequence[Case]) -> None:
        asking = [
            (case, case.request.submission)
            for case in cases
            if case.outcome is None and case.twin is None and isinstance(case.request.submission, Keyed)
        ]
        if not asking:
            return
        shown = [(keyed.tracking_id, keyed.access_code) for _, keyed in asking]
        for (case, keyed), answer in zip(asking, await admit(batch.conn, self.access_key, shown), strict=True):
            if isinstance(answer, Denied):
                case.outcome = Refused("wrong_access_code", REFUSALS["wrong_access_code"], wait=answer.wait)
            else:
                case.complaint, case.tracking_id = answer, keyed.tracking_id

    async def _prepare_new(self, batch: Batch[IntakeState], cases: Sequence[Case]) -> None:
        identities: dict[UUID, Identity] = {}
        new: list[tuple[UUID, Case]] = []
        for case in cases:
            submission = case.request.submission
            if case.outcome is not None or case.twin is not None or not isinstance(submission, NewSubmission):
                continue
            checked = check(submission, batch.now)
            if isinstance(checked, Refusal):
                case.outcome = _refused(checked)
                continue
            complaint = case.complaint = uuid7()
            case.identity = checked
            new.append((complaint, case))
            if not checked.empty:
                identities[complaint] = checked
        if new:
            given = await postgres.give_tracking_ids(batch.conn, [complaint for complaint, _ in new])
            for complaint, case in new:
                case.tracking_id = given[complaint]
            await self.vault.keep(batch.conn, identities)

    async def _open_identities(
        self, batch: Batch[IntakeState], cases: Sequence[Case], subjects: dict[UUID, Subject[IntakeState]]
    ) -> None:
        """Later texts are redacted with what the vault knows of their writer."""
        wanted = {
            case.complaint
            for case in cases
            if case.complaint is not None
            and _says_something(case.request.submission)
            and self._may(subjects[case.complaint], batch.now)
        }
        if not wanted:
            return
        opened = await self.vault.open(
            batch.conn, sorted(wanted), who="intake", why="redaction of the reporter's later text", now=batch.now
        )
        for case in cases:
            if case.identity is None and case.complaint is not None:
                case.identity = opened.get(case.complaint)

    def _may(self, subject: Subject[IntakeState], now: datetime) -> bool:
        """Whether the text could go anywhere: an identity is not read for nothing."""
        return subject.state is not None and not subject.parked and bool(possible(subject.state, now, self.policy))

    def _decide(self, batch: Batch[IntakeState], case: Case, subject: Subject[IntakeState]) -> Outcome:
        if subject.parked:
            return PARKED
        identity = case.identity or Identity()
        submission = case.request.submission
        if isinstance(submission, NewSubmission):
            decision: Decision | Refusal = register(
                submission,
                identity,
                tracking_id=case.tracking_id,
                channel=case.request.channel,
                received_at=case.request.received_at or batch.now,
            )
        else:
            state = subject.state or IntakeState(case.tracking_id)
            decision = act(state, submission, identity.own, batch.now, self.policy)
            if isinstance(decision, Refusal):
                return _refused(decision, state, possible(state, batch.now, self.policy))
        assert isinstance(decision, Decision)  # noqa: S101 - a refusal has returned
        return self._carry_out(batch, case, subject, decision)

    def _carry_out(
        self, batch: Batch[IntakeState], case: Case, subject: Subject[IntakeState], decision: Decision
    ) -> Accepted:
        work: Work[IntakeState] = batch.work(subject, case.request.cause, case.request.source)
        for event in decision.events:
            _write(work, event)
        subject.state = decision.state
        new = isinstance(case.request.submission, NewSubmission)
        if new and case.identity is not None and case.identity.has_contact:
            work.emit(CONTACTS, ContactSet(sealed=None), reference=f"{CONTACT_REFERENCE}:{subject.id}")
        code = access_code(self.access_key, subject.id) if new else None
        return Accepted(subject.id, case.tracking_id, code, decision.state.missing)

    async def _remember(self, batch: Batch[IntakeState], cases: Sequence[Case]) -> None:
        answers = {
            case.request.claim.key: postgres.Answered(
                case.request.claim.body, case.outcome.complaint, case.outcome.tracking_id, case.outcome.missing
            )
            for case in cases
            if case.request.claim is not None and isinstance(case.outcome, Accepted) and not case.outcome.repeated
        }
        if answers and not await postgres.save_answered(batch.conn, answers):
            raise Transient("another instance has answered one of these requests", delay=0.05)


def _write(work: Work[IntakeState], event: Event) -> None:
    work.emit(COMPLAINTS, event)


def _says_something(submission: Submission) -> bool:
    match submission:
        case NewSubmission():
            return False
        case Withdrawal():
            return submission.reason is not None
        case Rating():
            return submission.comment is not None
        case _:
            return True


def _refused(refusal: Refusal, state: IntakeState | None = None, actions: Sequence[str] = ()) -> Refused:
    words = REFUSALS[refusal.reason]
    if refusal.reason == "not_possible_now" and state is not None:
        words = not_possible(state.status, actions)  # type: ignore[arg-type]
    return Refused(refusal.reason, words, refusal.fields)


def _settled(case: Case) -> Outcome:
    """A twin gets what the first of its key got, if it says the same."""
    if case.twin is not None:
        first, own = case.twin.request.claim, case.request.claim
        if first is None or own is None or first.body != own.body:
            return KEY_REUSED
        outcome = _settled(case.twin)
        if isinstance(outcome, Accepted):
            return Accepted(outcome.complaint, outcome.tracking_id, outcome.access_code, outcome.missing, repeated=True)
        return outcome
    assert case.outcome is not None  # noqa: S101 - every case was decided
    return case.outcome
