"""One mail of each kind that the events call for: queued once, settled once, arrived at the right address."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.header import decode_header, make_header
from email.parser import BytesHeaderParser
from pathlib import Path
from typing import Any

from lapor_contracts import alerts, assignments, complaints, escalations, notifications, replies
from lapor_contracts.base import Event

from tests.chaos.records import ALERTS, ASSIGNMENTS, COMPLAINTS, ESCALATIONS, NOTIFICATIONS, REPLIES, Life, Seen, World
from tests.chaos.report import Kind, Reckoning

# What a reporter who can be reached is told of.
TOLD: tuple[type[Event], ...] = (
    complaints.Registered, complaints.Held, assignments.Assigned, assignments.QuestionAsked, assignments.Archived,
    assignments.OutOfScope, replies.FollowedUp, replies.Resolved, escalations.ClosedBySilence, escalations.Reprimanded,
)  # fmt: skip
TOLD_OF = (COMPLAINTS, ASSIGNMENTS, REPLIES, ESCALATIONS, ALERTS)
# A batch is sent and settled within seconds; a frozen notifier sends on when it goes on.
SETTLED_WITHIN = timedelta(seconds=20)
Settled = notifications.Sent | notifications.Failed | notifications.Replaced
To = tuple[str, str | None]  # role and recipient's code


@dataclass(frozen=True)
class Mail:
    """`delivery`: what its Message-ID says, the same where it was sent twice."""

    file: str
    delivery: str
    to: str
    delivered_to: str
    subject: str

    @property
    def arrived(self) -> datetime:
        """By the mail server's own name for it."""
        return datetime.strptime(self.file.partition("-")[0], "%Y%m%dT%H%M%S.%fZ").replace(tzinfo=UTC)


def read_mails(folder: Path) -> list[Mail]:
    parser = BytesHeaderParser()
    return [_mail(path.name, parser.parsebytes(_head(path))) for path in sorted(folder.glob("*.eml"))]


def _head(path: Path) -> bytes:
    return path.read_bytes().partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


def _mail(file: str, head: Any) -> Mail:
    return Mail(
        file, str(head["Message-ID"]).strip("<> ").partition("@")[0], str(head["To"]),
        str(head["Delivered-To"]).strip("<>"), str(make_header(decode_header(head["Subject"] or ""))),
    )  # fmt: skip


def called_for(event: Event, life: Life, through: int) -> Iterator[To]:
    """Whom an event is told to; `through`: up to where the notifier had read the assignments."""
    if isinstance(event, TOLD) and _has_contact(life):
        yield "reporter", None
    match event:
        case assignments.Assigned():
            yield from (("agency", code) for code in dict.fromkeys((event.agency.code, *event.copies)))
        case assignments.NeedsDecision() if event.arbiter:
            yield "superior", event.arbiter
        case complaints.ReporterReplied() | complaints.Withdrawn():
            lead = _lead(life, through)
            if lead is not None:
                yield "agency", lead.agency.code
                if isinstance(event, complaints.Withdrawn):
                    yield from (("agency", code) for code in dict.fromkeys(lead.copies) if code != lead.agency.code)
        case escalations.Reminded() | escalations.LimitMissed() if event.clock == "agency":
            yield "agency", event.agency
        case escalations.ClarificationAsked() | escalations.Reprimanded() if event.agency:
            yield "agency", event.agency
        case escalations.SuperiorTold() | escalations.Undecided() if event.superior:
            yield "superior", event.superior
        case alerts.Alerted() | escalations.ReplyWaived():
            yield "ombudsman", event.office
        case _:
            return


def _has_contact(life: Life) -> bool:
    return any(isinstance(s.event, complaints.Registered) and s.event.has_contact for s in life.on(COMPLAINTS))


def _lead(life: Life, through: int) -> assignments.Assigned | None:
    current: tuple[int, assignments.Assigned] | None = None
    for one in life.on(ASSIGNMENTS):
        if one.number > through:
            break
        if isinstance(one.event, assignments.Assigned):
            current = one.number, one.event
        elif isinstance(one.event, assignments.Released) and current and current[0] == one.event.assignment:
            current = None
    return current[1] if current else None


@dataclass
class Mails:
    """`emails`: the reporter's address by complaint; `later`: deliveries queued after the moment that is judged.
    `kills`: a mail that was on its way when one hit the notifier, or what it needs, may come again under its own
    Message-ID; any other may not."""

    world: World
    mails: Sequence[Mail]
    emails: Mapping[str, str | None]
    reckoning: Reckoning
    kills: Sequence[Mapping[str, Any]]
    later: frozenset[str] = frozenset()
    _arrived: dict[str, list[Mail]] = field(default_factory=lambda: defaultdict(list))
    _queued: set[str] = field(default_factory=set)

    def judge(self) -> None:
        for mail in self.mails:
            self._arrived[mail.delivery].append(mail)
        for life in self.world.lives.values():
            self._life(life)
        known = self._queued | self.later
        for delivery, found in self._arrived.items():
            self.reckoning.checked["mails"] += len(found)
            if delivery not in known:
                self._add("unexplained", found[0].file, f"a mail to {found[0].to} that nothing calls for")
            for again in found[1:]:
                kind: Kind = "mail_repeats" if self._was_on_its_way(found[0], again) else "duplicated"
                self._add(kind, again.file, f"{delivery} again, first as {found[0].file}")

    def _was_on_its_way(self, first: Mail, again: Mail) -> bool:
        """When a kill came: settled at most so long after it was sent, and sent again after the kill."""
        hit = [
            datetime.fromisoformat(kill["at"]) for kill in self.kills
            if not kill["what"].startswith(("intake", "router", "escalation"))
        ]  # fmt: skip
        same = (again.to, again.subject) == (first.to, first.subject)
        return same and any(first.arrived - SETTLED_WITHIN <= kill <= again.arrived for kill in hit)

    def _life(self, life: Life) -> None:
        queued = [s for s in life.on(NOTIFICATIONS) if isinstance(s.event, notifications.Queued)]
        settled: dict[str, list[Seen]] = defaultdict(list)
        for one in life.on(NOTIFICATIONS):
            if isinstance(one.event, Settled):
                settled[str(one.event.delivery)].append(one)
        self._called_for(life, queued)
        for one in queued:
            delivery = str(one.event.delivery)  # type: ignore[union-attr]
            self._queued.add(delivery)
            self._one(life, one, settled.pop(delivery, []))
        for delivery in settled:
            self._add("unexplained", life.id, f"{delivery} was settled and never queued")

    def _called_for(self, life: Life, queued: Sequence[Seen]) -> None:
        found: dict[str, Counter[To]] = defaultdict(Counter)
        for one in queued:
            event: Any = one.event
            found[str(event.about)][event.role, event.recipient] += 1
        for told in life.on(*TOLD_OF):
            if told.event is None:
                continue
            had = found.pop(str(told.envelope.id), Counter())
            views = [Counter(called_for(told.event, life, assigned)) for assigned in _views(life, told)]
            wanted = next((view for view in views if view == had), views[-1])
            where = f"{told.topic} {told.number} {type(told.event).__name__}"
            for to in wanted - had:
                self._add("lost", life.id, f"{where}: no mail to {to}")
            for to, times in (had - wanted).items():
                kind: Kind = "duplicated" if to in wanted else "unexplained"
                self._add(kind, life.id, f"{where}: {times} mails to {to} too many")
        for about in found:
            self._add("unexplained", life.id, f"a mail about {about}, which is no event of this complaint")

    def _one(self, life: Life, queued: Seen, settled: Sequence[Seen]) -> None:
        event: Any = queued.event
        delivery, where = str(event.delivery), f"{NOTIFICATIONS} {queued.number} {event.about_type} to {event.role}"
        mails = self._arrived.get(delivery, [])
        if len(settled) != 1:
            kind: Kind = "lost" if not settled else "duplicated"
            self._add(kind, life.id, f"{where}: settled {len(settled)} times, {len(mails)} mails arrived")
            return
        address = self.emails.get(life.id) if event.role == "reporter" else self.world.addresses.get(event.recipient)
        outcome: Any = settled[0].event
        match outcome:
            case notifications.Sent() if not mails:
                self._add("lost", life.id, f"{where}: sent, and did not arrive ({delivery})")
            case notifications.Failed() if not (outcome.reason == "no_address" and address is None):
                self._add("unexplained", life.id, f"{where}: failed, {outcome.reason}")
            case notifications.Replaced() if not self._replaced(life, event, str(outcome.by)):
                self._add("unexplained", life.id, f"{where}: replaced by {outcome.by}, which is no later step of it")
            case _:
                pass
        tracking = _tracking(life)
        for mail in mails:
            if mail.to != address or mail.delivered_to != address:
                self._add("unexplained", mail.file, f"{where} of {life.id}: went to {mail.to}, not to {address}")
            if tracking is None or f"[LAPOR {tracking}]" not in mail.subject:
                self._add("unexplained", mail.file, f"{where} of {life.id}: its subject does not name {tracking}")

    def _replaced(self, life: Life, unsent: notifications.Queued, by: str) -> bool:
        """A reminder that had not been sent when its limit was missed."""
        events = {str(s.envelope.id): s.event for s in life.on(ESCALATIONS)}
        reminded = events.get(str(unsent.about))
        for one in life.on(NOTIFICATIONS):
            if isinstance(one.event, notifications.Queued) and str(one.event.delivery) == by:
                missed = events.get(str(one.event.about))
                if isinstance(missed, escalations.LimitMissed) and isinstance(reminded, escalations.Reminded):
                    return (missed.assignment, missed.limit.rule) == (reminded.assignment, reminded.limit.rule)
        return False

    def _add(self, kind: Kind, where: str, what: str) -> None:
        self.reckoning.add(kind, where, what)


def _views(life: Life, told: Seen) -> range:
    """How many assignments the notifier may have read when it read this: at least what the event names, at most
    what its own first event after it names."""
    least, most = told.envelope.after.get(ASSIGNMENTS, 0), len(life.on(ASSIGNMENTS))
    for one in life.on(NOTIFICATIONS):
        if one.envelope.after.get(told.topic, 0) >= told.number:
            most = one.envelope.after.get(ASSIGNMENTS, 0)
            break
    return range(least, max(least, most) + 1)


def _tracking(life: Life) -> str | None:
    return next((s.event.tracking_id for s in life.on(COMPLAINTS) if isinstance(s.event, complaints.Registered)), None)
