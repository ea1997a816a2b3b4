"""Was all that was handed in registered once, or refused with a reason? And has every dead letter a cause?"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from lapor_contracts.catalogue import topic as topic_of
from lapor_contracts.complaints import Registered
from lapor_contracts.operations import DeadLetter
from lapor_contracts.receipts import ReceiptAccepted, ReceiptRefused
from lapor_contracts.submissions import SubmissionSealed

from tests.chaos.journal import number_of
from tests.chaos.records import COMPLAINTS, Run, Seen, World, distinct
from tests.chaos.report import Reckoning

Line = dict[str, Any]


@dataclass
class Answers:
    """`emails`: the reporter's address by complaint id, for those that were handed in."""

    run: Run
    world: World
    reckoning: Reckoning
    emails: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self._registered: dict[str, list[Seen]] = defaultdict(list)
        for one in distinct(self.world.by_topic.get(COMPLAINTS, ())):
            if isinstance(one.event, Registered):
                self._registered[one.event.tracking_id].append(one)
        self._receipts: dict[str, list[Seen]] = defaultdict(list)
        for one in distinct(self.world.of_kind("outlet")):
            if isinstance(one.event, ReceiptAccepted | ReceiptRefused):
                self._receipts[str(one.event.submission)].append(one)

    def judge(self) -> None:
        owners = Counter(tracking for line in self.run.handed for tracking in self._accepted(line))
        for line in self.run.handed:
            self.reckoning.checked["handed in"] += 1
            (self._good if line["kind"] == "good" else self._malformed)(line)
        for tracking, times in owners.items():
            if times > 1:
                self._add("unexplained", tracking, f"the answer of {times} different complaints")
        self._nobodys(set(owners))
        for one in distinct(self.world.of_kind("edge")):
            if isinstance(one.event, SubmissionSealed) and str(one.envelope.id) not in self._receipts:
                self._add("lost", str(one.envelope.id), f"{one.topic}[{one.partition}]@{one.offset}: no receipt")

    def _accepted(self, line: Line) -> set[str]:
        receipts = (one.event for one in self._receipts.get(line["key"], ()))
        told = {event.tracking_id for event in receipts if isinstance(event, ReceiptAccepted)}
        return told | {answer["tracking_id"] for answer in line["answers"] if answer.get("tracking_id")}

    def _refusals(self, line: Line) -> list[str]:
        """Reasons; an empty one where there is none."""
        receipts = (one.event for one in self._receipts.get(line["key"], ()))
        told = [event.reason for event in receipts if isinstance(event, ReceiptRefused)]
        refused = [a for a in line["answers"] if not a.get("tracking_id") and (a.get("receipt") or _is_4xx(a))]
        return [*told, *(answer.get("reason") or "" for answer in refused)]

    def _good(self, line: Line) -> None:
        where, accepted = _name(line), self._accepted(line)
        if not accepted:
            why = f"refused: {self._refusals(line)}" if line["settled"] else "never answered"
            self._add("unexplained" if line["settled"] else "lost", where, f"good, but {why}")
        if len(accepted) > 1:
            self._add("duplicated", where, f"registered as {sorted(accepted)}")
        if self._refusals(line) and accepted:
            self._add("unexplained", where, f"accepted and refused: {self._refusals(line)}")
        if len(receipts := self._receipts.get(line["key"], ())) > 1:
            self._add("duplicated", where, f"{len(receipts)} different receipts")
        for tracking in accepted:
            found = self._registered.get(tracking, [])
            if not found:
                self._add("lost", where, f"accepted as {tracking}, but not registered")
            if len(found) > 1:
                self._add(
                    "duplicated",
                    where,
                    f"{tracking} registered {len(found)} times: "
                    f"{[(one.envelope.subject, one.number) for one in found]}",
                )
            for one in found:
                self._as_handed(line, one)
        self.reckoning.complaints += bool(accepted)

    def _as_handed(self, line: Line, one: Seen) -> None:
        self.emails[one.envelope.subject] = line.get("email")
        assert isinstance(one.event, Registered)
        for name in ("channel", "anonymous", "has_contact", "secret"):
            if name in line and getattr(one.event, name) != line[name]:
                self._add(
                    "unexplained", one.envelope.subject, f"{name} is {getattr(one.event, name)}, not {line[name]}"
                )
        number = number_of(one.event.title)
        if number not in (None, line["n"]):
            self._add("unexplained", one.envelope.subject, f"answered for {_name(line)}, but it is number {number}")

    def _malformed(self, line: Line) -> None:
        where, accepted, reasons = _name(line), self._accepted(line), self._refusals(line)
        letters = [d.reason for d in _letters(self.world) if d.event_id == line["key"]]
        if accepted:
            self._add("unexplained", where, f"malformed, but registered as {sorted(accepted)}")
        elif not reasons and not letters:
            self._add("lost", where, "malformed: neither a 4xx, nor a refusing receipt, nor a dead letter")
        elif not all([*reasons, *letters]):
            self._add("unexplained", where, "refused without a reason")
        else:
            self._add("refused", where, f"malformed: {sorted({*reasons, *letters})}")

    def _nobodys(self, owned: set[str]) -> None:
        """What was registered and is in nobody's answer: a key was taken twice, or it is of no run at all."""
        numbers = {line["n"] for line in self.run.handed}
        for tracking, found in self._registered.items():
            for one in found if tracking not in owned else ():
                assert isinstance(one.event, Registered)
                number = number_of(one.event.title)
                kind = "duplicated" if number in numbers else "unexplained"
                self._add(kind, one.envelope.subject, f"registered as {tracking} (number {number}) without an answer")

    def dead_letters(self, explained: set[str]) -> None:
        """`explained`: ids of replies and rulings that may be refused. Nobody writes rubbish on a core topic."""
        malformed = {line["key"] for line in self.run.handed if line["kind"] == "malformed"}
        # Without headers there is no id: it is known by where it stands.
        nameless = {place for place in self.world.unreadable if topic_of(place[0]).kind == "edge"}
        for letter in _letters(self.world):
            position = (letter.topic, letter.partition, letter.offset)
            where = f"{letter.service} {letter.topic}[{letter.partition}]@{letter.offset}"
            self._add("dead_letters", where, f"{letter.reason} {letter.field or ''} {letter.event_id}")
            if letter.event_id in malformed | explained or (letter.event_id is None and position in nameless):
                continue
            self._add(
                "unexplained", where, f"a dead letter without a cause: {letter.reason}, complaint {letter.subject}"
            )
        for place in nameless - {(d.topic, d.partition, d.offset) for d in _letters(self.world)}:
            self._add("lost", str(place), "a record without headers, and no dead letter of it")
        twice = Counter((d.service, d.topic, d.partition, d.offset) for d in _letters(self.world))
        for record, times in twice.items():
            if times > 1:
                self._add("duplicated", str(record), f"{times} dead letters of one record")

    def _add(self, kind: Any, where: str, what: str) -> None:
        self.reckoning.add(kind, where, what)


def _is_4xx(answer: Line) -> bool:
    return 400 <= int(answer.get("status") or 0) < 500


def _name(line: Line) -> str:
    return f"number {line['n']} ({line['medium']} {line['channel']} {line['key']})"


def _letters(world: World) -> Iterable[DeadLetter]:
    return [one.event for one in distinct(world.of_kind("dead_letters")) if isinstance(one.event, DeadLetter)]
