"""A small history as the topics would hold it, made by the services' own rules: what the reckoning is tried on.

`at` is always when something is written; a story is true until a test takes something away from it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid5

from lapor_contracts import agency, agency_replies, assignments, complaints, escalations, notifications, replies
from lapor_contracts.agencies import AgencyEntry
from lapor_contracts.base import Agency, Event
from lapor_contracts.envelope import Envelope
from lapor_escalation.domain import alert, assignment, complaint, reply
from lapor_escalation.domain.decision import Decision
from lapor_escalation.domain.state import Escalation
from lapor_notifier.domain.audience import messages
from lapor_notifier.domain.state import Assignment, NotifierState
from lapor_notifier.handlers import delivery_id
from msgspec.structs import replace as replaced

from tests.chaos.mails import Mail
from tests.chaos.reckoning import Evidence
from tests.chaos.records import ALERTS, ASSIGNMENTS, COMPLAINTS, ESCALATIONS, NOTIFICATIONS, REPLIES, Run, Seen
from tests.chaos.records import World as Topics
from tests.support.escalation import DLH, PUPR, RULES, World, assigned, registered

ID = str(UUID(int=(1_700_000_000_000 << 80) | (7 << 76) | (2 << 62) | 1))
TRACKING, KEY, EMAIL = "1234567897", "story-0001", "pelapor@warga.example"
CORE = (COMPLAINTS, ASSIGNMENTS, REPLIES, ESCALATIONS, ALERTS, NOTIFICATIONS)
IDS = UUID(int=7)


@dataclass
class Story:
    """One complaint. `seen`, `mails`, `handed` and `said` are there to be changed."""

    seen: list[Seen] = field(default_factory=list)
    mails: list[Mail] = field(default_factory=list)
    handed: list[dict[str, Any]] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)
    world: World = field(default_factory=World)
    notified: NotifierState = field(default_factory=NotifierState)
    _numbers: dict[str, int] = field(default_factory=dict)
    _told: int = 0
    _over: set[int] = field(default_factory=set)

    def register(self, at: datetime, **changes: Any) -> Story:
        event = registered(at, **({"has_contact": True} | changes))
        self.handed.append({
            "n": 17, "medium": "http", "channel": "web", "key": KEY, "kind": "good", "twice": False, "secret": False,
            "anonymous": event.anonymous, "has_contact": event.has_contact, "settled": True, "complaint": None,
            "email": EMAIL if event.has_contact else None,
            "answers": [{"status": 201, "tracking_id": TRACKING, "reason": None}],
        })  # fmt: skip
        for code, body in (("6407-dlh", DLH), ("6407-pupr", PUPR)):
            self._agency(code, body)
        for code in ("6407-inspektorat", "64-diskominfo", "ombudsman-64"):
            self._agency(code, DLH)
        self._input(COMPLAINTS, event, at)
        return self

    def assign(self, at: datetime, body: Agency = DLH, **changes: Any) -> int:
        outlet = f"lapor.agency.{body.code}"
        told = {name: getattr(self._registered, name) for name in (
            "tracking_id", "report_type", "title", "narrative", "category", "place", "occurred_on", "anonymous",
            "secret", "received_at",
        )}  # fmt: skip
        self.say(outlet, agency.AgencyAssigned(**told, lead=True, explanation_id="-", explanation_en="-"), at)
        rounds = sum(isinstance(s.event, assignments.Assigned) for s in self.seen) + 1
        event = assigned(body, self._numbers[outlet], round=rounds, **changes)
        return self._input(ASSIGNMENTS, event, at).number

    def reply(self, kind: type[Any], received_at: datetime, at: datetime | None = None, **fields: Any) -> Seen:
        """What the agency that has it now says, and what the router makes of it."""
        lead = self.world.known.lead
        assert lead is not None
        says: Any = {
            replies.Accepted: agency_replies.AgencyAccepted, replies.Declined: agency_replies.AgencyDeclined,
            replies.FollowedUp: agency_replies.AgencyFollowedUp, replies.Resolved: agency_replies.AgencyResolved,
        }  # fmt: skip
        words: Any = {replies.Accepted: {}, replies.Declined: {"reason": "-"}}
        says, words = says[kind], words.get(kind, {"text": "-"})
        outlet_number = next(
            s.event.outlet_number for s in self.seen
            if s.topic == ASSIGNMENTS and s.number == lead.assignment and isinstance(s.event, assignments.Assigned)
        )  # fmt: skip
        said = self.say(f"lapor.agency-replies.{lead.code}", says(assignment=outlet_number, **words), received_at)
        self.said.append({"id": str(said.envelope.id), "topic": said.topic, "complaint": ID, "type": says.type,
                          "wrong": False})  # fmt: skip
        event = kind(agency=lead.code, assignment=lead.assignment, received_at=received_at, **words, **fields)
        return self._input(REPLIES, event, at or received_at)

    def tell(self, topic: str, event: Event, at: datetime) -> Seen:
        """Anything else that escalation hears of."""
        return self._input(topic, event, at)

    def until(self, end: datetime) -> Story:
        self.world.until(end)
        self._outputs()
        return self

    def outage_until(self, at: datetime) -> Story:
        self.world.outage_until(at)
        self._outputs()
        return self

    # --- what the reckoning gets ---

    def evidence(self, now: datetime, **run: Any) -> Evidence:
        kills = run.get("kills", [])
        return Evidence(Run(self.handed, self.said, kills), Topics(self.seen), self.mails, now, RULES.policy)

    def of(self, kind: type[Event], nth: int = 0) -> Seen:
        return [s for s in self.seen if isinstance(s.event, kind)][nth]

    def remove(self, one: Seen) -> None:
        """Without a trace: what follows on its topic moves up, as if it had never been written."""
        self.seen = [_moved_up(s, one) for s in self.seen if s is not one]

    def forge(self, one: Seen, **changes: Any) -> Seen:
        envelope = {name: changes.pop(name) for name in ("time", "id", "number") if name in changes}
        body = one.event.model_copy(update=changes) if one.event else None
        place = self.seen.index(one)
        self.seen[place] = replace(one, envelope=replace(one.envelope, **envelope), event=body)
        return self.seen[place]

    # --- the services ---

    @property
    def _registered(self) -> complaints.Registered:
        return next(s.event for s in self.seen if isinstance(s.event, complaints.Registered))

    def _agency(self, code: str, like: Agency) -> None:
        entry = AgencyEntry(
            code=code, name=code, level="regency", kind="dlh", area="64.07", zone=like.zone,
            email=f"pengaduan@{code}.example", joined_on=date(2021, 4, 15),
        )  # fmt: skip
        self.say("lapor.agencies", entry, datetime(2023, 1, 1, tzinfo=UTC), subject=code)

    def say(self, topic: str, event: Event, at: datetime, *, subject: str = ID) -> Seen:
        number = self._numbers[topic] = self._numbers.get(topic, 0) + 1
        core = topic in CORE
        after = {name: n for name, n in self._numbers.items() if name in CORE and name != topic} if core else {}
        edge = topic.startswith("lapor.agency-replies.")
        envelope = Envelope(
            id=_id(topic, number), type=event.type, source="urn:test", subject=subject, time=at,
            number=None if edge else number, after=after,
        )  # fmt: skip
        self.seen.append(Seen(topic, 0, number, envelope, event, at))
        return self.seen[-1]

    def _input(self, topic: str, event: Event, at: datetime) -> Seen:
        seen = self.say(topic, event, at)
        self._route(event, at)
        self._escalate(seen, event, at)
        self._notify(seen, event)
        self._outputs()
        return seen

    def _route(self, event: Event, at: datetime) -> None:
        """What the router tells an agency because of it."""
        number = getattr(event, "assignment", None)
        held = [s for s in self.seen if isinstance(s.event, assignments.Assigned) and s.number == number]
        if not held:
            return
        assigned: Any = held[0].event
        told: Event | None = None
        if isinstance(event, assignments.Released):
            told = agency.AgencyReleased(assignment=assigned.outlet_number, reason=event.reason)
        elif isinstance(event, escalations.Reminded | escalations.LimitMissed) and number not in self._over:
            kind = agency.AgencyReminded if isinstance(event, escalations.Reminded) else agency.AgencyLimitMissed
            told = kind(assignment=assigned.outlet_number, limit=event.limit, due_at=event.due_at)
        if told is not None:
            self.say(f"lapor.agency.{assigned.agency.code}", told, at)
        if isinstance(event, assignments.Released | replies.Resolved | escalations.ClosedBySilence):
            self._over.add(event.assignment)

    def _escalate(self, seen: Seen, event: Event, at: datetime) -> None:
        if isinstance(event, complaints.Registered):
            decision = complaint.registered(event, RULES)
        else:
            decision = _decide(self.world.known, event, seen.number, at)
        evidence = alert.evidence_of(event, at=at, topic=seen.topic, number=seen.number, event_id=seen.envelope.id)
        if evidence is not None:
            state = replaced(decision.state, evidence=(*decision.state.evidence, evidence))
            decision = Decision(state, decision.events)
        self.world.apply(decision, at)

    def _outputs(self) -> None:
        """What escalation has said since; its world made up ids of its own for the proof."""
        for at, topic, event in self.world.said[self._told :]:
            self._told += 1
            seen = self.say(topic, event, at)
            if topic == ESCALATIONS:
                seen = self.forge(seen, id=UUID(int=1000 + seen.number))
            self._route(event, at)
            self._notify(seen, event)

    def _notify(self, seen: Seen, event: Event) -> None:
        if isinstance(event, complaints.Registered):
            self.notified = replace(self.notified, registered=True, has_contact=event.has_contact)
        if isinstance(event, assignments.Assigned):
            told = Assignment(event.agency.code, event.agency.name, event.agency.zone, event.copies)
            known = {**self.notified.assignments, seen.number: told}
            self.notified = replace(self.notified, assignments=known, current=seen.number)
        if isinstance(event, assignments.Released) and self.notified.current == event.assignment:
            self.notified = replace(self.notified, current=None)
        if isinstance(event, replies.Resolved | escalations.ClosedBySilence):
            self.notified = replace(self.notified, closed=event.assignment)
        for message in messages(self.notified, event):
            delivery = delivery_id(seen.envelope.id, message.role, message.recipient)
            self.say(NOTIFICATIONS, notifications.Queued(
                delivery=delivery, about=seen.envelope.id, about_type=event.type, role=message.role,
                recipient=message.recipient, medium="email",
            ), seen.envelope.time)  # fmt: skip
            self.say(NOTIFICATIONS, notifications.Sent(delivery=delivery, attempts=1), seen.envelope.time)
            to = EMAIL if message.recipient is None else f"pengaduan@{message.recipient}.example"
            file = f"20261125T231456.037990Z-{len(self.mails):06d}.eml"
            self.mails.append(Mail(file, str(delivery), to, to, f"[LAPOR {TRACKING}] {message.template}"))


def _decide(state: Escalation, event: Event, number: int, at: datetime) -> Decision:  # noqa: PLR0911 - one an event
    match event:
        case complaints.Held():
            return complaint.held(state, RULES, at)
        case complaints.Completed():
            return complaint.completed(state, RULES, event.place, at)
        case complaints.ReporterReplied():
            return complaint.reporter_replied(state, at)
        case complaints.Reopened():
            return complaint.reopened(state, event, at)
        case complaints.Withdrawn():
            return complaint.withdrawn(state, at)
        case assignments.Assigned():
            return assignment.assigned(state, RULES, event.agency, number, at)
        case assignments.Released():
            return assignment.released(state, event.assignment, at)
        case assignments.NeedsDecision():
            return assignment.needs_decision(state, RULES, at, event.arbiter)
        case assignments.Archived():
            return assignment.archived(state, at)
        case replies.Accepted() | replies.Declined() | replies.FollowedUp() | replies.Resolved():
            return reply.replied(state, RULES, event)
    raise AssertionError(event)


def _moved_up(one: Seen, gone: Seen) -> Seen:
    envelope = one.envelope
    after = dict(envelope.after)
    if after.get(gone.topic, 0) >= gone.number:
        after[gone.topic] -= 1
    number = envelope.number
    if one.topic == gone.topic and number is not None and number > gone.number:
        number -= 1
    return replace(one, envelope=replace(envelope, number=number, after={t: n for t, n in after.items() if n}))


def _id(topic: str, number: int) -> UUID:
    return uuid5(IDS, f"{topic} {number}")
