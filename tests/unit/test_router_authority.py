"""Whose complaint is it: each rule of the decision, with the real data files."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from lapor_contracts.agencies import AgencyEntry
from lapor_contracts.assignments import NeedsDecision, OutOfScope
from lapor_router.domain.area import local_day, locate
from lapor_router.domain.authority import Choice, Outcome, decide
from lapor_router.domain.register import Register
from lapor_router.domain.rules import Context, Question
from lapor_router.loading import load

RULES = load()
DAY = date(2023, 10, 4)
SEMBUAN = "64.07.16.2004"


def register(*, without: tuple[str, ...] = (), **changes: dict[str, Any]) -> Register:
    """All of the data files, but some left out or changed (by code with _ for -)."""
    entries = []
    for entry in RULES.known:
        if entry.code not in without:
            changed = changes.get("_" + entry.code.replace("-", "_"))
            entries.append(AgencyEntry.model_validate(entry.model_dump() | changed) if changed else entry)
    return Register(entries)


def ask(category: str | None, area: str | None, day: date = DAY, **more: Any) -> Outcome:
    kept = more.pop("register", None) or RULES.known
    question = Question(category, locate(area), day, more.pop("today", day), **more)
    return decide(question, Context(RULES, kept))


def lead(outcome: Outcome) -> str:
    assert isinstance(outcome, Choice), outcome
    return outcome.lead.code


def undecided(outcome: Outcome) -> NeedsDecision:
    assert isinstance(outcome, NeedsDecision), outcome
    return outcome


@pytest.mark.parametrize(
    ("category", "agency"),
    [
        ("jalan-rusak/kabupaten", "6407-pupr"),
        ("jaringan/menara-internet", "6407-diskominfo"),
        ("lingkungan/pencemaran", "6407-dlh"),
        ("jalan-rusak/nasional", "bbpjn-64"),
        ("jalan-rusak/provinsi", "64-pupr"),
        ("jaringan/internet", "komdigi"),
        ("sekolah/sma-smk-slb", "64-disdikbud"),
        ("sekolah/paud-sd-smp", "6407-disdikbud"),
        ("banjir/sungai", "bws-64"),
        ("listrik/gangguan", "pln-64"),
        ("air-minum/perumda", "6407-air-minum"),
    ],
)
def test_the_three_reports_of_sembuan_and_their_neighbours(category: str, agency: str) -> None:
    assert lead(ask(category, SEMBUAN)) == agency


def test_the_explanation_says_rule_law_version_place_and_runner_up_in_two_languages() -> None:
    outcome = ask("jalan-rusak/kabupaten", SEMBUAN)
    assert isinstance(outcome, Choice)
    why = outcome.explanation
    assert why.rule == "jalan-rusak-kabupaten"
    assert "UU 38/2004" in why.legal_basis
    assert why.matrix_version == RULES.matrix.version
    assert why.runner_up == "64-pupr"
    assert any("Sembuan, Nyuatan, Kabupaten Kutai Barat" in line for line in why.evidence)
    assert "kewenangan pemerintah kabupaten/kota" in why.text_id
    assert "authority of the regency or city government" in why.text_en


def test_a_place_is_as_exact_as_what_exists() -> None:
    assert lead(ask("jalan-rusak/kabupaten", "64.07.99.2999")) == "6407-pupr"
    assert locate("99.01") is None
    assert locate(None) is None
    known = locate("64.07.16.9999")
    assert known is not None and known.code == "64.07.16"


def test_what_needs_no_place_is_decided_without_one() -> None:
    outcome = ask("jaringan/internet", None)
    assert lead(outcome) == "komdigi"
    assert isinstance(outcome, Choice) and outcome.copies == ()


def test_no_area() -> None:
    assert undecided(ask("jalan-rusak/kabupaten", None)).why == "no_area"
    only_province = undecided(ask("jalan-rusak/kabupaten", "64"))
    assert only_province.why == "no_area"
    assert [c.agency for c in only_province.candidates] == ["64-pupr", "64-diskominfo"]


@pytest.mark.parametrize("category", [None, "jalan-rusak", "jalan-rusak/gang-sempit", "tidak-ada"])
def test_no_category_or_too_general_a_one(category: str | None) -> None:
    assert undecided(ask(category, SEMBUAN)).why == "no_category"


def test_a_main_topic_alone_gives_the_candidates_that_it_may_mean() -> None:
    found = undecided(ask("jalan-rusak", SEMBUAN)).candidates
    assert [c.agency for c in found] == ["bbpjn-64", "kemenpupr", "64-pupr"]


def test_no_rule_before_the_law() -> None:
    before = undecided(ask("jalan-rusak/kabupaten", SEMBUAN, date(2014, 10, 1)))
    assert before.why == "no_rule"


def test_the_competent_body_has_not_joined() -> None:
    outcome = undecided(ask("jalan-rusak/kabupaten", SEMBUAN, register=register(without=("6407-pupr",))))
    assert outcome.why == "not_joined"
    assert [c.agency for c in outcome.candidates] == ["6407-pupr", "64-pupr", "64-diskominfo"]
    assert "not a member" in outcome.candidates[0].why
    assert "not a member" not in outcome.candidates[1].why


def test_outside_of_the_register_nobody_is_guessed() -> None:
    kaltim = Register(entry for entry in RULES.known if (entry.area or "64").startswith("64"))
    outcome = undecided(ask("jalan-rusak/kabupaten", "32.73", register=kaltim))
    assert outcome.why == "not_joined"
    assert [candidate.agency for candidate in outcome.candidates] == ["3273-pupr", "32-pupr"]
    assert all("not a member" in candidate.why for candidate in outcome.candidates)


def test_joined_later_than_the_complaints_day_goes_to_the_provinces_admin() -> None:
    later = register(_6407_pupr={"joined_on": date(2023, 10, 5)})
    outcome = ask("jalan-rusak/kabupaten", SEMBUAN, register=later)
    assert lead(outcome) == "64-diskominfo"
    assert isinstance(outcome, Choice)
    assert outcome.explanation.runner_up == "6407-pupr"
    assert "2023-10-05" in outcome.explanation.text_id
    assert lead(ask("jalan-rusak/kabupaten", SEMBUAN, date(2023, 10, 5), register=later)) == "6407-pupr"


def test_before_the_admin_itself_had_joined_a_person_decides() -> None:
    assert undecided(ask("jalan-rusak/kabupaten", SEMBUAN, date(2021, 4, 14))).why == "not_joined"


def test_an_agency_that_has_left_gets_nothing_new() -> None:
    gone = register(_6407_pupr={"left_on": date(2023, 11, 1)})
    assert lead(ask("jalan-rusak/kabupaten", SEMBUAN, today=date(2023, 10, 31), register=gone)) == "6407-pupr"
    outcome = ask("jalan-rusak/kabupaten", SEMBUAN, today=date(2023, 11, 1), register=gone)
    assert undecided(outcome).why == "not_joined"


def test_copies_for_those_named_but_none_of_a_secret_complaint() -> None:
    outcome = ask("banjir/sungai", SEMBUAN)
    assert isinstance(outcome, Choice)
    assert [entry.code for entry in outcome.copies] == ["6407-bpbd", "6407-pupr"]
    secret = ask("banjir/sungai", SEMBUAN, secret=True)
    assert isinstance(secret, Choice) and secret.copies == ()
    partly = ask("banjir/sungai", SEMBUAN, register=register(without=("6407-bpbd",)))
    assert isinstance(partly, Choice) and [entry.code for entry in partly.copies] == ["6407-pupr"]


@pytest.mark.parametrize(
    ("category", "reason"),
    [("korupsi", "corruption"), ("pidana", "criminal_law"), ("sara", "sara"), ("politik", "political"),
     ("pribadi", "personal"), ("peraturan", "legislation")],
)  # fmt: skip
def test_out_of_scope_points_to_another_body(category: str, reason: str) -> None:
    outcome = ask(f"di-luar-cakupan/{category}", SEMBUAN)
    assert isinstance(outcome, OutOfScope)
    assert outcome.reason == reason
    assert outcome.pointed_to and outcome.pointed_to in outcome.text_id


def test_the_complaints_day_is_the_local_one_of_its_place() -> None:
    late = datetime(2024, 10, 20, 16, 30, tzinfo=UTC)
    assert local_day(late, "WIB") == date(2024, 10, 20)
    assert local_day(late, "WITA") == date(2024, 10, 21)
    assert {code: zone.zone for code in ("31", "64", "94") if (zone := locate(code))} == {
        "31": "WIB", "64": "WITA", "94": "WIT",
    }  # fmt: skip
