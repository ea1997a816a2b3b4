"""Whoever has said "not our authority" does not get the complaint again, unless a person decides so."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from lapor_chassis.errors import Invalid
from lapor_contracts import complaints, decisions
from lapor_contracts.assignments import Assigned
from lapor_contracts.base import Place
from lapor_router.domain.area import locate
from lapor_router.domain.authority import Choice, decide
from lapor_router.domain.register import Register
from lapor_router.domain.rules import Context, Question

from tests.support.router_life import RULES, Life, Written, declined, names, resolve

CODES = sorted(entry.code for entry in RULES.known)
CATEGORIES = sorted(RULES.categories)
AREAS = ("64", "64.07", "64.07.16.2004", "64.71")
DAY = date(2023, 10, 4)


def test_a_change_after_a_decline_waits_for_the_person_who_is_asked() -> None:
    life = Life()
    life.registered(category="pertanahan/layanan")
    assert names(life.edge(declined(1), "bpn-64"))[-1] == ("assignments", "NeedsDecision")
    assert life.state.undecided == "no_rule"
    assert life.core(complaints.Amended(title="Sertifikat belum jadi")) == []
    assert life.core(complaints.Completed(place=Place(area_code="64.07"))) == []
    assert (life.state.phase, life.state.report.title) == ("deciding", "Sertifikat belum jadi")


def test_reopened_after_its_agency_has_left_is_not_given_to_who_declined_before() -> None:
    life = Life()
    life.registered()
    life.edge(declined(1, "64-pupr"), "6407-pupr")
    life.edge(resolve(), "64-pupr")
    life.desk.register = Register(entry for entry in RULES.known if entry.code != "64-pupr")
    ((topic, _, needs),) = life.core(complaints.Reopened(assignment=3, reason="Masih rusak."))
    assert (topic, needs.why) == ("lapor.assignments", "ping_pong")
    assert [c.agency for c in needs.candidates] == ["64-pupr", "64-diskominfo"]


def test_a_persons_decision_binds_over_a_reopening_too() -> None:
    life = Life()
    life.registered(place=Place())
    life.edge(decisions.DecisionRouted(decided_by="Admin", agency="6407-pupr", reason="Menurut foto."), "decider")
    life.core(complaints.Amended(place=Place(area_code="64.07")))
    life.edge(resolve(), "6407-pupr")
    for assignment, outlet_number in ((3, 3), (4, 4)):
        reopened = life.core(complaints.Reopened(assignment=assignment, reason="Masih rusak."))
        assert names(reopened)[-1] == ("assignments", "Assigned")
        if outlet_number == 3:
            life.edge(resolve(outlet_number), "6407-pupr")
    written = life.edge(declined(4, "64-pupr"), "6407-pupr")
    assert (names(written)[-1], written[-1][2].why) == (("assignments", "NeedsDecision"), "declined_twice")


@settings(deadline=None)
@given(
    category=st.sampled_from(CATEGORIES),
    area=st.sampled_from((None, *AREAS)),
    tried=st.sets(st.sampled_from(CODES), max_size=40),
    joined_later=st.booleans(),
)
def test_the_rules_never_name_one_who_declined(
    category: str, area: str | None, tried: set[str], joined_later: bool
) -> None:
    """Nor the administrator who stands in for a body that joined later."""
    question = Question(category, locate(area), DAY, DAY)
    register = RULES.known
    if joined_later and isinstance(first := decide(question, Context(RULES, register)), Choice):
        late = first.lead.model_copy(update={"joined_on": DAY + timedelta(days=1)})
        register = Register(late if entry.code == late.code else entry for entry in RULES.known)
    context = Context(RULES, register)
    usual = decide(question, context)
    if isinstance(usual, Choice):
        tried |= {usual.lead.code}
    outcome = decide(Question(category, locate(area), DAY, DAY, tried=tuple(sorted(tried))), context)
    assert not isinstance(outcome, Choice)


Step = tuple[str, Any]
STEPS = st.one_of(
    st.tuples(st.just("decline"), st.sampled_from([None, *CODES])),
    st.tuples(st.just("category"), st.sampled_from(CATEGORIES)),
    st.tuples(st.just("place"), st.sampled_from(AREAS)),
    st.tuples(st.just("resolve"), st.none()),
    st.tuples(st.just("reopen"), st.none()),
    st.tuples(st.just("leave"), st.none()),
    st.tuples(st.just("route"), st.sampled_from(CODES)),
)


def play(life: Life, step: Step) -> Written:  # noqa: PLR0911 - one line a step
    """What cannot happen now does nothing."""
    name, value = step
    current = life.state.current
    match name:
        case "category":
            return life.core(complaints.Amended(category=value))
        case "place":
            return life.core(complaints.Completed(place=Place(area_code=value)))
        case "route":
            try:
                return life.edge(decisions.DecisionRouted(decided_by="Admin", agency=value, reason="-"), "decider")
            except Invalid:
                return []
    if current is None or life.desk.register.get(current.agency) is None:
        return life.core(complaints.Reopened(assignment=current.number, reason="-")) if current else []
    match name:
        case "decline":
            return life.edge(declined(current.outlet_number, value), current.agency)
        case "resolve":
            return life.edge(resolve(current.outlet_number), current.agency)
        case "reopen":
            return life.core(complaints.Reopened(assignment=current.number, reason="-"))
        case _:
            life.desk.register = Register(e for e in life.desk.register if e.code != current.agency)
            return []


@settings(deadline=None)
@given(category=st.sampled_from(CATEGORIES), steps=st.lists(STEPS, max_size=12))
def test_no_life_of_a_complaint_leads_back_to_who_declined(category: str, steps: list[Step]) -> None:
    life = Life()
    life.registered(category=category)
    for step in steps:
        before = life.state.current
        for _, _, event in play(life, step):
            if not isinstance(event, Assigned):
                continue
            if event.reason in ("authority", "declined"):
                assert event.agency.code not in life.state.declined_by
                assert not set(event.copies) & set(life.state.declined_by)
            elif event.reason == "reopened":
                assert before is not None and event.agency.code == before.agency
