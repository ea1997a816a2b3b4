"""An agency has left: who has its open complaints then, and when they are looked for."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapor_contracts import complaints, decisions
from lapor_contracts.base import Place
from lapor_router.domain.register import Register
from lapor_router.handing_over import AGAIN_SECONDS, Departures

from tests.support.router_life import NOW, RULES, Life, accept, declined, names, resolve

TODAY = date(2023, 10, 4)  # of NOW
TOMORROW = TODAY + timedelta(days=1)
HANDED_OVER = [
    ("assignments", "Released"), ("agency.6407-pupr", "AgencyReleased"),
    ("agency.6407-perkim", "AgencyAssigned"), ("assignments", "Assigned"),
]  # fmt: skip


def change(life: Life, code: str, **changes: Any) -> None:
    """In the register, as `lapor agency` does it; the data files stay as they are."""
    entries = {entry.code: entry for entry in life.desk.register}
    entries[code] = (entries.get(code) or RULES.known.get("6407-pupr")).model_copy(update={"code": code, **changes})  # type: ignore[union-attr]
    life.desk.register = Register(entries.values())


@pytest.fixture
def life() -> Life:
    life = Life()
    change(life, "6407-perkim", kind="perkim", name="Dinas Perumahan Kutai Barat")
    return life


def test_nothing_happens_while_it_is_a_member(life: Life) -> None:
    life.registered()
    before = life.state
    change(life, "6407-pupr", left_on=TOMORROW, successor="6407-perkim")
    assert (life.timer(), life.state) == ([], before)


def test_its_successor_has_it_from_that_day_on(life: Life) -> None:
    life.registered()
    change(life, "6407-pupr", left_on=TOMORROW, successor="6407-perkim")
    life.now = NOW + timedelta(days=1)
    released, told, theirs, assigned = written = life.timer()
    assert names(written) == HANDED_OVER
    assert (released[2].reason, released[2].assignment, told[2].reason) == ("agency_left", 1, "agency_left")
    event = assigned[2]
    assert (event.agency.code, event.reason, event.round, event.copies) == ("6407-perkim", "moved", 2, ())
    assert event.outlet_number == theirs[1] == 1
    assert "Dinas Pekerjaan Umum" in event.explanation.text_id and "2023-10-05" in event.explanation.text_id
    assert "merged into it on 2023-10-05" in event.explanation.text_en
    assert (life.state.assignments[0].outcome, life.state.phase) == ("moved", "assigned")
    assert life.timer() == []


def test_the_old_agency_is_told_why_its_reply_does_not_count_and_the_new_one_answers(life: Life) -> None:
    life.registered()
    life.edge(accept(), "6407-pupr")
    change(life, "6407-pupr", left_on=TODAY, successor="6407-perkim")
    life.timer()
    ((topic, _, rejected),) = life.edge(resolve(), "6407-pupr")
    assert (topic, rejected.reason) == ("lapor.agency.6407-pupr", "unknown_agency")
    assert names(life.edge(resolve(), "6407-perkim")) == [("replies", "Resolved")]
    assert life.state.phase == "closed"


def test_without_a_successor_a_person_decides_and_reads_who_had_it(life: Life) -> None:
    life.registered()
    change(life, "6407-pupr", left_on=TODAY)
    written = life.timer()
    assert names(written)[-1] == ("assignments", "NeedsDecision")
    needs = written[-1][2]
    assert needs.why == "not_joined"
    assert "bukan lagi anggota sejak 2023-10-04" in needs.text_id and "no member since 2023-10-04" in needs.text_en
    assert (life.state.phase, life.state.undecided_at) == ("deciding", NOW)
    assert life.timer() == []


def test_without_a_successor_whom_the_rules_name_has_it(life: Life) -> None:
    """A person had moved it away from whom the rules name."""
    life.registered()
    moved = decisions.DecisionRouted(decided_by="Admin", agency="6407-dlh", reason="Menurut foto.")
    life.edge(moved, "decider")
    change(life, "6407-dlh", left_on=TODAY)
    assigned = life.timer()[-1][2]
    assert (assigned.agency.code, assigned.reason, assigned.round) == ("6407-pupr", "moved", 3)
    assert assigned.explanation.rule == "jalan-rusak-kabupaten"
    assert "Sebelumnya pada Dinas Lingkungan Hidup" in assigned.explanation.text_id


def test_a_successor_that_had_declined_it_is_not_asked_again(life: Life) -> None:
    life.registered(category="jaringan/menara-internet")
    life.edge(declined(suggested="komdigi"), "6407-diskominfo")
    assert life.state.current is not None and life.state.current.agency == "komdigi"
    change(life, "komdigi", left_on=TODAY, successor="6407-diskominfo")
    assert names(life.timer())[-1] == ("assignments", "NeedsDecision")


def test_through_a_chain_to_who_is_there(life: Life) -> None:
    life.registered()
    change(life, "6407-pupr", left_on=TODAY, successor="6407-lama")
    change(life, "6407-lama", kind="lama", left_on=TODAY, successor="6407-perkim")
    assert names(life.timer()) == HANDED_OVER


def test_copies_go_on_but_those_of_who_has_left_and_of_the_new_lead(life: Life) -> None:
    life.registered(category="banjir/sungai")
    assert life.state.current is not None
    assert [(copy.agency) for copy in life.state.current.copies] == ["6407-bpbd", "6407-pupr"]
    change(life, "bws-64", left_on=TODAY, successor="6407-pupr")
    assert life.timer()[-1][2].copies == ("6407-bpbd",)
    change(life, "6407-pupr", left_on=TODAY, successor="6407-perkim")
    change(life, "6407-bpbd", left_on=TODAY)
    assigned = life.timer()[-1][2]
    assert (assigned.agency.code, assigned.copies) == ("6407-perkim", ())


def test_the_day_is_that_of_the_place(life: Life) -> None:
    life.registered()
    change(life, "6407-pupr", left_on=TOMORROW, successor="6407-perkim")
    midnight = NOW.replace(hour=16)  # in Kalimantan Timur, UTC+8
    life.now = midnight - timedelta(seconds=1)
    assert life.timer() == []
    life.now = midnight
    assert names(life.timer()) == HANDED_OVER


@pytest.mark.parametrize("ending", [complaints.Withdrawn(), resolve(), None])
def test_what_is_not_assigned_is_left_alone(life: Life, ending: Any) -> None:
    life.registered(**({} if ending else {"place": Place()}))
    if isinstance(ending, complaints.Withdrawn):
        life.core(ending)
    elif ending:
        life.edge(ending, "6407-pupr")
    change(life, "6407-pupr", left_on=TODAY, successor="6407-perkim")
    assert life.state.phase in ("ended", "closed", "deciding")
    assert life.timer() == []


def test_reopened_after_the_merging_it_is_the_successors(life: Life) -> None:
    life.registered()
    life.edge(resolve(), "6407-pupr")
    change(life, "6407-pupr", left_on=TODAY, successor="6407-perkim")
    assigned = life.core(complaints.Reopened(assignment=1, reason="Masih berlubang."))[-1][2]
    assert (assigned.agency.code, assigned.reason) == ("6407-perkim", "reopened")


def test_a_new_complaint_after_it_left_is_not_given_to_it(life: Life) -> None:
    change(life, "6407-pupr", left_on=TODAY)
    assert names(life.registered()) == [("assignments", "NeedsDecision")]


# --- when they are looked for ---------------------------------------------------------------------------

GONE = RULES.known.get("6407-pupr").model_copy(update={"left_on": TODAY})  # type: ignore[union-attr]
KEY = (GONE.code, TODAY)


def test_they_are_looked_for_at_once_and_again_and_no_more() -> None:
    departures = Departures()
    assert departures.ready([GONE], TODAY - timedelta(days=1), 0.0) == []
    assert departures.ready([GONE], TODAY, 1.0) == [KEY]
    assert departures.ready([GONE], TODAY, 2.0) == [KEY]  # the sweep had failed
    departures.swept([KEY], 2.0)
    assert departures.ready([GONE], TODAY, 2.0 + AGAIN_SECONDS - 1) == []
    assert departures.ready([GONE], TODAY, 2.0 + AGAIN_SECONDS) == [KEY]
    departures.swept([KEY], 99.0)
    assert departures.ready([GONE], TODAY + timedelta(days=9), 9999.0) == []


def test_who_joined_again_may_leave_again_and_another_day_is_another_leaving() -> None:
    departures = Departures()
    for now in (0.0, AGAIN_SECONDS):
        departures.swept(departures.ready([GONE], TODAY, now), now)
    assert departures.ready([GONE.model_copy(update={"left_on": None})], TODAY, 100.0) == []
    assert departures.ready([GONE], TODAY, 101.0) == [KEY]
    later = GONE.model_copy(update={"left_on": TOMORROW})
    assert departures.ready([later], TOMORROW, 102.0) == [(GONE.code, TOMORROW)]


@given(st.lists(st.tuples(st.integers(1, 40), st.booleans()), max_size=40))
def test_each_leaving_is_swept_twice_a_minute_apart_whatever_fails(looks: list[tuple[int, bool]]) -> None:
    departures, now = Departures(), 0
    swept: list[int] = []
    for passed, fails in [*looks, (int(AGAIN_SECONDS), False), (int(AGAIN_SECONDS), False)]:
        now += passed
        ready = departures.ready([GONE], TODAY, now)
        if ready and not fails:
            departures.swept(ready, now)
            swept.append(now)
    assert len(swept) == 2
    assert swept[1] - swept[0] >= AGAIN_SECONDS
