"""The ladder, the reporter's silence and the Ombudsman: what escalation says by itself, checked when it is seen.

Data alone is shared with escalation: the limits and their steps, and by province the offices and admins.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from lapor_contracts import alerts, escalations
from lapor_contracts.base import Agency, Event
from lapor_contracts.escalations import Step
from lapor_escalation.domain import offices
from lapor_escalation.domain.zones import province_of

from tests.chaos.clocks import Case, Clock, Clocks, Fired, Key

STEPS: dict[type[Event], Step] = {
    escalations.Reminded: "reminded", escalations.LimitMissed: "limit_missed",
    escalations.SuperiorTold: "superior_told", alerts.Alerted: "alerted",
}  # fmt: skip
TIMED: tuple[type[Event], ...] = (
    *STEPS, escalations.Overtaken, escalations.ClosedBySilence, escalations.ReplyWaived, escalations.Undecided,
    escalations.PublishedAsIgnored,
)  # fmt: skip
SAID = (
    escalations.Acknowledged, escalations.ClarificationAsked, escalations.Reprimanded, escalations.CaseClosed,
)  # fmt: skip


class Wrong(Exception):  # noqa: N818 - what was seen cannot be
    """`kind`: duplicated or unexplained."""

    def __init__(self, kind: Literal["duplicated", "unexplained"], why: str) -> None:
        super().__init__(why)
        self.kind: Literal["duplicated", "unexplained"] = kind
        self.why = why


class Reference(Clocks):
    """Each method takes an event that was seen, and raises Wrong where it may not be there."""

    def timed(self, event: Event, at: datetime) -> datetime:
        """What a timer said at `at`; gives when it was due."""
        match event:
            case escalations.ClosedBySilence():
                return self.close_by_silence(event, at)
            case escalations.ReplyWaived():
                return self.waive(event, at)
            case escalations.Undecided():
                return self.undecided(event, at)
            case escalations.PublishedAsIgnored():
                return self.ignore(event, at)
            case escalations.Overtaken():
                return self._overtaken(event, at)
            case _:
                return self.step(event, at)

    def step(self, event: Event, at: datetime) -> datetime:
        ladder = escalations.Reminded | escalations.LimitMissed | escalations.SuperiorTold | alerts.Alerted
        assert isinstance(event, ladder)
        step, body = STEPS[type(event)], event
        kind = "citizen" if body.assignment is None else "agency"
        clock = self._clock((kind, body.limit.rule, body.assignment))
        due = self._in_turn(clock, step, at)
        if body.due_at != clock.due:
            raise Wrong("unexplained", f"{step} names {body.due_at} as its limit, which is {clock.due}")
        if step == "reminded" and clock.due <= at:
            raise Wrong("unexplained", f"reminded at {at}, after the limit {clock.due}: overtaken")
        told = self._told(clock, step)
        named = event.office if isinstance(event, alerts.Alerted) else getattr(event, told[0])
        if named != told[1]:
            raise Wrong("unexplained", f"{step} names {named} and not {told[1]} as {told[0]}")
        clock.steps[step] = Fired(due, at)
        if step == "alerted":
            self.cases.append(Case(str(told[1]), clock.assignment))
        return due

    def _told(self, clock: Clock, step: Step) -> tuple[str, str | None]:
        """Whom a step names, and as what."""
        agency = self.lead[1] if self.lead is not None and self.lead[0] == clock.assignment else None
        province = province_of(self.area) or ""
        if step == "superior_told":
            admin = offices.PROVINCE_ADMINS.get(province, offices.NATIONAL_ADMIN)
            return "superior", admin if clock.kind == "citizen" else (agency.superior if agency else None)
        if step == "alerted":
            return "office", (agency and _office_of(agency)) or offices.OMBUDSMAN_OFFICES.get(
                province, offices.NATIONAL_OMBUDSMAN
            )
        return "agency", clock.agency

    def _overtaken(self, event: escalations.Overtaken, at: datetime) -> datetime:
        """It names no rule: the clock is the one on which that step was due then."""
        for clock in self.running():
            if (clock.kind, clock.assignment) == (event.clock, event.assignment) and (
                self.following(clock) == (event.step, event.was_due_at)
            ):
                if event.step != "reminded" or clock.due > at:
                    raise Wrong("unexplained", f"{event.step} overtaken at {at}, before the limit {clock.due}")
                clock.steps[event.step] = Fired(event.was_due_at, at, overtaken=True)
                return event.was_due_at
        raise Wrong("unexplained", f"{event.step} overtaken, which was not due on any clock at {event.was_due_at}")

    def _clock(self, key: Key) -> Clock:
        if key not in self.clocks:
            raise Wrong("unexplained", f"a step of a clock that was never started: {key}")
        return self.clocks[key]

    def _in_turn(self, clock: Clock, step: Step, at: datetime) -> datetime:
        if step in clock.steps:
            raise Wrong("duplicated", f"{step} of {clock.key} once more")
        following = self.following(clock)
        if following is None:
            raise Wrong("unexplained", f"{step} of {clock.key}, whose clock does not run")
        if following[0] != step:
            raise Wrong("unexplained", f"{step} of {clock.key} before {following[0]}")
        if at < following[1]:
            raise Wrong("unexplained", f"{step} of {clock.key} at {at}, too early: it is due at {following[1]}")
        return following[1]

    # --- silence and the Ombudsman ---

    def close_by_silence(self, event: escalations.ClosedBySilence, at: datetime) -> datetime:
        clock = self._clock(("agency", "reporter_reply", event.assignment))
        if clock.stopped is not None or self.held:
            raise Wrong("unexplained", f"closed by silence, but nobody waits for the reporter: {clock.stopped}")
        if at < clock.due or event.due_at != clock.due:
            raise Wrong("unexplained", f"closed by silence at {at} for {event.due_at}: it is due at {clock.due}")
        self.end("silence", clock.due)
        return clock.due

    def said(self, event: Event) -> None:
        """What an office of the Ombudsman said, as escalation passed it on."""
        assert isinstance(event, SAID)
        case = next((case for case in reversed(self.cases) if case.office == event.office and not case.closed), None)
        if case is None:
            raise Wrong("unexplained", f"{event.office} has no open case")
        if event.assignment != case.assignment:
            raise Wrong("unexplained", f"{event.office} is about assignment {case.assignment}, not {event.assignment}")
        if isinstance(event, escalations.CaseClosed):
            case.closed = True
        if isinstance(event, escalations.ClarificationAsked):
            if len(case.rounds) + 1 != event.round:
                raise Wrong("unexplained", f"clarification {event.round} after {len(case.rounds)}")
            case.rounds.append([event.answer_by, False])
        if isinstance(event, escalations.Reprimanded):
            case.heed_by = case.heed_by or event.heed_by

    def waive(self, event: escalations.ReplyWaived, at: datetime) -> datetime:
        for case in self.cases:
            if (case.office, case.assignment) == (event.office, event.assignment) and len(case.rounds) == 2:
                last: datetime = max(asked[0] for asked in case.rounds)
                if case.waived or at < last or any(asked[1] for asked in case.rounds):
                    raise Wrong("unexplained", f"reply waived at {at}: {case}")
                case.waived = True
                return last
        raise Wrong("unexplained", "reply waived without two requests")

    def undecided(self, event: escalations.Undecided, at: datetime) -> datetime:
        if self.asked is None or self.held or self.told:
            raise Wrong("unexplained", f"undecided at {at}, but nobody waits for a person")
        due = self.decide_by()
        if event.asked_at != self.asked or event.due_at != due or at < due:
            raise Wrong("unexplained", f"undecided at {at}, asked at {event.asked_at}: it is due at {due}")
        admin = offices.PROVINCE_ADMINS.get(province_of(self.area) or "", offices.NATIONAL_ADMIN)
        if event.superior != admin:
            raise Wrong("unexplained", f"undecided names {event.superior} and not {admin}")
        self.told = True
        return due

    def ignore(self, event: escalations.PublishedAsIgnored, at: datetime) -> datetime:
        for case in self.cases:
            if (case.office, case.assignment, case.heed_by) == (event.office, event.assignment, event.heed_by):
                heeded = any(answer >= event.reprimanded_at for answer in case.answers)
                if case.ignored or heeded or at < event.heed_by or not self._may_heed(case):
                    raise Wrong("unexplained", f"published as ignored at {at}: {case}")
                case.ignored = True
                return event.heed_by
        raise Wrong("unexplained", f"published as ignored by {event.heed_by}, without a reprimand")

    def _may_heed(self, case: Case) -> bool:
        return self.closed is None and self._could_answer(case)

    def overdue(self, now: datetime) -> Iterator[str]:
        """What has to be there by `now` and was not seen."""
        for clock in self.running():
            following = self.following(clock)
            if following is not None and following[1] <= now:
                yield f"{following[0]} of {clock.key}, due at {following[1]}"
            elif clock.limit.rule == "reporter_reply" and not self.held and clock.due <= now:
                yield f"closed_by_silence of {clock.key}, due at {clock.due}"
        if self.asked is not None and not self.told and not self.held and self.decide_by() <= now:
            yield f"undecided, due at {self.decide_by()}"
        for case in self.cases:
            silent = len(case.rounds) == 2 and not any(asked[1] for asked in case.rounds)
            if silent and not case.waived and self._could_answer(case) and max(r[0] for r in case.rounds) <= now:
                yield f"reply_waived of {case.office}, assignment {case.assignment}"
            if case.heed_by and case.heed_by <= now and not case.ignored and not case.answers and self._may_heed(case):
                yield f"published_as_ignored of {case.office}, assignment {case.assignment}"

    def _could_answer(self, case: Case) -> bool:
        if case.closed or self.closed not in (None, "resolved", "silence"):
            return False
        return case.assignment is None or (self.lead is not None and self.lead[0] == case.assignment)


def _office_of(agency: Agency) -> str | None:
    """An agency that names no office of the Ombudsman has that of its own place, if its code tells of one."""
    return agency.ombudsman_office or offices.OMBUDSMAN_OFFICES.get(agency.code[:2])
