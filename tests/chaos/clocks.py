"""The clocks of one complaint: escalation's rules anew, mutable and slow, to hold against its events.

Nothing here is escalation's own but data: the limits, their steps, the provinces' zones. What an input calls for
is `owed` until it is seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lapor_contracts import assignments, complaints, escalations, replies
from lapor_contracts.base import Agency, Event
from lapor_contracts.escalations import Limit, Step
from lapor_escalation.domain.policy import Policy
from lapor_escalation.domain.zones import zone_of

from tests.chaos.days import OFFICE_DAY, Days, Hold, Span

LADDER: tuple[Step, ...] = ("reminded", "limit_missed", "superior_told", "alerted")
# What an end of the complaint stops its clocks with.
CAUSES = {
    "resolved": "resolved", "silence": "closed", "withdrawn": "withdrawn", "archived": "archived",
    "out_of_scope": "closed",
}  # fmt: skip
Key = tuple[str, str, int | None]


@dataclass
class Fired:
    due: datetime
    at: datetime
    overtaken: bool = False


@dataclass
class Clock:
    kind: str
    limit: Limit
    agency: str | None
    assignment: int | None
    span: Span
    due: datetime
    stopped: str | None = None
    restarted: datetime | None = None
    steps: dict[str, Fired] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.key: Key = (self.kind, self.limit.rule, self.assignment)


@dataclass
class Owed:
    """An event that an input calls for. `unfired`: the step that was next on the clock, and when it was due."""

    type: type[Event]
    key: Key
    fields: dict[str, Any]
    unfired: tuple[Step, datetime] | None = None


@dataclass
class Case:
    """An alert at an office of the Ombudsman. `rounds`: answer by, and whether it was answered."""

    office: str
    assignment: int | None
    rounds: list[list[Any]] = field(default_factory=list)
    closed: bool = False
    waived: bool = False
    heed_by: datetime | None = None
    answers: list[datetime] = field(default_factory=list)
    ignored: bool = False


@dataclass
class Clocks:
    """One life. `apply` takes what others wrote."""

    limits: Policy
    days: Days
    registered: complaints.Registered | None = None
    zone: str = "WIB"
    area: str | None = None
    closed: str | None = None
    lead: tuple[int, Agency, datetime] | None = None
    followed_up: datetime | None = None
    replied: datetime | None = None
    holds: list[Hold] = field(default_factory=list)
    clocks: dict[Key, Clock] = field(default_factory=dict)
    cases: list[Case] = field(default_factory=list)
    owed: list[Owed] = field(default_factory=list)
    asked: datetime | None = None
    told: bool = False

    # --- inputs ---

    def apply(self, event: Event, number: int, at: datetime) -> None:  # noqa: PLR0912 - a case an event
        """`at`: its ce_time."""
        match event:
            case complaints.Registered():
                self._registered(event)
            case complaints.Held() if not self.held:
                self.holds.append((at, None))
                for clock in self.running():
                    self._owe_pause(clock)
            case complaints.Completed():
                self._placed(event.place.area_code if event.place else None)
                if self.held:
                    self._resume(at)
            case complaints.Amended():
                self._placed(event.place.area_code if event.place else None)
            case complaints.ReporterReplied():
                self.replied = max(at, self.replied or at)
                self._stop(lambda c: c.limit.rule == "reporter_reply" and c.span.start <= at, at, "answered")
            case complaints.Reopened():
                if self.closed in ("resolved", "silence") and event.assignment == (
                    self.lead[0] if self.lead else event.assignment
                ):
                    self._open_again(at)
            case complaints.Withdrawn():
                self.end("withdrawn", at)
            case assignments.Assigned():
                self._assigned(event, number, at)
            case assignments.Released():
                if self.lead is not None and self.lead[0] == event.assignment:
                    self.lead = None
                self._stop(lambda c: c.assignment == event.assignment, at, "released")
            case assignments.NeedsDecision() if self.closed != "withdrawn":
                self._undecided(at)
            case assignments.Archived():
                self.end("archived", at)
            case assignments.OutOfScope():
                self.end("out_of_scope", at)
            case replies.Accepted() | replies.Declined() | replies.FollowedUp() | replies.Resolved():
                self._answered(event)
            case _:
                pass

    def _registered(self, event: complaints.Registered) -> None:
        self.registered, self.area = event, event.place.area_code
        self.zone = zone_of(self.area)
        self._start_citizens(self.limits.whole(event.report_type))
        self._start_citizens(self.limits.verification)

    def _placed(self, area: str | None) -> None:
        if area is not None:
            self.area, self.zone = area, zone_of(area)

    def _resume(self, at: datetime) -> None:
        self.holds[-1] = (self.holds[-1][0], at)
        for clock in self.clocks.values():
            if clock.stopped is None or (clock.kind == "citizen" and clock.stopped != "answered"):
                span = clock.span
                zone = self.zone if clock.kind == "citizen" else span.zone
                clock.span = Span(span.start, span.value, span.working, zone)
                clock.due = self.days.due(clock.span, self.holds)
        for clock in self.running():
            self._owe(escalations.ClockResumed, clock, due_at=clock.due)

    def _assigned(self, event: assignments.Assigned, number: int, at: datetime) -> None:
        """An assignment opens what was closed, ends another's clocks and the verification, and starts its own."""
        if self.closed == "withdrawn":
            return
        self.asked = None
        self._open_again(at)
        self._stop(lambda c: c.kind == "agency" and c.assignment != number, at, "released")
        self.lead = (number, event.agency, at)
        self._stop(lambda c: c.limit.rule == "verification", at, "answered")
        self._start_citizens(self.limits.acceptance)
        self._start_agencys(self.limits.first_response, at)

    def _undecided(self, at: datetime) -> None:
        self.lead = None
        self._open_again(at)
        self._stop(lambda c: c.kind == "agency", at, "released")
        self._go_on(
            lambda c: c.stopped in ("archived", "closed") and c.limit.rule in ("verification", "acceptance"), at
        )
        # While the verification runs, its clock waits for the person too.
        if self.asked is None and all(c.limit.rule != "verification" for c in self.running()):
            self.asked, self.told = at, False

    def decide_by(self) -> datetime:
        assert self.asked is not None
        limit = self.limits.decision
        return self.days.due(Span(self.asked, limit.value, limit.unit == "working_days", self.zone), self.holds)

    def _answered(self, reply: replies.Accepted | replies.Declined | replies.FollowedUp | replies.Resolved) -> None:
        """Of the lead only; when it came is what counts. After an end it answers the Ombudsman at most."""
        copy = isinstance(reply, replies.FollowedUp) and not reply.lead
        if self.lead is None or copy or (reply.agency, reply.assignment) != (self.lead[1].code, self.lead[0]):
            return
        (number, _, assigned_at), at = self.lead, reply.received_at
        if isinstance(reply, replies.FollowedUp | replies.Resolved):
            self._explained(number, at)
        if self.closed is not None or any(
            c.assignment == number and c.stopped in CAUSES.values() for c in self.clocks.values()
        ):
            return
        if isinstance(reply, replies.Resolved):
            self.end("resolved", at)
        elif isinstance(reply, replies.Declined):
            self._stop(lambda c: c.assignment == number, at, "declined")
        else:
            first = ("citizen", "acceptance", None), ("agency", "first_response", number)
            self._stop(lambda c: c.key in first, at, "answered")
            assert self.registered is not None
            if ("agency", "completion", number) not in self.clocks:
                self._start_agencys(self.limits.completion(self.registered.report_type), assigned_at)
            if isinstance(reply, replies.FollowedUp):
                self._wait_for_the_reporter(at)

    def _wait_for_the_reporter(self, at: datetime) -> None:
        latest = self.followed_up = max(at, self.followed_up or at)
        waits = [c for c in self.clocks.values() if c.limit.rule == "reporter_reply" and c.stopped is None]
        has_replied = self.replied is not None and self.replied >= latest
        if not has_replied and (self.held or all(c.span.start < latest for c in waits)):
            self._start_agencys(self.limits.reporter_reply, latest)

    def _explained(self, assignment: int, at: datetime) -> None:
        for case in self.cases:
            if case.assignment in (None, assignment):
                for asked in case.rounds:
                    asked[1] = asked[1] or at <= asked[0]
                case.answers.append(at)

    # --- clocks ---

    @property
    def held(self) -> bool:
        return bool(self.holds) and self.holds[-1][1] is None

    def running(self) -> list[Clock]:
        return [clock for clock in self.clocks.values() if clock.stopped is None]

    def end(self, why: str, at: datetime) -> None:
        if self.closed != "withdrawn":
            self.closed = why
        self.asked = None
        self._stop(lambda _: True, at, CAUSES[why])

    def _open_again(self, at: datetime) -> None:
        if self.closed not in (None, "withdrawn"):
            self.closed = None
            self._go_on(lambda c: c.limit.rule == "whole", at)

    def _go_on(self, which: Callable[[Clock], bool], at: datetime) -> None:
        for clock in self.clocks.values():
            if clock.kind == "citizen" and clock.stopped is not None and which(clock):
                clock.stopped, clock.restarted = None, at
                self._owe(escalations.ClockResumed, clock, due_at=clock.due)

    def _start_citizens(self, limit: Limit) -> None:
        assert self.registered is not None
        if ("citizen", limit.rule, None) not in self.clocks:
            self._start(limit, self.registered.received_at, None, None, self.zone)

    def _start_agencys(self, limit: Limit, at: datetime) -> None:
        assert self.lead is not None
        number, agency, _ = self.lead
        self._start(limit, at, number, agency.code, agency.zone)

    def _start(self, limit: Limit, at: datetime, assignment: int | None, agency: str | None, zone: str) -> None:
        kind = "citizen" if assignment is None else "agency"
        span = Span(at, limit.value, limit.unit == "working_days", zone)
        clock = Clock(kind, limit, agency, assignment, span, self.days.due(span, self.holds))
        self.clocks.pop(clock.key, None)
        self.clocks[clock.key] = clock
        self._owe(escalations.ClockStarted, clock, due_at=clock.due, agency=agency, limit=limit)
        if self.held:
            self._owe_pause(clock)

    def _stop(self, which: Callable[[Clock], bool], at: datetime, cause: str) -> None:
        for clock in self.running():
            if not which(clock):
                continue
            held_before = self.held and self.holds[-1][0] < clock.due
            by_silence = clock.limit.rule == "reporter_reply" and cause == "closed"
            kept = at <= clock.due
            unfounded = tuple(
                s for s, f in clock.steps.items() if not f.overtaken and (at <= f.due or (kept and s != "reminded"))
            )
            unfired = self.following(clock)
            clock.stopped = cause
            self._owe(
                escalations.ClockStopped, clock, cause=cause, withdrawn_steps=unfounded,
                in_time=not by_silence and (at <= clock.due or held_before),
            ).unfired = unfired  # fmt: skip

    def _owe_pause(self, clock: Clock) -> None:
        left = self.days.minutes_left(clock.span, clock.due, self.holds[-1][0])
        self._owe(escalations.ClockPaused, clock, left_minutes=left)

    def _owe(self, kind: type[Event], clock: Clock, **fields: Any) -> Owed:
        self.owed.append(Owed(kind, clock.key, fields))
        return self.owed[-1]

    # --- the ladder ---

    def following(self, clock: Clock) -> tuple[Step, datetime] | None:
        """The next step and when it is due; None where none may come."""
        if clock.stopped is not None or self.held or clock.limit.rule == "reporter_reply":
            return None
        step = next((step for step in LADDER if step not in clock.steps), None)
        if step is None or (step == "alerted" and clock.kind == "citizen" and self.cases):
            return None
        return step, self._step_due(clock, step)

    def _step_due(self, clock: Clock, step: Step) -> datetime:
        if step == "limit_missed":
            return clock.due
        days = self.limits.steps[step]
        if step == "reminded":
            return self.days.before(clock.due, days * OFFICE_DAY, clock.span.zone)
        before = clock.steps[LADDER[LADDER.index(step) - 1]]
        since = max(before.at, clock.restarted or before.at, clock.due)
        return self.days.grace(since, days, clock.span.zone, self.holds)
