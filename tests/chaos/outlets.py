"""What the agencies' own topics must hold: each thing that concerns an agency, in its outlet, once.

Outlets have no `ce_after`, but what the router had read when it ended an assignment stands on its other topics: so
it is known whether a step came before the end, and was passed on, or after it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from lapor_contracts import agency as outlet
from lapor_contracts import assignments, escalations, replies
from lapor_contracts.base import Event

from tests.chaos.records import ASSIGNMENTS, ESCALATIONS, REPLIES, Life, Seen
from tests.chaos.report import Kind, Reckoning

# Of a reporter's later texts and withdrawals nothing is asked here.
CHECKED = (
    outlet.AgencyAssigned, outlet.AgencyReleased, outlet.AgencyReminded, outlet.AgencyLimitMissed,
    outlet.AgencyReprimanded, outlet.AgencyClarificationAsked,
)  # fmt: skip
STEPS: dict[type[Event], type[Event]] = {
    escalations.Reminded: outlet.AgencyReminded, escalations.LimitMissed: outlet.AgencyLimitMissed,
}  # fmt: skip
MEANT: dict[type[Event], type[Event]] = {
    escalations.Reprimanded: outlet.AgencyReprimanded, escalations.ClarificationAsked: outlet.AgencyClarificationAsked,
}  # fmt: skip
Told = tuple[str, type[Event], Any]  # agency, what, and what tells it from others of its kind


def judge(life: Life, registered: set[str], reckoning: Reckoning) -> None:
    """`registered`: agencies in the register; nobody else has an outlet."""
    wanted = Counter(told for told in _wanted(life) if told[0] in registered)
    there = Counter(_told(one) for one in life.outlets if isinstance(one.event, CHECKED))
    reckoning.checked["told to agencies"] += there.total()
    for told, times in (wanted - there).items():
        reckoning.add("lost", life.id, f"{times} {_words(told)} not in its outlet")
    for told, times in (there - wanted).items():
        kind: Kind = "duplicated" if told in wanted else "unexplained"
        reckoning.add(kind, life.id, f"{times} {_words(told)} too many in its outlet")
    for one in life.on(ASSIGNMENTS):
        if isinstance(one.event, assignments.Assigned):
            _names_its_number(life, one, reckoning)


def _names_its_number(life: Life, one: Seen, reckoning: Reckoning) -> None:
    event: Any = one.event
    topic = f"lapor.agency.{event.agency.code}"
    named = next((s.event for s in life.on(topic) if s.number == event.outlet_number), None)
    if not isinstance(named, outlet.AgencyAssigned) or not named.lead:
        reckoning.add(
            "lost", life.id, f"assignment {one.number} names {topic} {event.outlet_number}, which is {named!r}"
        )


def _wanted(life: Life) -> Iterator[Told]:
    held = {s.number: s.event for s in life.on(ASSIGNMENTS) if isinstance(s.event, assignments.Assigned)}
    copies = {number: _copies(life, held, number) for number in held}
    for number, assigned in held.items():
        yield assigned.agency.code, outlet.AgencyAssigned, True
        yield from ((code, outlet.AgencyAssigned, False) for code in copies[number])
    for one in life.on(ASSIGNMENTS):
        if isinstance(one.event, assignments.Released) and one.event.assignment in held:
            assigned = held[one.event.assignment]
            yield assigned.agency.code, outlet.AgencyReleased, assigned.outlet_number
            yield from ((c, outlet.AgencyReleased, n) for c, n in copies[one.event.assignment].items())
    for one in life.on(ESCALATIONS):
        event: Any = one.event
        mine = held.get(getattr(event, "assignment", None) or 0)
        if type(event) in STEPS and mine is not None and one.number < _end(life, event.assignment):
            yield mine.agency.code, STEPS[type(event)], (mine.outlet_number, event.limit.rule)
        elif type(event) in MEANT and (mine is not None or event.agency):
            code = mine.agency.code if mine else event.agency
            yield code, MEANT[type(event)], event.text


def _copies(life: Life, held: dict[int, assignments.Assigned], number: int) -> dict[str, int | None]:
    """By code, the number of the copy in its outlet: that is told there alone, in the order of the assignments."""
    found: dict[str, int | None] = {}
    for code in held[number].copies:
        there = [
            s.number for s in life.on(f"lapor.agency.{code}")
            if isinstance(s.event, outlet.AgencyAssigned) and not s.event.lead
        ]  # fmt: skip
        place = sum(code in earlier.copies for n, earlier in held.items() if n < number)
        found[code] = there[place] if place < len(there) else None
    return found


def _end(life: Life, assignment: int) -> int:
    """The number of the first of escalation's events that the router read after the assignment was over."""
    ends = [
        one.envelope.after.get(ESCALATIONS, 0) + 1
        for one in life.on(ASSIGNMENTS, REPLIES)
        if isinstance(one.event, assignments.Released | replies.Resolved) and one.event.assignment == assignment
    ]
    ends += [
        one.number for one in life.on(ESCALATIONS)
        if isinstance(one.event, escalations.ClosedBySilence) and one.event.assignment == assignment
    ]  # fmt: skip
    return min(ends, default=2**31)


def _told(one: Seen) -> Told:
    event: Any = one.event
    code = one.topic.removeprefix("lapor.agency.")
    match event:
        case outlet.AgencyAssigned():
            return code, outlet.AgencyAssigned, event.lead
        case outlet.AgencyReleased():
            return code, outlet.AgencyReleased, event.assignment
        case outlet.AgencyReminded() | outlet.AgencyLimitMissed():
            return code, type(event), (event.assignment, event.limit.rule)
        case _:
            return code, type(event), event.text


def _words(told: Told) -> str:
    return f"{told[1].__name__} {told[2]} of {told[0]}"
