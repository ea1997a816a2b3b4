"""After declines an arbiter one level above decides: it is named, its word binds, and nothing goes in circles."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lapor_chassis.errors import Invalid
from lapor_contracts import complaints, decisions
from lapor_contracts.assignments import Assigned, NeedsDecision
from lapor_router.domain.area import locate
from lapor_router.domain.declines import arbiter, next_after
from lapor_router.domain.policy import DECLINES_BEFORE_ARBITER
from lapor_router.domain.register import Register, is_member
from lapor_router.domain.rules import Context, Question, Rules
from lapor_router.domain.state import Assignment, RouterState

from tests.support.router_life import NOW, RULES, Life, Written, accept, declined, names, resolve

CONTEXT = Context(RULES, RULES.known)
DAY = date(2023, 10, 4)
SEMBUAN = locate("64.07.16.2004")
CODES = sorted(entry.code for entry in RULES.known if is_member(entry, DAY))
CATEGORIES = sorted(c.code for c in RULES.categories.values() if not c.out_of_scope)


def arbiter_of(*tried: str, context: Context = CONTEXT, by: str | None = None) -> str:
    question = Question("jalan-rusak/kabupaten", SEMBUAN, DAY, DAY, tried=tried)
    return arbiter(Assignment(agency=tried[-1], arbiter=by), question, context)


def without(*codes: str) -> Register:
    return Register(entry for entry in RULES.known if entry.code not in codes)


@pytest.mark.parametrize(
    ("tried", "expected"),
    [
        (("6407-pupr",), "64-diskominfo"),
        (("6407-pupr", "6407-dpmd"), "64-diskominfo"),
        (("6407-pupr", "6402-pupr"), "64-diskominfo"),
        (("6407-pupr", "6407-inspektorat"), "64-diskominfo"),
        (("6407-pupr", "64-pupr"), "panrb"),
        (("6407-pupr", "64-inspektorat"), "panrb"),
        (("6407-pupr", "bbpjn-64"), "panrb"),
        (("6407-diskominfo", "komdigi"), "panrb"),
        (("komdigi",), "panrb"),
        (("6407-pupr", "who-is-gone"), "panrb"),
    ],
)
def test_it_is_the_level_above_all_who_declined(tried: tuple[str, ...], expected: str) -> None:
    assert arbiter_of(*tried) == expected


def test_bodies_of_two_provinces_have_the_centre_above_them() -> None:
    pupr = RULES.known.get("6407-pupr")
    assert pupr is not None
    other = pupr.model_copy(update={"code": "6301-pupr", "area": "63.01"})
    context = Context(RULES, Register([*RULES.known, other]))
    assert arbiter_of("6407-pupr", "6301-pupr", context=context) == "panrb"


def test_where_the_provinces_administrator_is_no_member_the_centres_decides() -> None:
    assert arbiter_of("6407-pupr", context=Context(RULES, without("64-diskominfo"))) == "panrb"
    admin = RULES.known.get("64-diskominfo")
    assert admin is not None
    gone = admin.model_copy(update={"left_on": DAY})
    context = Context(RULES, Register([*without("64-diskominfo"), gone]))
    assert arbiter_of("6407-pupr", context=context) == "panrb"


def test_somebody_is_always_named() -> None:
    nobody = Rules(RULES.categories, RULES.matrix, Register())
    assert arbiter_of("6407-pupr", context=Context(nobody, Register())) == "panrb"


def test_an_arbiters_decision_that_is_declined_goes_one_level_up_and_stays_at_the_top() -> None:
    assert arbiter_of("6407-pupr", "6407-dpmd", by="64-diskominfo") == "panrb"
    assert arbiter_of("6407-pupr", "6407-dpmd", by="panrb") == "panrb"


def test_the_decision_that_is_needed_names_the_arbiter_in_words_too() -> None:
    question = Question("jalan-rusak/kabupaten", SEMBUAN, DAY, DAY, tried=("6407-dpmd", "6407-pupr"))
    needs = next_after(Assignment(agency="6407-pupr"), "6407-dpmd", question, CONTEXT)
    assert isinstance(needs, NeedsDecision)
    assert (needs.why, needs.arbiter) == ("ping_pong", "64-diskominfo")
    assert "Penengah: Dinas Komunikasi dan Informatika Provinsi Kalimantan Timur." in needs.text_id
    assert "Arbiter: " in needs.text_en


def routed(life: Life, agency: str) -> Written:
    return life.edge(decisions.DecisionRouted(decided_by="Admin", agency=agency, reason="Batas wilayah."), "decider")


def declined_twice() -> Life:
    """Regency offices that point at each other: the province decides."""
    life = Life()
    life.registered()
    life.edge(declined(1, "6407-dpmd"), "6407-pupr")
    life.edge(declined(1, "6407-pupr"), "6407-dpmd")
    return life


def test_two_that_point_at_each_other_wait_for_the_arbiter_since_now() -> None:
    state = declined_twice().state
    assert (state.phase, state.arbiter, state.undecided_at) == ("deciding", "64-diskominfo", NOW)
    assert [a.outcome for a in state.assignments] == ["declined", "declined"]
    assert [a.suggested for a in state.assignments] == ["6407-dpmd", "6407-pupr"]
    assert state.confirmed is None


def test_what_the_arbiter_decides_binds_and_is_an_outcome() -> None:
    life = declined_twice()
    routed(life, "6407-pupr")
    current, state = life.state.current, life.state
    assert current is not None and state.confirmed == current
    assert (current.arbiter, current.outcome, current.outcome_at) == ("64-diskominfo", "arbiter", NOW)
    assert (state.arbiter, state.undecided, state.undecided_at) == (None, None, None)
    life.edge(accept(current.outlet_number), "6407-pupr")
    assert life.state.confirmed == current
    life.edge(resolve(current.outlet_number), "6407-pupr")
    assert life.state.confirmed is not None and life.state.confirmed.outcome == "resolved"


def test_who_declines_what_the_arbiter_decided_is_heard_one_level_up() -> None:
    life = declined_twice()
    for expected in ("panrb", "panrb"):
        routed(life, "6407-pupr")
        current = life.state.current
        assert current is not None
        written = life.edge(declined(current.outlet_number, "64-pupr"), "6407-pupr")
        assert names(written)[-1] == ("assignments", "NeedsDecision")
        assert (written[-1][2].why, written[-1][2].arbiter) == ("declined_twice", expected)
        assert (life.state.confirmed, life.state.arbiter) == (None, expected)


def test_an_acceptance_confirms_until_it_is_declined_or_moved() -> None:
    life = Life()
    life.registered()
    assert life.state.confirmed is None
    life.edge(accept(), "6407-pupr")
    assert life.state.confirmed is not None and life.state.confirmed.outcome == "accepted"
    moved = Life()
    moved.registered()
    moved.edge(accept(), "6407-pupr")
    routed(moved, "64-pupr")
    assert moved.state.assignments[0].outcome == "moved" and moved.state.confirmed is None
    life.edge(declined(1, "64-pupr"), "6407-pupr")
    assert life.state.confirmed is None


def test_a_reopening_takes_no_proof_back_but_a_decline_after_it_does() -> None:
    life = Life()
    life.registered()
    life.edge(resolve(), "6407-pupr")
    life.core(complaints.Reopened(assignment=1, reason="Masih rusak."))
    assert life.state.confirmed is not None and life.state.confirmed.outcome == "resolved"
    life.edge(declined(2, "64-pupr"), "6407-pupr")
    assert life.state.confirmed is None


Step = tuple[str, Any]
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("decline"), st.one_of(st.none(), st.sampled_from(CODES), st.just("antah-berantah"))),
        st.tuples(st.just("decline"), st.sampled_from(["6407-pupr", "64-pupr", "6407-dpmd", "bbpjn-64", "komdigi"])),
        st.tuples(st.just("arbiter"), st.sampled_from(CODES)),
        st.tuples(st.just("end"), st.sampled_from(["archive", "out_of_scope"])),
    ),
    max_size=14,
)


def play(life: Life, step: Step) -> Written:
    """What cannot happen now does nothing."""
    name, value = step
    current = life.state.current
    if name == "decline":
        return life.edge(declined(current.outlet_number, value), current.agency) if current else []
    if life.state.phase != "deciding":
        return []
    if name == "arbiter":
        return routed(life, value)
    if value == "archive":
        return life.edge(decisions.DecisionArchived(decided_by="A", reason="too_general", text="-"), "decider")
    scope = decisions.DecisionOutOfScope(decided_by="A", reason="political", pointed_to="Bawaslu", text="-")
    return life.edge(scope, "decider")


@settings(deadline=None)
@given(category=st.sampled_from(CATEGORIES), steps=STEPS)
def test_no_sequence_of_declines_and_decisions_loops_or_drops(category: str, steps: list[Step]) -> None:
    """Always exactly one of: an agency has it, a named arbiter is asked, it is at its end. Rules assign a bounded
    number of times; each decline after that waits for a person, who is never lower than the one before."""
    life = Life()
    events = [event for *_, event in life.registered(category=category)]
    levels = []
    for step in steps:
        before = life.state
        written = [event for *_, event in play(life, step)]
        events += written
        state = life.state
        assert (state.current is not None) + (state.phase == "deciding") + (state.phase == "ended") == 1
        assert (state.undecided_at is not None) == (state.phase == "deciding")
        if step[0] == "decline" and before.current is not None:
            assert isinstance(written[-1], Assigned) or (isinstance(written[-1], NeedsDecision) and written[-1].arbiter)
        if state.phase == "deciding" and state.declined_by:
            assert state.arbiter is not None and state.declined_by[-1] == state.assignments[-1].agency
            levels.append(state.arbiter == "panrb")
    automatic = [e for e in events if isinstance(e, Assigned) and e.reason in ("authority", "declined")]
    assert len(automatic) <= 1 + DECLINES_BEFORE_ARBITER
    assert len({e.agency.code for e in automatic}) == len(automatic)
    assert levels == sorted(levels)


def test_a_person_who_is_not_asked_cannot_end_it() -> None:
    life = declined_twice()
    routed(life, "6407-pupr")
    with pytest.raises(Invalid, match="nothing_to_decide"):
        life.edge(decisions.DecisionArchived(decided_by="A", reason="too_general", text="-"), "decider")


def test_old_rows_load() -> None:
    """As they were written before arbiters and outcomes."""
    row = '{"phase":"deciding","undecided":"declined_twice","assignments":[{"number":1,"agency":"6407-pupr"}]}'
    state = msgspec.json.decode(row, type=RouterState)
    assert (state.arbiter, state.undecided_at, state.assignments[0].outcome) == (None, None, None)
    assert replace(state, phase="assigned").confirmed is None
