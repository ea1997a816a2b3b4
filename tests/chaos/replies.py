"""What agencies and the Ombudsman said: each counts once, or is refused once, and rightly."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lapor_contracts import agency_replies, assignments, complaints, escalations, ombudsman_replies, replies
from lapor_contracts.agency import AgencyReplyRejected
from lapor_contracts.base import Event
from lapor_contracts.catalogue import topic as topic_of
from lapor_contracts.operations import DeadLetter

from tests.chaos.records import ASSIGNMENTS, COMPLAINTS, ESCALATIONS, REPLIES, Life, Run, Seen, World, distinct
from tests.chaos.report import Kind, Reckoning

COUNTS_AS: dict[type[Event], type[Event]] = {
    agency_replies.AgencyAccepted: replies.Accepted, agency_replies.AgencyDeclined: replies.Declined,
    agency_replies.AgencyFollowedUp: replies.FollowedUp, agency_replies.AgencyResolved: replies.Resolved,
}  # fmt: skip
PASSED_ON: dict[type[Event], type[Event]] = {
    ombudsman_replies.OmbudsmanAcknowledged: escalations.Acknowledged,
    ombudsman_replies.OmbudsmanClarificationAsked: escalations.ClarificationAsked,
    ombudsman_replies.OmbudsmanReprimanded: escalations.Reprimanded,
    ombudsman_replies.OmbudsmanCaseClosed: escalations.CaseClosed,
}  # fmt: skip
AGENCYS = "lapor.agency-replies.{code}"
OMBUDSMANS = "lapor.ombudsman.replies"
Counted = tuple[str, type[Event], str, datetime]


@dataclass
class Replies:
    """`refused`: ids of those that became dead letters rightly. What came after `now` may still be on its way."""

    run: Run
    world: World
    reckoning: Reckoning
    now: datetime
    refused: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        edges = list(self.world.of_kind("edge"))
        # Sent again under the same id, only what came first counts.
        self._said = {
            str(one.envelope.id): one for one in sorted(edges, key=lambda s: (s.topic, s.offset), reverse=True)
        }
        self._wrong = {line["id"]: bool(line.get("wrong")) for line in self.run.said}
        letters = (one.event for one in distinct(self.world.of_kind("dead_letters")))
        self._letters = {str(d.event_id): d for d in letters if isinstance(d, DeadLetter)}
        self._rejected: dict[str, list[Seen]] = defaultdict(list)
        for one in distinct(self.world.of_kind("outlet")):
            if isinstance(one.event, AgencyReplyRejected):
                self._rejected[str(one.event.reply)].append(one)

    def judge(self) -> None:
        for line in self.run.said:
            if line["id"] not in self._said:
                self._add("lost", line["complaint"], f"{line['type']} {line['id']} was said and is not on its topic")
        self._agencys()
        self._ombudsmans()

    def _agencys(self) -> None:
        counted: dict[Counted, list[Seen]] = defaultdict(list)
        for life in self.world.lives.values():
            for one in life.on(REPLIES):
                counted[_counted(one)].append(one)
        for one in self._said.values():
            if topic_of(one.topic).name == AGENCYS:
                self.reckoning.checked["replies"] += 1
                self._agencys_one(one, counted.pop(_expected(one), []) if one.event is not None else [])
        for left in counted.values():
            for one in left:
                self._add("unexplained", one.envelope.subject, f"{REPLIES} {one.number}: no agency said this")
        for reply in self._rejected.keys() - self._said.keys():
            self._add("unexplained", reply, "refused in an outlet, and nobody said it")

    def _agencys_one(self, said: Seen, counts: list[Seen]) -> None:
        what, complaint, id_ = type(said.event).__name__, said.envelope.subject, str(said.envelope.id)
        rejections = self._rejected.get(id_, [])
        outcomes = len(counts) + len(rejections) + (id_ in self._letters)
        if outcomes == 0 and said.arrived <= self.now:
            self._add("lost", complaint, f"{what} {id_} on {said.topic}: neither counted nor refused")
        if outcomes > 1:
            self._add("duplicated", complaint, f"{what} {id_}: counted {len(counts)}, refused {outcomes - len(counts)}")
        if counts and self._wrong.get(id_):
            self._add("unexplained", complaint, f"{what} {id_} answers a wrong assignment, and counts")
        life = self.world.lives.get(complaint, Life(complaint))
        for one in counts:
            self._may_count(life, one)
        for one in rejections:
            self._add("refused", complaint, f"{what} {id_}: {one.event.reason}")  # type: ignore[union-attr]
            if not self._wrong.get(id_):
                self._may_be_refused(life, said, one)

    def _may_count(self, life: Life, one: Seen) -> None:
        """By what the router had written then, the assignment was the current one."""
        event: Any = one.event
        written = one.envelope.after.get(ASSIGNMENTS, 0)
        before = [s.event for s in life.on(ASSIGNMENTS) if s.number <= written]
        named = next((s.event for s in life.on(ASSIGNMENTS) if s.number == event.assignment), None)
        over = any(isinstance(e, assignments.Released) and e.assignment == event.assignment for e in before)
        if not isinstance(named, assignments.Assigned) or event.assignment > written or over:
            self._add("unexplained", life.id, f"{REPLIES} {one.number}: assignment {event.assignment} is not current")
        elif event.agency != named.agency.code and event.agency not in named.copies:
            self._add("unexplained", life.id, f"{REPLIES} {one.number}: {event.agency} does not have it")

    def _may_be_refused(self, life: Life, said: Seen, rejection: Seen) -> None:
        """Only once its assignment was over: something that ended it was said before the refusal."""
        reply: Any = said.event
        agency = topic_of(said.topic).code_of(said.topic)
        named = next(
            (s.number for s in life.on(ASSIGNMENTS) if isinstance(s.event, assignments.Assigned)
             and (s.event.agency.code, s.event.outlet_number) == (agency, reply.assignment)), None,
        )  # fmt: skip
        if named is None:
            return
        ends = [s.envelope.time for s in _ends(life, named)]
        if not ends or min(ends) > rejection.envelope.time:
            self._add(
                "unexplained",
                life.id,
                f"{type(reply).__name__} {said.envelope.id} to assignment {named} was "
                f"refused at {rejection.envelope.time}, but it was over at {min(ends, default=None)}",
            )

    def _ombudsmans(self) -> None:
        said: Counter[tuple[str, type[Event]]] = Counter()
        later: Counter[tuple[str, type[Event]]] = Counter()
        for one in self._said.values():
            if one.topic != OMBUDSMANS or one.event is None:
                continue
            self.reckoning.checked["rulings"] += 1
            id_ = str(one.envelope.id)
            if id_ in self._letters:
                if self._wrong.get(id_) or self._was_said_before(one, self._letters[id_].reason):
                    self.refused.add(id_)
                    self._add("refused", one.envelope.subject, f"{type(one.event).__name__} {id_}")
            else:
                (said if one.arrived <= self.now else later)[one.envelope.subject, PASSED_ON[type(one.event)]] += 1
        passed: Counter[tuple[str, type[Event]]] = Counter(
            (life.id, type(one.event)) for life in self.world.lives.values() for one in life.on(ESCALATIONS)
            if one.event is not None and isinstance(one.event, tuple(PASSED_ON.values()))
        )  # fmt: skip
        for (complaint, kind), times in (said - passed).items():
            self._add("lost", complaint, f"{times} {kind.__name__} of the Ombudsman without an event")
        for (complaint, kind), times in (passed - said - later).items():
            self._add("duplicated", complaint, f"{times} {kind.__name__} more than the Ombudsman said")

    def _was_said_before(self, one: Seen, reason: str) -> bool:
        """Acknowledged or closed already: a second time is a dead letter."""
        causes = {"already_acknowledged": escalations.Acknowledged, "case_is_closed": escalations.CaseClosed}
        life, office = self.world.lives.get(one.envelope.subject), getattr(one.event, "office", None)
        said = [s.event for s in life.on(ESCALATIONS)] if life else []
        return any(isinstance(e, causes.get(reason, ())) and getattr(e, "office", "") == office for e in said)

    def _add(self, kind: Kind, where: str, what: str) -> None:
        self.reckoning.add(kind, where, what)


def _counted(one: Seen) -> Counted:
    event: Any = one.event
    return one.envelope.subject, type(event), event.agency, event.received_at


def _expected(one: Seen) -> Counted:
    event: Any = one.event
    agency = topic_of(one.topic).code_of(one.topic)
    return one.envelope.subject, COUNTS_AS[type(event)], agency or "", one.arrived


def _ends(life: Life, number: int) -> Iterator[Seen]:
    """What ended an assignment, or the complaint while it lasted."""
    for one in life.on(COMPLAINTS, ASSIGNMENTS, REPLIES, ESCALATIONS):
        event = one.event
        if isinstance(event, assignments.Released | replies.Resolved | escalations.ClosedBySilence):
            if event.assignment == number:
                yield one
        elif isinstance(event, complaints.Withdrawn | assignments.Archived | assignments.OutOfScope):
            yield one
