"""Any sequence of events, holds, re-assignments, calendar changes, repeats, disorder, outages and restarts: the
service fires what the minute model fires, and when.

`LAPOR_TEST_MODEL_EXAMPLES=2500 LAPOR_TEST_MODEL_STEPS=50 pytest --timeout=0 <this file>` looks deeper.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any, NamedTuple

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule
from lapor_contracts import assignments, complaints, ombudsman_replies, replies
from lapor_contracts.base import Agency, Event, Place

from tests.support.escalation import assigned, registered
from tests.support.escalation_model import Life, instant, minute
from tests.support.escalation_model.clocks import Numbers
from tests.support.escalation_model.driven import Driven
from tests.support.escalation_model.inbox import Letter
from tests.support.escalation_model.pair import (
    ASSIGNMENTS,
    COMPLAINTS,
    REPLIES,
    SHORT,
    SPECIAL,
    STANDARD,
    Pair,
    office_of,
    reply,
    rules_of,
)
from tests.support.escalation_model.profile import profile
from tests.support.protocol_memory import instead_of_store

STARTS = tuple(
    minute(datetime.fromisoformat(text))
    for text in (
        "2023-10-04T10:00:00+08:00", "2023-10-06T17:05:00+08:00", "2023-12-21T15:59:00+07:00",
        "2024-02-26T09:30:00+09:00", "2026-03-14T11:00:00+07:00", "2027-12-27T07:30:00+07:00",
    )
)  # fmt: skip
AREAS = ("64.07.16.2004", "31.71", "94.03", None)
AGENCIES = (
    Agency(code="6407-dlh", name="-", zone="WITA", superior="6407-inspektorat", ombudsman_office="ombudsman-64"),
    Agency(code="komdigi", name="-", zone="WIB", superior="itjen-komdigi"),
    Agency(code="9403-pupr", name="-", zone="WIT"),
)
DAY = 24 * 60
LONGEST_WAIT = 9 * DAY
waits = st.one_of(st.integers(1, 90), st.integers(1, DAY), st.integers(DAY, LONGEST_WAIT))
then = st.one_of(st.just(0), st.integers(1, DAY), st.integers(1, 4 * DAY))
late = st.one_of(st.just(0), st.just(0), st.integers(0, DAY), st.integers(0, 6 * DAY))
mostly = st.sampled_from((True,) * 9 + (False,))


class How(NamedTuple):
    """`behind`: of how many other events its writer had not heard. `arrives`: at once. `then`: minutes that pass."""

    behind: int
    arrives: bool
    then: int


hows = st.builds(How, behind=st.sampled_from((0, 0, 0, 1, 2)), arrives=mostly, then=then)


class Machine(RuleBasedStateMachine):
    """`on_the_way`: written, but not at the broker yet."""

    def __init__(self) -> None:
        super().__init__()
        self.on_the_way: list[Letter] = []

    @initialize(
        start=st.sampled_from(STARTS), kind=st.sampled_from(("complaint", "information_request")),
        area=st.sampled_from(AREAS), numbers=st.sampled_from((STANDARD, SHORT, SPECIAL)),
        so_far=st.sampled_from(("registered", "assigned", "assigned", "alerted", "asked")),
        agency=st.sampled_from(AGENCIES),
    )  # fmt: skip
    def register(self, start: int, kind: str, area: str | None, numbers: Numbers, so_far: str, agency: Agency) -> None:
        driven = Driven(rules_of(numbers, frozenset()))
        self._store = instead_of_store(driven.memory)
        self._store.__enter__()
        self.pair = Pair(numbers, driven, Life(numbers, office_of(frozenset()), start))
        self.started = start
        event = registered(instant(start), report_type=kind, place=Place(area_code=area))
        self.pair.arrive(self.pair.write(COMPLAINTS, event, 0))
        if so_far != "registered":
            self.pair.arrive(self.pair.write(ASSIGNMENTS, assigned(agency), 0))
        if so_far in ("alerted", "asked"):
            self._climb()
        if so_far == "asked":
            office = self.pair.life.cases.all[0].office
            for _ in range(2):
                self.pair.ask(ombudsman_replies.OmbudsmanClarificationAsked(office=office, text="-"))
            self.pair.ask(ombudsman_replies.OmbudsmanReprimanded(office=office, text="-"))

    def _climb(self) -> None:
        """Nobody answers."""
        while not self.pair.life.cases.all:
            due = self.pair.driven.next_look
            assert due is not None
            self.pair.wait(due)

    def teardown(self) -> None:
        if hasattr(self, "pair"):
            self._store.__exit__(None, None, None)

    @invariant()
    def the_same(self) -> None:
        if hasattr(self, "pair"):
            self.pair.check()

    # --- time ---

    @rule(minutes=waits)
    def wait(self, minutes: int) -> None:
        self.pair.wait(self.pair.now + minutes)

    @rule(early=st.sampled_from((0, 0, 1)))
    def wait_for_what_is_next(self, early: int) -> None:
        """To the minute of the next timer, or to the one before it."""
        due = self.pair.driven.next_look
        if due is not None and self.pair.now < due - early <= self.pair.now + 2 * LONGEST_WAIT:
            self.pair.wait(due - early)

    @precondition(lambda self: self.pair.life.up)
    @rule(minutes=waits, asleep=st.booleans())
    def outage(self, minutes: int, asleep: bool) -> None:
        """`asleep`: it goes on while other things happen."""
        self.pair.stop()
        self.pair.wait(self.pair.now + minutes)
        if not asleep:
            self.pair.start()

    @precondition(lambda self: not self.pair.life.up)
    @rule()
    def start(self) -> None:
        self.pair.start()

    @precondition(lambda self: self.pair.life.up)
    @rule(ahead=st.integers(0, 25), days=st.integers(1, 2), off=mostly)
    def decree(self, ahead: int, days: int, off: bool) -> None:
        """Days become free, or working days after all; also today."""
        first = instant(self.pair.now + 8 * 60).date()
        named = [first + timedelta(days=ahead + n) for n in range(days)]
        self.pair.change_calendar({day: off for day in named if day.weekday() < 5})

    # --- letters ---

    def say(self, topic: str, event: Event, how: How) -> None:
        letter = self.pair.write(topic, event, how.behind)
        if how.arrives:
            self.pair.arrive(letter)
        else:
            self.on_the_way.append(letter)
        self.pair.wait(self.pair.now + how.then)

    @precondition(lambda self: bool(self.on_the_way))
    @rule(data=st.data())
    def arrive_after_all(self, data: st.DataObject) -> None:
        """In any order, also several in one batch."""
        some = data.draw(st.lists(st.sampled_from(range(len(self.on_the_way))), min_size=1, unique=True))
        letters = [self.on_the_way[place] for place in some]
        self.on_the_way = [letter for letter in self.on_the_way if letter not in letters]
        self.pair.arrive(*letters)

    @rule(data=st.data())
    def arrive_again(self, data: st.DataObject) -> None:
        self.pair.arrive(data.draw(st.sampled_from(self.pair.written)))

    @rule(kind=st.sampled_from(("held", "held", "completed", "completed", "replied", "amended", "reopened")),
          area=st.sampled_from((None, *AREAS)), how=hows)  # fmt: skip
    def intake(self, kind: str, area: str | None, how: How) -> None:
        place = Place(area_code=area) if area else None
        event: Event
        match kind:
            case "held":
                event = complaints.Held(missing=("place",))
            case "completed":
                event = complaints.Completed(place=place)
            case "amended":
                event = complaints.Amended(place=place)
            case "replied":
                event = complaints.ReporterReplied(text="-")
            case _:
                event = complaints.Reopened(assignment=max(self._assignments(), default=1), reason="-")
        self.say(COMPLAINTS, event, how)

    @rule(kind=st.sampled_from(("assigned",) * 4 + ("released", "undecided")), agency=st.sampled_from(AGENCIES),
          how=hows)  # fmt: skip
    def router(self, kind: str, agency: Agency, how: How) -> None:
        event: Event
        numbers = self._assignments()
        match kind:
            case "released" if numbers:
                event = assignments.Released(assignment=max(numbers), agency=agency.code, reason="moved")
            case "undecided":
                event = assignments.NeedsDecision(why="no_rule", text_id="-", text_en="-")
            case _:
                event = assigned(agency)
        self.say(ASSIGNMENTS, event, how)

    @precondition(lambda self: bool(self._assignments()))
    @rule(kind=st.sampled_from((replies.Accepted, replies.FollowedUp, replies.FollowedUp, replies.Declined)),
          late=late, older=st.sampled_from((False,) * 5 + (True,)), lead=mostly, how=hows)  # fmt: skip
    def agency(self, kind: type[Event], late: int, older: bool, lead: bool, how: How) -> None:
        """`late`: how long ago the broker had it."""
        more = {"lead": lead} if kind is replies.FollowedUp else {}
        self._answer(kind, late, older, how, **more)

    @precondition(lambda self: bool(self._assignments()))
    @rule(late=late, how=hows)
    def resolve(self, late: int, how: How) -> None:
        self._answer(replies.Resolved, late, False, how)

    @rule(why=st.sampled_from(("archived", "out_of_scope", "withdrawn")), sure=st.integers(0, 5), how=hows)  # fmt: skip
    def end(self, why: str, sure: int, how: How) -> None:
        """Seldom, for little happens after it."""
        if sure:
            return
        match why:
            case "archived":
                archived = assignments.Archived(reason="no_data", text_id="-", text_en="-")
                self.say(ASSIGNMENTS, archived, how)
            case "withdrawn":
                self.say(COMPLAINTS, complaints.Withdrawn(), how)
            case _:
                other = assignments.OutOfScope(reason="personal", pointed_to="-", text_id="-", text_en="-")
                self.say(ASSIGNMENTS, other, how)

    @precondition(lambda self: bool(self.pair.life.cases.all))
    @rule(data=st.data(), kind=st.sampled_from(("asks", "asks", "reprimands", "reprimands", "closes")), then=then)
    def ombudsman(self, data: st.DataObject, kind: str, then: int) -> None:
        """An office that was told, or another one."""
        office = data.draw(st.sampled_from([*(case.office for case in self.pair.life.cases.all), "ombudsman-11"]))
        self.pair.ask(
            {
                "asks": ombudsman_replies.OmbudsmanClarificationAsked(office=office, text="-"),
                "reprimands": ombudsman_replies.OmbudsmanReprimanded(office=office, text="-"),
                "closes": ombudsman_replies.OmbudsmanCaseClosed(office=office),
            }[kind]
        )
        self.pair.wait(self.pair.now + then)

    def _answer(self, kind: type[Event], late: int, older: bool, how: How, **more: Any) -> None:
        numbers = self._assignments()
        number = min(numbers) if older else max(numbers)
        at = instant(max(self.pair.now - late, self.started))
        self.say(REPLIES, reply(kind, numbers[number], number, at, **more), how)

    def _assignments(self) -> dict[int, str]:
        """Agencies by the number of their assignment."""
        return {
            letter.number: letter.event.agency.code
            for letter in self.pair.written
            if isinstance(letter.event, assignments.Assigned)
        }


TestMachine = Machine.TestCase
TestMachine.settings = profile(20, 30)
