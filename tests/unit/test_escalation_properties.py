"""Whatever happens in whatever order: each step once, never early, and the status agrees with the clocks."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lapor_contracts import assignments, complaints, escalations, replies
from lapor_contracts.alerts import Alerted
from lapor_contracts.base import Event
from lapor_contracts.status import Facts, apply, status
from lapor_escalation.domain import assignment, complaint, reply, timers
from lapor_escalation.domain.decision import Decision
from msgspec.structs import replace as replaced

from tests.support.escalation import DLH, PUPR, RULES, World, assigned, registered, wita

START = wita(4)
STEPS = (escalations.Reminded, escalations.LimitMissed, escalations.SuperiorTold, Alerted)
ACTIONS = (
    "assign", "release", "accept", "decline", "follow_up", "resolve", "hold", "complete", "reporter_reply",
    "reopen", "withdraw", "archive", "undecided", "follow_up_copy", "nothing", "outage",
)  # fmt: skip
LATENESS = st.timedeltas(timedelta(0), timedelta(days=3))


class Life(World):
    """Random lives; replies come `late` after they were received."""

    def act(self, action: str, now: datetime, late: timedelta) -> None:
        at = max(now - late, START)
        state = self.known
        match action:
            case "assign":
                self.assign(now, (DLH, PUPR)[self.numbers.get("lapor.assignments", 0) % 2])
            case "release" if state.lead:
                self.apply(assignment.released(state, state.lead.assignment, now), now)
            case "accept" | "decline" | "follow_up" | "resolve" if state.lead:
                self.reply(
                    {
                        "accept": replies.Accepted, "decline": replies.Declined,
                        "follow_up": replies.FollowedUp, "resolve": replies.Resolved,
                    }[action], at, now,
                )  # fmt: skip
            case "hold":
                self.apply(complaint.held(state, RULES, now), now)
            case "complete":
                self.apply(complaint.completed(state, RULES, None, now), now)
            case "reporter_reply":
                self.apply(complaint.reporter_replied(state, at), now)
            case "reopen" if state.lead:
                event = complaints.Reopened(assignment=state.lead.assignment, reason="-")
                self.apply(complaint.reopened(state, event, now), now)
            case "withdraw":
                self.apply(complaint.withdrawn(state, now), now)
            case "archive":
                self.apply(assignment.archived(state, now), now)
            case "undecided":
                self.apply(assignment.needs_decision(state, RULES, now), now)
            case "follow_up_copy" if state.lead:
                self.reply(replies.FollowedUp, at, now, lead=False)
            case "outage":
                self.outage_until(now)


lives = st.lists(
    st.tuples(st.sampled_from(ACTIONS), st.timedeltas(timedelta(minutes=1), timedelta(days=9)), LATENESS), max_size=14
)


def lived(life: list[tuple[str, timedelta, timedelta]]) -> Life:
    world, now = Life(), START
    world.register(START)
    for action, wait, late in life:
        if action != "outage":
            world.until(now + wait)
        now += wait
        world.act(action, now, late)
    world.until(now + timedelta(days=60))
    return world


@given(lives)
@settings(max_examples=60)
def test_each_step_at_most_once_for_each_limit_of_an_assignment(life: list[tuple[str, timedelta, timedelta]]) -> None:
    world = lived(life)
    sent = Counter(
        (type(e).__name__, getattr(e, "clock", None), getattr(e, "assignment", None), e.limit.rule)
        for _, _, e in world.said
        if isinstance(e, STEPS)
    )
    assert not [step for step, times in sent.items() if times > 1]
    closings = Counter(e.assignment for e in world.of(escalations.ClosedBySilence))
    assert all(times <= 1 + len(world.of(escalations.ClockResumed)) for times in closings.values())


@given(lives)
@settings(max_examples=60)
def test_never_early_and_never_without_the_notice_that_the_ladder_promises(
    life: list[tuple[str, timedelta, timedelta]],
) -> None:
    world = lived(life)
    calendar = RULES.calendar
    sent: dict[tuple[str, int | None, str], datetime] = {}
    for at, _, event in world.said:
        if not isinstance(event, STEPS):
            continue
        key = ("agency" if event.assignment is not None else "citizen", event.assignment, event.limit.rule)
        if isinstance(event, escalations.LimitMissed):
            assert at >= event.due_at
        if isinstance(event, escalations.SuperiorTold | Alerted):
            days = 2 if isinstance(event, escalations.SuperiorTold) else 3
            assert calendar.minutes_between(sent[key], at, "WITA") >= days * 510
        sent[key] = at


@given(lives)
@settings(max_examples=60)
def test_the_same_events_give_the_same_decisions(life: list[tuple[str, timedelta, timedelta]]) -> None:
    one, two = lived(life), lived(life)
    assert one.said == two.said
    assert one.known == two.known


@given(lives)
@settings(max_examples=60)
def test_woken_up_only_when_something_is_due(life: list[tuple[str, timedelta, timedelta]]) -> None:
    world = lived(life)
    due = timers.next_due(world.known, RULES)
    if due is not None:
        fired = timers.fire(world.known, RULES, due, now=due[0]).state
        assert timers.next_due(fired, RULES) != due


# --- topics interleave as they like ------------------------------------------------------------------------------

At = tuple[datetime, Any]


def story(kind: str) -> tuple[list[At], list[At], list[At]]:
    """What intake, and the router on its two topics, wrote; each list is in order."""
    reply_at = START + timedelta(days=2)
    made = {"agency": DLH.code, "assignment": 1, "received_at": reply_at}
    complaints_: list[At] = [(START + timedelta(days=1), complaints.Held(missing=("place",)))]
    complaints_ += [(START + timedelta(days=5), complaints.Completed())]
    assigned_: list[At] = [(START + timedelta(hours=1), assigned(DLH, 1))]
    replies_: list[At] = [(reply_at, replies.Accepted(**made))]
    if kind == "resolved":
        replies_ += [(reply_at, replies.Resolved(**made, text="-"))]
    if kind == "followed up":
        replies_ += [(reply_at, replies.FollowedUp(**made, text="-"))]
        complaints_ += [(START + timedelta(days=6), complaints.ReporterReplied(text="-"))]
    if kind == "withdrawn":
        complaints_ += [(START + timedelta(days=6), complaints.Withdrawn())]
        replies_ += [(reply_at, replies.Resolved(**made, text="-"))]
    return complaints_, assigned_, replies_


def tell(world: World, at: datetime, event: Event) -> Decision:
    state = world.known
    match event:
        case complaints.Held():
            return complaint.held(state, RULES, at)
        case complaints.Completed():
            return complaint.completed(state, RULES, None, at)
        case complaints.ReporterReplied():
            return complaint.reporter_replied(state, at)
        case complaints.Withdrawn():
            return complaint.withdrawn(state, at)
        case assignments.Assigned():
            return assignment.assigned(state, RULES, event.agency, 1, at)
        case replies.Accepted() | replies.FollowedUp() | replies.Resolved():
            return reply.replied(state, RULES, event)
    raise AssertionError(event)


@given(st.data(), st.sampled_from(["plain", "resolved", "followed up", "withdrawn"]))
@settings(max_examples=60)
def test_the_clocks_do_not_depend_on_how_topics_interleave(data: st.DataObject, kind: str) -> None:
    """Only what one topic says, and that an answer comes after its assignment, is in order."""

    def run(choose: Any) -> tuple[World, Facts]:
        world, facts = World().register(START), apply(Facts(), registered(START), 1)
        intake, assigns, answers = (list(topic) for topic in story(kind))
        while intake or assigns or answers:
            ready = [t for t in (intake, assigns, answers if not assigns else []) if t]
            at, event = choose(ready).pop(0)
            world.apply(tell(world, at, event), START + timedelta(days=9))
            facts = apply(facts, event, 1)
        return world, facts

    one, facts = run(lambda ready: ready[0])
    other, _ = run(lambda ready: data.draw(st.sampled_from(ready)))
    stripped = [{replaced(clock, stopped=None) for clock in world.known.running} for world in (one, other)]
    assert stripped[0] == stripped[1]
    assert one.known.closed == other.known.closed
    ended = status(facts) in ("RESOLVED", "ARCHIVED", "REJECTED")
    assert ended == (one.known.closed is not None) == (not one.known.running)
