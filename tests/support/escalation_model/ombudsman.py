"""The alerts and what the Ombudsman's offices asked: two times at most, the agency has until then to answer."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

ROUNDS = 2


@dataclass(eq=False)
class Asked:
    at: int
    answer_by: int
    answered: bool = False
    expired: bool = False


@dataclass(eq=False)
class Case:
    office: str
    assignment: int | None
    rounds: list[Asked] = field(default_factory=list)
    closed: bool = False
    reprimanded_at: int | None = None
    heed_by: int = 0
    heeded: bool = False
    ignored: bool = False
    answers: list[int] = field(default_factory=list)

    @property
    def silent(self) -> bool:
        return sum(asked.expired for asked in self.rounds) == ROUNDS


@dataclass
class Cases:
    """`questions`: when each was asked that an office might ask."""

    all: list[Case] = field(default_factory=list)
    questions: list[int] = field(default_factory=list)

    def unanswered(self) -> Iterator[tuple[Case, Asked]]:
        for case in self.all:
            for asked in case.rounds:
                if not (case.closed or asked.answered or asked.expired):
                    yield case, asked

    def ask(self, office: str, at: int, answer_by: int) -> None:
        """What an office may not say is nothing."""
        case = self._open(office)
        if case is not None and len(case.rounds) < ROUNDS:
            case.rounds.append(Asked(at, answer_by))
            self.questions.append(at)

    def reprimanded(self) -> Iterator[Case]:
        """Those that were not heeded yet."""
        for case in self.all:
            if case.reprimanded_at is not None and not (case.closed or case.heeded or case.ignored):
                yield case

    def reprimand(self, office: str, at: int, heed_by: int) -> None:
        """The first one counts."""
        case = self._open(office)
        if case is not None and case.reprimanded_at is None:
            case.reprimanded_at, case.heed_by = at, heed_by
            case.heeded = any(answer >= at for answer in case.answers)

    def close(self, office: str) -> None:
        case = self._open(office)
        if case is not None:
            case.closed = True

    def answer(self, assignment: int, at: int) -> None:
        """An answer that came in time is one, whenever it is heard of."""
        for case in self.all:
            if case.assignment in (None, assignment):
                case.answers.append(at)
                if case.reprimanded_at is not None and case.reprimanded_at <= at:
                    case.heeded = True
                for asked in case.rounds:
                    if not asked.answered and asked.at <= at <= asked.answer_by:
                        asked.answered, asked.expired = True, False

    def _open(self, office: str) -> Case | None:
        return next((case for case in reversed(self.all) if case.office == office and not case.closed), None)
