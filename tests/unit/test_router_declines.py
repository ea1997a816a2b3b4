"""After "not our authority": re-assigned when the matrix agrees, else a person; never in circles."""

from __future__ import annotations

from datetime import date

from hypothesis import given, settings
from hypothesis import strategies as st
from lapor_contracts.assignments import NeedsDecision
from lapor_router.domain.area import locate
from lapor_router.domain.authority import Choice, decide
from lapor_router.domain.declines import next_after
from lapor_router.domain.register import Register
from lapor_router.domain.replies import answered
from lapor_router.domain.rules import Context, Question
from lapor_router.domain.state import Assignment, AssignmentReason, Copy, RouterState
from lapor_router.loading import load

RULES = load()
CONTEXT = Context(RULES, RULES.known)
DAY = date(2023, 10, 4)
SEMBUAN = locate("64.07.16.2004")


def decline(
    category: str, by: str, suggested: str | None, *before: str, reason: AssignmentReason = "authority",
    context: Context = CONTEXT,
) -> Choice | NeedsDecision:  # fmt: skip
    question = Question(category, SEMBUAN, DAY, DAY, tried=(*before, by))
    return next_after(Assignment(number=1, agency=by, outlet_number=1, reason=reason), suggested, question, context)


def why(outcome: Choice | NeedsDecision) -> str:
    assert isinstance(outcome, NeedsDecision), outcome
    return outcome.why


def test_a_suggestion_that_the_matrix_makes_credible_is_followed() -> None:
    outcome = decline("jaringan/menara-internet", "6407-diskominfo", "komdigi")
    assert isinstance(outcome, Choice)
    assert outcome.lead.code == "komdigi"
    assert outcome.explanation.rule == "jaringan-internet"
    assert outcome.copies == ()  # the regency's office would get one, but has just declined
    assert "menyatakan bukan wewenangnya" in outcome.explanation.text_id


def test_a_suggestion_of_a_body_that_no_rule_of_the_topic_names_goes_to_a_person() -> None:
    outcome = decline("jaringan/menara-internet", "6407-diskominfo", "6407-dinkes")
    assert why(outcome) == "no_rule"
    assert isinstance(outcome, NeedsDecision)
    assert [c.agency for c in outcome.candidates] == ["6407-dinkes", "komdigi", "64-diskominfo"]


def test_the_same_body_of_another_regency_is_not_credible() -> None:
    assert why(decline("jalan-rusak/kabupaten", "6407-pupr", "6402-pupr")) == "no_rule"


def test_a_suggestion_of_an_unknown_agency_goes_to_a_person() -> None:
    outcome = decline("jalan-rusak/kabupaten", "6407-pupr", "dinas-antah-berantah")
    assert why(outcome) == "not_joined"
    assert isinstance(outcome, NeedsDecision) and "not in the register" in outcome.candidates[0].why


def test_without_a_suggestion_the_matrixs_runner_up() -> None:
    outcome = decline("jalan-rusak/kabupaten", "6407-pupr", None)
    assert isinstance(outcome, Choice) and outcome.lead.code == "64-pupr"
    without = Context(RULES, Register(entry for entry in RULES.known if entry.code != "64-pupr"))
    assert why(decline("jalan-rusak/kabupaten", "6407-pupr", None, context=without)) == "no_rule"
    assert why(decline("pertanahan/layanan", "bpn-64", None)) == "no_rule"


def test_the_second_decline_goes_to_an_arbiter() -> None:
    outcome = decline("jalan-rusak/kabupaten", "64-pupr", "bbpjn-64", "6407-pupr")
    assert why(outcome) == "declined_twice"
    assert isinstance(outcome, NeedsDecision)
    assert [c.agency for c in outcome.candidates] == ["bbpjn-64", "kemenpupr", "6407-dpmd"]


def test_ping_pong_goes_to_an_arbiter() -> None:
    assert why(decline("jalan-rusak/kabupaten", "64-pupr", "6407-pupr", "6407-pupr")) == "ping_pong"
    assert why(decline("jalan-rusak/kabupaten", "6407-pupr", "6407-pupr")) == "ping_pong"


def test_who_declines_a_persons_decision_is_not_passed_on_by_the_router() -> None:
    assert why(decline("jalan-rusak/kabupaten", "6407-pupr", "64-pupr", reason="decision")) == "declined_twice"
    assert why(decline("jalan-rusak/kabupaten", "6407-pupr", "64-pupr", reason="moved")) == "declined_twice"


@settings(deadline=None)
@given(suggestions=st.lists(st.sampled_from([None, *(entry.code for entry in RULES.known)]), max_size=6),
       category=st.sampled_from([c.code for c in RULES.categories.values() if not c.out_of_scope]))  # fmt: skip
def test_no_sequence_of_declines_loops_or_drops(suggestions: list[str | None], category: str) -> None:
    """Each decline ends at an agency that had not been asked, or at a person."""
    first = decide(Question(category, SEMBUAN, DAY, DAY), CONTEXT)
    assert isinstance(first, Choice)
    asked = [first.lead.code]
    for suggested in suggestions:
        outcome = decline(category, asked[-1], suggested, *asked[:-1])
        if isinstance(outcome, NeedsDecision):
            assert not {c.agency for c in outcome.candidates} & (set(asked) - {suggested})
            return
        assert outcome.lead.code not in asked
        asked.append(outcome.lead.code)
        assert len(asked) <= 2


CURRENT = Assignment(number=5, agency="6407-pupr", outlet_number=3, copies=(Copy("6407-bpbd", 7),))
PAST = Assignment(number=1, agency="6407-pupr", outlet_number=1)


def reply(state: RouterState | None, agency: str, number: int, kind: str = "accepted", member: bool = True) -> object:
    found = answered(state, agency, number, kind, member=member)  # type: ignore[arg-type]
    return "taken" if isinstance(found, Assignment) else found


def test_a_reply_must_name_the_current_assignment_of_its_agency() -> None:
    state = RouterState(phase="assigned", assignments=(PAST, CURRENT))
    assert reply(state, "6407-pupr", 3) == "taken"
    assert reply(state, "6407-pupr", 1) == "not_current"
    assert reply(state, "6407-pupr", 4) == "not_current"
    assert reply(state, "6407-dlh", 3) == "not_current"
    assert reply(None, "6407-pupr", 1) == "not_current"
    assert reply(state, "6407-pupr", 3, member=False) == "unknown_agency"


def test_a_copy_may_follow_up_and_nothing_else() -> None:
    state = RouterState(phase="assigned", assignments=(CURRENT,))
    assert reply(state, "6407-bpbd", 7, "followed_up") == "taken"
    for kind in ("accepted", "declined", "resolved"):
        assert reply(state, "6407-bpbd", 7, kind) == "not_current"


def test_after_the_end_nothing_counts() -> None:
    closed = RouterState(phase="closed", assignments=(CURRENT,))
    assert reply(closed, "6407-pupr", 3, "resolved") == "already_closed"
    assert reply(closed, "6407-dlh", 3, "resolved") == "not_current"
    withdrawn = closed.over("withdrawn")
    assert reply(withdrawn, "6407-pupr", 3) == "already_closed"
    assert reply(withdrawn, "6407-dlh", 3) == "not_current"
    assert reply(RouterState(phase="deciding", assignments=(CURRENT,)), "6407-pupr", 3) == "not_current"
