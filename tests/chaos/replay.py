"""One complaint's clocks and ladders, replayed as escalation must have seen them, against what it said.

Each of its events names in `ce_after` all that it had applied by then, so its own view is known exactly: an input
of which its event says nothing had not been seen yet.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from operator import itemgetter
from typing import Any

from lapor_contracts import alerts
from lapor_contracts.complaints import Registered
from lapor_contracts.escalations import Overtaken
from lapor_escalation.domain.policy import Policy

from tests.chaos.clocks import Key, Owed
from tests.chaos.days import Days
from tests.chaos.records import ALERTS, ASSIGNMENTS, COMPLAINTS, ESCALATIONS, REPLIES, Life, Seen
from tests.chaos.reference import SAID, TIMED, Reference, Wrong
from tests.chaos.report import Kind, Reckoning

INPUTS = (COMPLAINTS, ASSIGNMENTS, REPLIES)
PROVES = ("Registered", "Assigned", "Reminded", "LimitMissed", "SuperiorTold")


@dataclass(frozen=True)
class Passed:
    """A step that was due at `due` when its clock was stopped. `since`: all that was said before was committed by
    then, for it had been published; `until`: by then nothing had come that could wait for something else."""

    complaint: str
    what: str
    due: datetime
    since: datetime
    until: datetime


@dataclass
class Timers:
    """How far the timers of each partition had come: due time and time of each step that was seen."""

    fired: dict[int, list[tuple[datetime, datetime]]] = field(default_factory=dict)
    passed: dict[int, list[Passed]] = field(default_factory=dict)

    def judge(self, reckoning: Reckoning, slack: timedelta) -> None:
        """A step is missing where a later one of the same partition was sent while it waited: timers go by due time.
        `slack`: how long it takes at most from looking for what is due to the transaction that sends it. As long
        may the transaction last that stops the clock: it has the complaint's row, and the timers pass it by."""
        for partition, passed in self.passed.items():
            fired = sorted((at, due) for due, at in self.fired.get(partition, ()))
            for one in passed:
                first = bisect_right(fired, one.since + slack, key=itemgetter(0))
                end = bisect_left(fired, one.until - slack, key=itemgetter(0))
                overtook = [(at, due) for at, due in fired[first:end] if due > one.due]
                if overtook:
                    at, due = overtook[0]
                    what = f"{one.what}, due at {one.due}, was not sent by {one.until}"
                    later = f"at {at} a later one of partition {partition} was, due at {due}"
                    reckoning.add("lost", one.complaint, f"{what}; {later}")


def replay(life: Life, limits: Policy, days: Days, now: datetime, reckoning: Reckoning, timers: Timers) -> None:
    """Adds what is missing, doubled or cannot be."""
    if not any(isinstance(s.event, Registered) for s in life.on(COMPLAINTS)):
        return
    Replay(life, Reference(limits, days), reckoning, timers).run(now)


@dataclass
class Replay:
    life: Life
    reference: Reference
    reckoning: Reckoning
    timers: Timers
    applied: dict[str, int] = field(default_factory=dict)
    arrived: list[datetime] = field(default_factory=list)
    proven: set[tuple[str, int]] = field(default_factory=set)
    paid: set[tuple[str, Key]] = field(default_factory=set)

    def run(self, now: datetime) -> None:
        outputs = _in_order(self.life.on(ESCALATIONS, ALERTS))
        before = datetime.min.replace(tzinfo=now.tzinfo)
        for output in outputs:
            self._apply(output.envelope.after)
            self._check(output, before)
            before = max(before, output.arrived)
        self._apply(None)
        for owed in self.reference.owed:
            self._add("lost", f"{owed.type.type} of {owed.key} {owed.fields}: no event for it")
        for overdue in self.reference.overdue(now):
            self._add("lost", f"{overdue}, is not there at {now}")

    def _apply(self, through: Mapping[str, int] | None) -> None:
        """The inputs that an output names (None: all), causes first, else by their times."""
        left = [
            s for s in self.life.on(*INPUTS)
            if s.number > self.applied.get(s.topic, 0) and (through is None or s.number <= through.get(s.topic, 0))
        ]  # fmt: skip
        while left:
            ready = [s for s in left if self._is_next(s)] or left
            one = min(ready, key=lambda s: (s.envelope.time, s.topic, s.number))
            left.remove(one)
            self.applied[one.topic] = one.number
            self.arrived.append(one.arrived)
            if one.event is not None:
                self.reference.apply(one.event, one.number, one.envelope.time)
                self._prove(one)

    def _is_next(self, one: Seen) -> bool:
        return one.number == self.applied.get(one.topic, 0) + 1 and all(
            self.applied.get(topic, 0) >= number for topic, number in one.envelope.after.items() if topic in INPUTS
        )

    def _check(self, output: Seen, before: datetime) -> None:
        event, at = output.event, output.envelope.time
        try:
            if event is None:
                raise Wrong("unexplained", f"an event of an unknown kind: {output.envelope.type}")
            if isinstance(event, TIMED):
                due = self.reference.timed(event, at)
                self.timers.fired.setdefault(output.partition, []).append((due, at))
                self.reckoning.checked["steps"] += 1
                if isinstance(event, Overtaken):
                    self._add("overtaken", f"{event.step} of {event.clock} {event.assignment}, due at {due}")
            elif isinstance(event, SAID):
                self.reference.said(event)
            else:
                self._pay(output, before)
            if isinstance(event, alerts.Alerted):
                self._proof(event)
            self._prove(output)
        except Wrong as wrong:
            self._add(wrong.kind, f"{output.topic} {output.number}: {wrong.why}")
        if not self.reference.owed:
            self.arrived.clear()

    def _pay(self, output: Seen, before: datetime) -> None:
        """A clock's event: some input called for it, once, and with these fields."""
        event: Any = output.event
        rule = getattr(event.limit, "rule", event.limit)
        key: Key = (event.clock, rule, event.assignment)
        owed = next((o for o in self.reference.owed if isinstance(event, o.type) and o.key == key), None)
        if owed is None:
            raise Wrong(
                "duplicated" if (event.type, key) in self.paid else "unexplained",
                f"{event.type} of {key}, which nothing calls for",
            )
        self.reference.owed.remove(owed)
        self.paid.add((event.type, key))
        self.reckoning.checked["clocks"] += 1
        self._passed(owed, output, before)
        wrong = {name: value for name, value in owed.fields.items() if getattr(event, name) != value}
        if wrong:
            raise Wrong("unexplained", f"{event.type} of {key} says {event!r}, but by the rules {wrong}")

    def _passed(self, owed: Owed, output: Seen, before: datetime) -> None:
        if owed.unfired is None or owed.unfired[1] >= output.envelope.time:
            return
        step, due = owed.unfired
        # Where an input waits for its cause the timers wait too: it may be the answer.
        waiting = [s.arrived for s in self.life.on(*INPUTS) if s.number > self.applied.get(s.topic, 0)]
        until = min([*self.arrived, *waiting, output.envelope.time])
        passed = Passed(self.life.id, f"{step} of {owed.key}", due, before, until)
        self.timers.passed.setdefault(output.partition, []).append(passed)

    def _prove(self, one: Seen) -> None:
        if type(one.event).__name__ in PROVES:
            self.proven.add((one.topic, one.number))

    def _proof(self, event: alerts.Alerted) -> None:
        """Each item lies on its topic under that number, and nothing is left out that escalation knew."""
        there = {(s.topic, s.number): s.envelope for s in self.life.on(*INPUTS, ESCALATIONS)}
        for item in event.proof:
            envelope = there.get((item.topic, item.number))
            if envelope is None or (envelope.id, envelope.time) != (item.event_id, item.at):
                raise Wrong("unexplained", f"the alert proves by {item.topic} {item.number}, which is not so")
        left_out = self.proven - {(item.topic, item.number) for item in event.proof}
        if left_out:
            raise Wrong("unexplained", f"the alert's proof leaves out {sorted(left_out)}")

    def _add(self, kind: Kind, what: str) -> None:
        self.reckoning.add(kind, self.life.id, what)


def _in_order(outputs: Sequence[Seen]) -> list[Seen]:
    """One writer, two topics: each event counts both."""

    def written(one: Seen) -> int:
        other = ALERTS if one.topic == ESCALATIONS else ESCALATIONS
        return one.number + one.envelope.after.get(other, 0)

    return sorted(outputs, key=lambda s: (written(s), s.topic))
