"""What the topics hold, number by number, and what is missing from them. Nothing here reads a topic."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from lapor_chassis.ids import uuid7_time
from lapor_contracts.catalogue import topic as topic_of
from lapor_contracts.operations import Tally

from lapor_deploy.outsider import Read

Where = tuple[str, int]  # topic and partition


@dataclass(frozen=True, slots=True, order=True)
class Gap:
    """A number that is not on the topic although a higher one of its subject is."""

    topic: str
    partition: int
    subject: str
    number: int


@dataclass
class Ledger:
    """`numbers`: by topic and partition, by subject: number -> event id. `problems`: what no waiting cures.

    `now`: the wall clock. `trimmed`: partitions whose first records are deleted by now.
    """

    now: datetime
    trimmed: set[Where] = field(default_factory=set)
    numbers: dict[Where, dict[str, dict[int, UUID]]] = field(
        default_factory=lambda: defaultdict(lambda: defaultdict(dict))
    )
    repeats: int = 0
    problems: list[str] = field(default_factory=list)

    def add(self, read: Read) -> None:
        number, where = read.envelope.number, f"{read.topic}[{read.partition}]@{read.offset}"
        known = self.numbers[read.topic, read.partition][read.envelope.subject]
        if number is None:
            self.problems.append(f"{where}: an event without a number")
        elif number not in known:
            known[number] = read.envelope.id
        elif known[number] == read.envelope.id:
            self.repeats += 1
        else:
            self.problems.append(f"{where}: number {number} of {read.envelope.subject} twice, for different events")

    def unreadable(self, topic: str, partition: int, offset: int) -> None:
        """Where only its writer can have written: a record that is no event of ours."""
        self.problems.append(f"{topic}[{partition}]@{offset}: a record without the headers of an event")

    def missing(self) -> tuple[set[Gap], int]:
        """The gaps; and of how many subjects on a topic the first numbers are past the topic's retention."""
        gaps: set[Gap] = set()
        expired = 0
        for (topic, partition), subjects in self.numbers.items():
            for subject, numbers in subjects.items():
                first = min(numbers, default=1)
                is_past = first > 1 and self._may_have_expired((topic, partition), subject)
                expired += is_past
                start = first if is_past else 1
                wanted = range(start, max(numbers, default=0) + 1)
                gaps.update(Gap(topic, partition, subject, number) for number in wanted if number not in numbers)
        return gaps, expired

    def _may_have_expired(self, where: Where, subject: str) -> bool:
        """Is the subject older than what the topic keeps? Its id says so: a UUIDv7. (Younger: it is a loss.)"""
        try:
            born = uuid7_time(UUID(subject))
        except ValueError:
            return False
        kept = timedelta(days=topic_of(where[0]).retention_days)
        return where in self.trimmed and born is not None and born < self.now - kept

    def counts(self, where: Where) -> tuple[int, int]:
        """Subjects and events."""
        subjects = self.numbers.get(where, {})
        return len(subjects), sum(map(len, subjects.values()))

    def behind(self, tally: Tally) -> bool:
        """Fewer than it says? Of a trimmed partition nobody can tell."""
        where = (tally.topic, tally.partition)
        subjects, events = self.counts(where)
        return where not in self.trimmed and (subjects < tally.subjects or events < tally.events)


def newest(tallies: Iterable[Tally]) -> dict[Where, Tally]:
    """By topic and partition the one that counts most: of two instances the older may be published last."""
    found: dict[Where, Tally] = {}
    for tally in tallies:
        known = found.get((tally.topic, tally.partition))
        if known is None or tally.events > known.events:
            found[tally.topic, tally.partition] = tally
    return found


def gap_lines(gaps: Iterable[Gap]) -> Iterator[str]:
    """A line a subject and topic."""
    by_subject: Mapping[tuple[str, str], list[int]] = defaultdict(list)
    for gap in sorted(gaps):
        by_subject[gap.topic, gap.subject].append(gap.number)
    for (topic, subject), numbers in by_subject.items():
        shown = ", ".join(map(str, numbers[:10])) + (f" and {len(numbers) - 10} more" if len(numbers) > 10 else "")
        yield f"{topic}: {subject} lacks number {shown}"


def behind_line(tally: Tally, ledger: Ledger) -> str:
    subjects, events = ledger.counts((tally.topic, tally.partition))
    return (
        f"{tally.topic}[{tally.partition}]: {tally.service} has committed {tally.events} events of {tally.subjects} "
        f"complaints, on the topic are {events} of {subjects}"
    )
