"""The model and the service side by side: they hear the same letters at the same minutes, and must say the same."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import holidays
from lapor_contracts import ombudsman_replies, replies
from lapor_contracts.base import Event
from lapor_contracts.escalations import Limit, LimitRule
from lapor_escalation.domain.calendar import calendar
from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.decrees import Override, decrees
from lapor_escalation.domain.policy import Policy, Profile

from tests.support.escalation_model.clocks import Numbers, Special
from tests.support.escalation_model.driven import READS, Driven
from tests.support.escalation_model.inbox import Inbox, Letter
from tests.support.escalation_model.life import Life
from tests.support.escalation_model.office import Office

YEARS = range(2022, 2029)
PUBLISHED = frozenset(holidays.country_holidays("ID", categories=("public", "government"), years=YEARS))
COMPLAINTS, ASSIGNMENTS, REPLIES = READS
# As the rules have them: domain.md, and what an operator might choose instead.
STANDARD = Numbers(
    limits={
        "verification": (3, "working_days"), "first_response": (5, "working_days"),
        "acceptance": (8, "working_days"), "reporter_reply": (10, "working_days"), "decision": (3, "working_days"),
    },
    by_type={"complaint": 14, "aspiration": 14, "information_request": 5},
    steps={"reminded": 1, "superior_told": 2, "alerted": 3},
)  # fmt: skip
SHORT = Numbers(
    limits={
        "verification": (2, "calendar_days"), "first_response": (1, "working_days"),
        "acceptance": (3, "working_days"), "reporter_reply": (4, "calendar_days"), "decision": (2, "calendar_days"),
    },
    by_type={"complaint": 4, "aspiration": 3, "information_request": 2},
    steps={"reminded": 2, "superior_told": 1, "alerted": 1},
)  # fmt: skip
SPECIAL = replace(
    STANDARD,
    special=(
        Special("first_response", "komdigi", 2, "calendar_days", date(2023, 1, 1)),
        Special("first_response", "6407-dlh", 3, "working_days", date(2023, 10, 9)),
        Special("completion", "6407-dlh", 9, "working_days", date(2024, 2, 29)),
    ),
)
_CALENDARS: dict[frozenset[tuple[date, bool]], Any] = {}
Changes = frozenset[tuple[date, bool]]  # a day, and whether it is off


def rules_of(numbers: Numbers, changes: Changes) -> Rules:
    def of(rule: LimitRule, name: str | None = None) -> Limit:
        value, unit = numbers.limits[name or rule]
        return Limit(rule=rule, value=value, unit=unit, source="-")

    if changes not in _CALENDARS:
        kinds = {day: ("cuti_bersama" if off else "hari_kerja") for day, off in changes}
        rows = [Override(day, kind, "-") for day, kind in kinds.items()]  # type: ignore[arg-type]
        _CALENDARS[changes] = calendar(decrees(rows))
    policy = Policy(
        verification=of("verification"), acceptance=of("acceptance"), first_response=of("first_response"),
        reporter_reply=of("reporter_reply"), decision=of("verification", "decision"),
        profiles=tuple(
            Profile((own.rule,), own.value, own.unit, "-", agencies=(own.agency,), valid_from=own.since)  # type: ignore[arg-type]
            for own in numbers.special
        ),
        by_type={name: (value, "-") for name, value in numbers.by_type.items()},  # type: ignore[misc]
        steps=dict(numbers.steps),  # type: ignore[arg-type]
    )  # fmt: skip
    return Rules(_CALENDARS[changes], policy)


def office_of(changes: Changes) -> Office:
    off = PUBLISHED | {day for day, is_off in changes if is_off}
    return Office(off - {day for day, is_off in changes if not is_off})


@dataclass
class Pair:
    """`written`: all letters so far. `backlog`: what the broker has and a service that is down has not read."""

    numbers: Numbers
    driven: Driven
    life: Life
    changes: Changes = frozenset()
    written: list[Letter] = field(default_factory=list)
    backlog: list[Letter | tuple[Event, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.inbox = Inbox(lambda letter, now: self.life.hear(letter.event, letter.number, letter.at))
        self.life.waits = lambda: bool(self.inbox.waiting)

    @property
    def now(self) -> int:
        return self.life.now

    # --- what is written ---

    def write(self, topic: str, event: Event, behind: int) -> Letter:
        """The writer has not heard yet of the last `behind` events on other topics, but of its own topics' all."""
        own = (COMPLAINTS,) if topic == COMPLAINTS else (ASSIGNMENTS, REPLIES)
        after: dict[str, int] = {}
        for other in set(READS) - {topic}:
            there = sum(letter.topic == other for letter in self.written)
            known = there if other in own else max(there - behind, self._known(own, other))
            if known > 0:
                after[other] = known
        number = 1 + sum(letter.topic == topic for letter in self.written)
        letter = Letter(topic, number, after, event, self.now)
        self.written.append(letter)
        return letter

    def _known(self, own: Sequence[str], other: str) -> int:
        """A writer forgets nothing; and nobody knows a complaint that has not been registered."""
        least = int(other == COMPLAINTS)
        return max((one.after.get(other, 0) for one in self.written if one.topic in own), default=least) or least

    # --- what is heard ---

    def arrive(self, *letters: Letter) -> None:
        """At the broker; a service that runs reads them in one batch."""
        if not self.life.up:
            self.backlog += letters
            return
        self.driven.take(letters, self.now)
        for letter in letters:
            self.inbox.take(letter, self.now)
        self.look()

    def ask(self, event: Event) -> None:
        """The Ombudsman's."""
        if self.life.up:
            self._asked(event, self.now)
            self.look()
        else:
            self.backlog.append((event, self.now))

    def _asked(self, event: Event, at: int) -> None:
        self.driven.ask(event, at, self.now)
        if isinstance(event, ombudsman_replies.OmbudsmanClarificationAsked):
            self.life.ask(event.office, at)
        if isinstance(event, ombudsman_replies.OmbudsmanReprimanded):
            self.life.reprimand(event.office, at)
        if isinstance(event, ombudsman_replies.OmbudsmanCaseClosed):
            self.life.cases.close(event.office)

    # --- time ---

    def look(self) -> None:
        if self.life.up:
            self.driven.look(self.now)
        self.life.look()

    def wait(self, until: int) -> None:
        """The service wakes for its timers alone; the model looks at every minute."""
        while self.life.up and not self.inbox.waiting:
            at = self.driven.next_look
            if at is None or at > until:
                break
            assert at > self.now, "it was due, and nothing was done"
            self.life.live(at)
            self.driven.look(at)
        self.life.live(until)

    def stop(self) -> None:
        self.life.up = False

    def start(self) -> None:
        """All that came meanwhile is read before any timer is looked at."""
        self.life.up = True
        backlog, self.backlog = self.backlog, []
        for one in backlog:
            if isinstance(one, Letter):
                self.driven.take([one], self.now)
                self.inbox.take(one, self.now)
            else:
                self._asked(*one)
        self.look()

    def change_calendar(self, changes: Mapping[date, bool]) -> None:
        before, self.changes = self.changes, frozenset({**dict(self.changes), **changes}.items())
        if self.changes == before:
            return
        self.driven.change_calendar(rules_of(self.numbers, self.changes), self.now)
        self.life.change_calendar(office_of(self.changes))
        self.look()

    def check(self) -> None:
        assert self.driven.said == self.life.said


def reply(kind: type[Event], agency: str, assignment: int, received_at: Any, **more: Any) -> Event:
    text = {"text": "-"} if kind in (replies.FollowedUp, replies.Resolved) else {}
    reason = {"reason": "-"} if kind is replies.Declined else {}
    return kind(**{"agency": agency, "assignment": assignment, "received_at": received_at, **text, **reason, **more})
