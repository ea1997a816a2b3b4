"""The chain of a complaint's assignments: nobody's for no longer than a decision takes, and never two agencies'."""

from __future__ import annotations

from datetime import datetime
from itertools import pairwise

from lapor_contracts import assignments, complaints, replies
from lapor_router.domain.policy import HELD_FOR

from tests.chaos.records import ASSIGNMENTS, COMPLAINTS, REPLIES, Life
from tests.chaos.report import Kind, Reckoning


class Chain:
    def __init__(self, life: Life, reckoning: Reckoning) -> None:
        self._life = life
        self._reckoning = reckoning

    def judge(self, now: datetime) -> None:
        self._one_after_the_other()
        self._somebodys(now)
        self._once_each()

    def _one_after_the_other(self) -> None:
        current, rounds, declined = None, 0, False
        for one in self._life.on(ASSIGNMENTS):
            match one.event:
                case assignments.Assigned() as event:
                    rounds += 1
                    if current is not None and not self._reopened(current):
                        self._add("unexplained", f"assigned ({one.number}) while {current} lasts")
                    if event.round != rounds:
                        self._add("unexplained", f"assignment {one.number} says round {event.round}, it is {rounds}")
                    if event.reason == "declined" and not declined:
                        self._add("unexplained", f"assignment {one.number} follows a decline that was not")
                    current, declined = one.number, False
                case assignments.Released() as event:
                    if event.assignment != current:
                        self._add("unexplained", f"released {event.assignment} ({one.number}), current is {current}")
                    current, declined = None, event.reason == "declined"
                case _:
                    pass
        self._reckoning.checked["assignments"] += rounds

    def _reopened(self, number: int) -> bool:
        return any(isinstance(s.event, complaints.Reopened) and s.event.assignment == number
                   for s in self._life.on(COMPLAINTS))  # fmt: skip

    def _somebodys(self, now: datetime) -> None:
        """Every registration, decline and release is followed by somebody, or by a person who is asked."""
        chain = self._life.on(ASSIGNMENTS)
        for one in self._life.on(COMPLAINTS):
            if isinstance(one.event, complaints.Registered) and not chain and self._had_to_be_routed(now):
                self._add("lost", "registered, and nobody's: no assignment, no question to a person")
        over = {s.event.assignment for s in chain if isinstance(s.event, assignments.Released)}
        for one in self._life.on(REPLIES):
            if isinstance(one.event, replies.Declined) and one.event.assignment not in over:
                self._add("lost", f"assignment {one.event.assignment} was declined, and is not released")
        last = chain[-1].event if chain else None
        if isinstance(last, assignments.Released) and last.reason != "withdrawn":
            self._add("lost", f"released ({chain[-1].number}), and nobody's since")

    def _had_to_be_routed(self, now: datetime) -> bool:
        events = [s.event for s in self._life.on(COMPLAINTS)]
        if any(isinstance(e, complaints.Completed | complaints.Withdrawn) for e in events):
            return True
        held = [s.envelope.time for s in self._life.on(COMPLAINTS) if isinstance(s.event, complaints.Held)]
        return not held or max(held) + HELD_FOR <= now

    def _once_each(self) -> None:
        """Nobody asks for the same again while it is open, and nothing ends twice."""
        for topic, kinds in (
            (ASSIGNMENTS, (assignments.NeedsDecision, assignments.Archived, assignments.OutOfScope)),
            (COMPLAINTS, (complaints.Held, complaints.Withdrawn, complaints.Registered)),
        ):
            for before, one in pairwise(self._life.on(topic)):
                if isinstance(one.event, kinds) and before.event == one.event:
                    self._add("duplicated", f"{topic} {one.number}: {type(one.event).__name__} again")

    def _add(self, kind: Kind, what: str) -> None:
        self._reckoning.add(kind, self._life.id, what)
