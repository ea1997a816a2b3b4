"""Ping-pong costs the citizen no day: what the router writes, as escalation counts it."""

from __future__ import annotations

from datetime import timedelta

from lapor_contracts import assignments, decisions, escalations
from lapor_contracts.base import Place
from lapor_escalation.domain import assignment
from lapor_escalation.domain.policy import VERIFICATION
from lapor_router.domain.waiting import DECISION_DAYS

from tests.support.escalation import RULES, World, wita
from tests.support.router_life import Life, Written, declined


def heard(world: World, written: Written, life: Life) -> None:
    """Escalation hears what the router wrote on lapor.assignments."""
    for topic, number, event in written:
        if topic != "lapor.assignments":
            continue
        match event:
            case assignments.Assigned():
                assert number is not None
                decision = assignment.assigned(world.known, RULES, event.agency, number, life.now)
            case assignments.Released():
                decision = assignment.released(world.known, event.assignment, life.now)
            case _:
                decision = assignment.needs_decision(world.known, RULES, life.now)
        world.apply(decision, life.now)


def citizens(world: World) -> dict[str, object]:
    """The two that run whoever has it."""
    return {clock.rule: clock.due_at for clock in world.known.clocks if clock.rule in ("whole", "acceptance")}


def test_declines_arbiter_and_decision_leave_the_citizens_clock_where_it_was() -> None:
    life, world = Life(), World().register(wita(4))
    life.now = wita(4)
    heard(world, life.registered(), life)
    due = citizens(world)
    assert set(due) == {"whole", "acceptance"}
    for day, agency, suggested in ((6, "6407-pupr", "6407-dpmd"), (9, "6407-dpmd", "6407-pupr")):
        life.now = wita(day)
        heard(world, life.edge(declined(1, suggested), agency), life)
    assert life.state.arbiter == "64-diskominfo"
    assert citizens(world) == due
    assert {clock.rule for clock in world.known.running} >= {"whole", "acceptance"}
    life.now = wita(11)
    routed = decisions.DecisionRouted(decided_by="Admin", agency="6407-pupr", reason="Batas.")
    heard(world, life.edge(routed, "decider"), life)
    assert citizens(world) == due
    for rule in due:
        assert len(world.of(escalations.ClockStarted, rule=rule)) == 1


def test_a_complaint_that_nobody_decides_is_missed_told_and_alerted() -> None:
    """The clock of verification runs from the registration, also where the router needs a person."""
    life, world = Life(), World().register(wita(4))
    life.now = wita(4)
    heard(world, life.registered(place=Place()), life)
    assert life.state.phase == "deciding"
    world.until(wita(4) + timedelta(days=60))
    assert {"verification", "whole"} <= {event.limit.rule for event in world.of(escalations.LimitMissed)}
    assert world.of(escalations.SuperiorTold, clock="citizen")


def test_what_an_arbiter_never_decides_is_missed_too() -> None:
    life, world = Life(), World().register(wita(4))
    life.now = wita(4)
    heard(world, life.registered(), life)
    for agency, suggested in (("6407-pupr", "6407-dpmd"), ("6407-dpmd", "6407-pupr")):
        heard(world, life.edge(declined(1, suggested), agency), life)
    world.until(wita(4) + timedelta(days=60))
    assert {"acceptance", "whole"} <= {event.limit.rule for event in world.of(escalations.LimitMissed)}


def test_the_limit_that_a_decider_is_shown_is_escalations() -> None:
    assert VERIFICATION.value == DECISION_DAYS
