"""Who has been merged gets nothing new: its successor does, as lead, as copy and as candidate."""

from __future__ import annotations

from datetime import date, timedelta

from lapor_contracts.assignments import NeedsDecision
from lapor_router.domain.area import locate
from lapor_router.domain.authority import Choice, decide
from lapor_router.domain.register import Register
from lapor_router.domain.rules import Context, Question

from tests.support.router_life import RULES

MERGED, AFTER = date(2023, 10, 4), date(2023, 10, 10)
BEFORE = MERGED - timedelta(days=1)


def context(**successors: str) -> Context:
    """As in the data files, but these have left on MERGED, and the others have their complaints since."""
    entries = []
    for entry in RULES.known:
        changes = {"left_on": MERGED, "successor": successors.get("_" + entry.code.replace("-", "_"))}
        entries.append(entry.model_copy(update=changes) if changes["successor"] else entry)
    return Context(RULES, Register(entries))


def asked(category: str, day: date, today: date, tried: tuple[str, ...] = ()) -> Question:
    return Question(category, locate("64.07"), day, today, tried=tried)


def lead(question: Question, of: Context) -> str:
    outcome = decide(question, of)
    assert isinstance(outcome, Choice)
    return outcome.lead.code


def test_what_comes_after_a_merging_and_what_came_before_and_is_decided_after() -> None:
    merged = context(_6407_pupr="6407-dpmd")
    road = "jalan-rusak/kabupaten"
    assert lead(asked(road, BEFORE, BEFORE), merged) == "6407-pupr"
    assert lead(asked(road, MERGED, AFTER), merged) == "6407-dpmd"
    assert lead(asked(road, BEFORE, AFTER), merged) == "6407-dpmd"


def test_through_a_chain() -> None:
    chain = context(_6407_pupr="6407-dpmd", _6407_dpmd="6407-setda")
    assert lead(asked("jalan-rusak/kabupaten", AFTER, AFTER), chain) == "6407-setda"


def test_a_successor_that_has_declined_is_not_asked_again() -> None:
    outcome = decide(asked("jalan-rusak/kabupaten", AFTER, AFTER, ("6407-dpmd",)), context(_6407_pupr="6407-dpmd"))
    assert isinstance(outcome, NeedsDecision)
    assert "6407-dpmd" not in [candidate.agency for candidate in outcome.candidates]


def test_two_copies_that_became_one_body_are_one_copy() -> None:
    merged = context(_6407_bpbd="6407-setda", _6407_pupr="6407-setda")
    outcome = decide(asked("banjir/sungai", AFTER, AFTER), merged)
    assert isinstance(outcome, Choice)
    assert [copy.code for copy in outcome.copies] == ["6407-setda"]


def test_without_a_member_at_the_end_a_person_decides() -> None:
    nowhere = context(_6407_pupr="6407-pupr")
    outcome = decide(asked("jalan-rusak/kabupaten", AFTER, AFTER), nowhere)
    assert isinstance(outcome, NeedsDecision) and outcome.why == "not_joined"
