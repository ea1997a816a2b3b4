"""One complaint as the rules have it: who has it, which clocks run, and what is said when one of them runs out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from lapor_contracts import assignments, complaints, replies
from lapor_contracts.base import Agency

from tests.support.escalation_model.clocks import MOTHERS, NATIONAL, STEPS, Clock, Clocks, Question, zone_of
from tests.support.escalation_model.office import OFFICE_DAY, Office, minute
from tests.support.escalation_model.ombudsman import Asked, Case
from tests.support.escalation_model.watch import limit


@dataclass
class Life(Clocks):
    """Minute by minute, and what is heard meanwhile."""

    # --- time ---

    def live(self, until: int) -> None:
        """Minute by minute."""
        while self.now < until:
            by_day = any(clock.watch.plain for clock in self.clocks)
            self.now = min(self.now + 1 if by_day else self.office.following(self.now), until)
            self.look()

    def look(self) -> None:
        """Says all that is due by now, the oldest first; of two at once the agency's before the citizen's."""
        while self.up and not self.waits() and (due := sorted(self._due(), key=lambda one: one[:2])):
            due[0][2]()

    def change_calendar(self, office: Office) -> None:
        """Every clock is counted again, from its start."""
        self.office = office
        for clock in self.clocks:
            if self._may_run(clock):
                clock.watch = limit(clock.watch.start, *clock.limit, clock.watch.zone, office)
        self._count_again()

    def _due(self) -> Iterator[tuple[int, bool, Callable[[], None]]]:
        if self.held is None:
            for clock in self.clocks:
                if clock.stopped is None:
                    yield from self._due_of(clock)
        if self.question is not None and self.held is None and self.closed is None and not self.question.told:
            self.question.watch.run(self.now, self.office, self.holds)
            if self.question.watch.ran_out is not None:
                yield self.question.watch.ran_out, False, self._tell
        for case in self.cases.reprimanded():
            if case.heed_by <= self.now and self.closed is None and self._could_answer(case):
                yield case.heed_by, False, lambda case=case: self._publish(case)  # type: ignore[misc]
        for case, asked in self.cases.unanswered():
            if asked.answer_by <= self.now:
                yield asked.answer_by, False, lambda case=case, asked=asked: self._expire(case, asked)  # type: ignore[misc]

    def _due_of(self, clock: Clock) -> Iterator[tuple[int, bool, Callable[[], None]]]:
        citizens = clock.assignment is None
        clock.watch.run(self.now, self.office, self.holds)
        if clock.rule == "reporter_reply":
            if clock.watch.ran_out is not None:
                yield clock.watch.ran_out, False, lambda: self._close_by_silence(clock)
            return
        step = next((step for step in STEPS if step not in clock.sent), None)
        at: int | None = None
        if step == "reminded":
            at = self._reminder(clock)
            if clock.watch.ran_out is None and at > self.now:
                return
        elif step == "limit_missed":
            at = clock.watch.ran_out
        elif step is not None and not (step == "alerted" and citizens and self.cases.all):
            assert clock.grace is not None
            clock.grace.run(self.now, self.office, self.holds)
            at = clock.grace.ran_out
        if step is not None and at is not None:
            yield at, citizens, lambda: self._say(clock, step, at)

    def _reminder(self, clock: Clock) -> int:
        if clock.reminder is None:
            due = clock.watch.runs_out(self.office, self.holds)
            clock.reminder = self.office.back(due, self.numbers.steps["reminded"] * OFFICE_DAY, clock.watch.zone)
        return clock.reminder

    def _say(self, clock: Clock, step: str, at: int) -> None:
        due = clock.watch.ran_out
        clock.sent.append(step)
        kind = "citizen" if clock.assignment is None else "agency"
        if step == "reminded" and due is not None:
            self.said.append(("overtaken", self.now, kind, clock.assignment, step, at))
            return
        due = clock.watch.runs_out(self.office, self.holds)
        self.said.append((step, self.now, kind, clock.assignment, clock.rule, due))
        clock.given = self.now
        self._give(clock)
        if step == "alerted":
            self.cases.all.append(Case(self._office_of(clock), clock.assignment))

    def _office_of(self, clock: Clock) -> str:
        """Of the agency's place, which its code tells of; else of the complaint's."""
        province = (self.area or "")[:2]
        if self.lead is not None and clock.assignment == self.lead[0]:
            if self.lead[1].ombudsman_office:
                return self.lead[1].ombudsman_office
            if self.lead[1].code[:2].isdigit():
                province = self.lead[1].code[:2]
        return f"ombudsman-{MOTHERS.get(province, province)}" if province else NATIONAL

    def _close_by_silence(self, clock: Clock) -> None:
        assert clock.watch.ran_out is not None
        self.said.append(("closed_by_silence", self.now, "agency", clock.assignment, clock.rule, clock.watch.ran_out))
        self._end("silence")

    def _tell(self) -> None:
        """Nobody has decided."""
        assert self.question is not None
        self.question.told = True
        self.said.append(("undecided", self.now, self.question.watch.ran_out))

    def _publish(self, case: Case) -> None:
        case.ignored = True
        self.said.append(("published_as_ignored", self.now, case.office, case.assignment, case.heed_by))

    def _could_answer(self, case: Case) -> bool:
        if self.closed not in (None, "resolved", "silence"):
            return False
        return case.assignment is None or (self.lead is not None and self.lead[0] == case.assignment)

    def _expire(self, case: Case, asked: Asked) -> None:
        asked.expired = True
        if case.silent and self._could_answer(case):
            self.said.append(("reply_waived", self.now, case.office, case.assignment))

    # --- what is heard: `at` is when it was written ---

    def hear(self, event: Any, number: int, at: int) -> None:  # noqa: PLR0912 - a case an event
        match event:
            case complaints.Registered():
                self.registered, self.area = event, event.place.area_code
                self._citizens("whole")
                self._citizens("verification")
            case complaints.Held() if self.held is None:
                self.holds.append((at, None))
                self._count_again()
            case complaints.Completed():
                self._place(event)
                if self.held is not None:
                    self._resume(at)
            case complaints.Amended():
                self._place(event)
            case complaints.ReporterReplied():
                self.replied = max(at, self.replied or at)
                self._stop("answered", lambda c: c.rule == "reporter_reply" and c.watch.start <= at)
            case complaints.Reopened() if self.closed in ("resolved", "silence"):
                if self.lead is None or event.assignment == self.lead[0]:
                    self._open_again(at)
            case complaints.Withdrawn():
                self._end("withdrawn")
            case assignments.Assigned() if self.closed != "withdrawn":
                self._assigned(event.agency, number, at)
            case assignments.Released():
                if self.lead is not None and self.lead[0] == event.assignment:
                    self.lead = None
                self._stop("released", lambda c: c.assignment == event.assignment)
            case assignments.NeedsDecision() if self.closed != "withdrawn":
                self._undecided(at)
            case assignments.Archived():
                self._end("archived")
            case assignments.OutOfScope():
                self._end("out_of_scope")
            case replies.Accepted() | replies.Declined() | replies.FollowedUp() | replies.Resolved():
                self._answered(event, minute(event.received_at))

    def ask(self, office: str, at: int) -> None:
        """The Ombudsman asks for an explanation."""
        self.cases.ask(office, at, self._fortnight(at))

    def reprimand(self, office: str, at: int) -> None:
        """It may still be heeded."""
        self.cases.reprimand(office, at, self._fortnight(at))

    def _fortnight(self, at: int) -> int:
        """16.00 of the 14th day, where the agency is."""
        zone = self.lead[1].zone if self.lead is not None else zone_of(self.area)
        return self.office.closing_of_day(at, 14, zone)

    def _place(self, event: complaints.Completed | complaints.Amended) -> None:
        if event.place is not None and event.place.area_code is not None:
            self.area = event.place.area_code

    def _resume(self, at: int) -> None:
        """The citizen's clocks are counted in the zone of the place as it is known by now."""
        self.holds[-1] = (self.holds[-1][0], at)
        for clock in self.clocks:
            if clock.assignment is None and self._may_run(clock):
                clock.watch = limit(clock.watch.start, *clock.limit, zone_of(self.area), self.office)
        self._count_again()

    def _assigned(self, agency: Agency, number: int, at: int) -> None:
        self.question = None
        self._open_again(at)
        self._stop("released", lambda c: c.assignment not in (None, number))
        self.lead = (number, agency, at)
        self._stop("answered", lambda c: c.rule == "verification")
        self._citizens("acceptance")
        self._start("first_response", at)

    def _undecided(self, at: int) -> None:
        self.lead = None
        self._open_again(at)
        self._stop("released", lambda c: c.assignment is not None)
        self._go_on(at, lambda c: c.stopped in ("archived", "closed") and c.rule in ("verification", "acceptance"))
        if self.question is None and not any(c.rule == "verification" and c.stopped is None for c in self.clocks):
            self.question = Question(limit(at, *self.numbers.limits["decision"], zone_of(self.area), self.office))

    def _answered(self, reply: Any, at: int) -> None:
        """Of the agency that has it. After an end it is an answer to the Ombudsman at most."""
        copy = isinstance(reply, replies.FollowedUp) and not reply.lead
        if self.lead is None or copy or (reply.agency, reply.assignment) != (self.lead[1].code, self.lead[0]):
            return
        number, _, assigned_at = self.lead
        if isinstance(reply, replies.FollowedUp | replies.Resolved):
            self.cases.answer(number, at)
        ended = ("resolved", "closed", "withdrawn", "archived")
        if self.closed is not None or any(c.assignment == number and c.stopped in ended for c in self.clocks):
            return
        if isinstance(reply, replies.Resolved):
            self._end("resolved")
        elif isinstance(reply, replies.Declined):
            self._stop("declined", lambda c: c.assignment == number)
        else:
            self._stop(
                "answered", lambda c: c.rule == "acceptance" or (c.rule, c.assignment) == ("first_response", number)
            )
            if not any((c.rule, c.assignment) == ("completion", number) for c in self.clocks):
                self._start("completion", assigned_at)
            if isinstance(reply, replies.FollowedUp):
                self._followed_up(at, number)

    def _followed_up(self, at: int, number: int) -> None:
        """The reporter's time runs from the latest follow-up, unless it has been answered already."""
        latest = self.followed_up = max(at, self.followed_up or at)
        if self.replied is not None and self.replied >= latest:
            return
        waiting = [c for c in self.clocks if c.rule == "reporter_reply" and c.stopped is None]
        if self.held is None and any(c.watch.start >= latest for c in waiting):
            return
        self.clocks = [c for c in self.clocks if (c.rule, c.assignment) != ("reporter_reply", number)]
        self._start("reporter_reply", latest)
