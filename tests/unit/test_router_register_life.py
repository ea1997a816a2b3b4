"""An agency after it has joined: leaves, is renamed, merged, imported; as rules on the register."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapor_contracts.agencies import AgencyEntry
from lapor_router.domain import life
from lapor_router.domain.life import Impossible, imported, in_place_of, joined_again, left, merged, renamed
from lapor_router.domain.register import FormerName, Register, is_member, name_on
from pydantic import ValidationError

JOINED, TODAY, LATER, LAST = date(2021, 4, 15), date(2023, 10, 4), date(2024, 1, 1), date(2024, 6, 1)
CODES = ("aa", "bb", "cc", "dd")


def agency(code: str = "aa", **changes: Any) -> AgencyEntry:
    fields: dict[str, Any] = {
        "code": code, "name": f"Dinas {code}", "level": "regency", "kind": code, "area": "64.07", "zone": "WITA",
        "email": f"x@{code}.example", "joined_on": JOINED,
    }  # fmt: skip
    return AgencyEntry(**{**fields, **changes})


def merge(register: dict[str, AgencyEntry], code: str, into: str, on: date) -> None:
    register[code] = merged(register[code], register[into], on, Register(register.values()), TODAY)


def test_it_leaves_and_what_is_still_to_come_may_be_changed() -> None:
    planned = left(agency(), LATER, TODAY)
    assert (planned.left_on, planned.successor) == (LATER, None)
    assert left(planned, LATER, TODAY) is planned
    assert left(planned, LAST, TODAY).left_on == LAST
    assert is_member(planned, date(2023, 12, 31)) and not is_member(planned, LATER)


def test_leaving_undoes_a_merging_that_is_still_to_come() -> None:
    planned = merged(agency(), agency("bb"), LATER, Register(), TODAY)
    assert planned.successor == "bb"
    assert left(planned, LATER, TODAY).successor is None


@pytest.mark.parametrize(
    ("entry", "on", "problem"),
    [
        (agency(), JOINED, "aa joined on 2021-04-15"),
        (agency(), date(2020, 1, 1), "aa joined on 2021-04-15"),
        (agency(left_on=TODAY), LATER, "aa left on 2023-10-04 already"),
    ],
)
def test_it_cannot_leave_before_it_joined_nor_twice(entry: AgencyEntry, on: date, problem: str) -> None:
    with pytest.raises(Impossible, match=problem):
        left(entry, on, TODAY)


def test_a_renaming_keeps_the_former_name_with_its_days() -> None:
    one = renamed(agency(), "Badan Satu", LATER)
    two = renamed(one, "Badan Dua", LAST)
    days = (date(2015, 1, 1), TODAY, date(2023, 12, 31), LATER, date(2024, 5, 31), LAST, date(2030, 1, 1))
    called = [name_on(two, day, ()) for day in days]
    assert called == ["Dinas aa"] * 3 + ["Badan Satu"] * 2 + ["Badan Dua"] * 2
    assert renamed(two, "Badan Dua", LAST) == two


def test_on_the_same_day_a_name_is_corrected() -> None:
    wrong = renamed(agency(), "Bdan Satu", LATER)
    right = renamed(wrong, "Badan Satu", LATER)
    assert (right.name, [former.name for former in right.former_names]) == ("Badan Satu", ["Dinas aa"])


def test_names_of_the_data_files_stay_for_their_days() -> None:
    files = (FormerName("aa", "Kantor aa", date(2001, 1, 1), date(2022, 1, 1)),)
    entry = renamed(agency(), "Badan aa", LATER, files)
    days = (date(2021, 5, 1), TODAY, LATER)
    assert [name_on(entry, day, files) for day in days] == ["Kantor aa", "Dinas aa", "Badan aa"]
    with pytest.raises(Impossible, match="since 2022-01-01"):
        renamed(agency(), "Badan aa", date(2021, 6, 1), files)


def test_a_name_that_is_none_or_the_same_is_refused() -> None:
    with pytest.raises(Impossible, match="has that name already"):
        renamed(agency(), "Dinas aa", LATER)
    with pytest.raises(Impossible, match="since 2024-06-01"):
        renamed(renamed(agency(), "Satu", LAST), "Dua", LATER)
    for name in ("", "x" * 201):
        with pytest.raises(ValidationError):
            renamed(agency(), name, LATER)


@pytest.mark.parametrize(
    ("into", "problem"),
    [
        (agency(), "into itself"),
        (agency("bb", left_on=TODAY), "bb leaves on 2023-10-04"),
        (agency("bb", joined_on=LAST), "bb joins on 2024-06-01"),
        (agency("bb", left_on=LAST, successor="aa"), "bb was itself merged into aa"),
    ],
)
def test_a_merging_that_makes_no_sense_is_refused(into: AgencyEntry, problem: str) -> None:
    with pytest.raises(Impossible, match=problem):
        merged(agency(), into, LATER, Register([agency(), into]), TODAY)


def test_a_cycle_over_several_is_refused() -> None:
    register = {code: agency(code) for code in CODES}
    merge(register, "aa", "bb", date(2025, 1, 1))
    merge(register, "bb", "cc", date(2025, 1, 1))
    with pytest.raises(Impossible, match=r"bb was|aa was"):
        merge(register, "cc", "aa", date(2024, 6, 1))


steps = st.tuples(st.sampled_from(("leave", "merge")), st.sampled_from(CODES), st.sampled_from(CODES), st.dates(JOINED))


@given(st.lists(steps, max_size=12), st.dates(JOINED, date(2030, 1, 1)))
def test_whatever_happened_there_is_an_end_and_it_is_a_member(changes: list[Any], day: date) -> None:
    register = {code: agency(code) for code in CODES}
    for what, code, into, on in changes:
        try:
            if what == "leave":
                register[code] = left(register[code], on, TODAY)
            else:
                merge(register, code, into, on)
        except Impossible:
            continue
    whole = Register(register.values())
    for code in CODES:
        found = in_place_of(code, whole, day)
        if is_member(register[code], day):
            assert found == register[code]
        assert found is None or is_member(found, day)


def test_through_a_chain_to_who_is_there() -> None:
    chain = [agency("aa", left_on=TODAY, successor="bb"), agency("bb", left_on=LATER, successor="cc"), agency("cc")]
    for day, expected in ((JOINED, "aa"), (TODAY, "bb"), (LATER, "cc")):
        found = in_place_of("aa", Register(chain), day)
        assert found is not None and found.code == expected
    assert in_place_of("aa", Register([agency(left_on=TODAY)]), TODAY) is None
    assert in_place_of("zz", Register(chain), TODAY) is None
    in_a_circle = [agency("aa", left_on=TODAY, successor="bb"), agency("bb", left_on=TODAY, successor="aa")]
    assert in_place_of("aa", Register(in_a_circle), TODAY) is None


def test_joining_again_takes_nothing_back_but_an_import_states_its_dates() -> None:
    gone = merged(renamed(agency(), "Badan aa", LATER), agency("bb"), LAST, Register(), TODAY)
    assert joined_again(agency(email="new@aa.example"), gone) == gone.model_copy(update={"email": "new@aa.example"})
    back = imported(agency(), gone)
    assert (back.left_on, back.successor, back.former_names) == (None, None, gone.former_names)
    same = imported(agency(left_on=LAST, name="Badan aa"), gone)
    assert same == gone
    assert joined_again(agency(), None) == imported(agency(), None) == agency()


def test_old_entries_load() -> None:
    old = agency().model_dump_json(exclude={"successor", "former_names"})
    assert AgencyEntry.model_validate_json(old) == agency()
    assert life.left(agency(), LATER, TODAY).former_names == ()
