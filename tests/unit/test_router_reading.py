"""A report without codes: what is read from its words and point, and what the router makes of it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lapor_contracts import complaints
from lapor_contracts.assignments import Assigned, NeedsDecision, OutOfScope
from lapor_contracts.base import Place
from lapor_router.domain.area import locate
from lapor_router.domain.authority import Choice, decide
from lapor_router.domain.findings import About, Guess, Reading, Where
from lapor_router.domain.risk import Curve, Risk
from lapor_router.domain.rules import Context, Question
from lapor_router.domain.state import Report
from lapor_router.readers import InUse

from tests.support.router import packaged
from tests.support.router_life import Life

RULES, READER = packaged()
DAY = date(2025, 3, 4)
POTHOLE = "Jalan di depan pasar berlubang parah dan belum diperbaiki."
# As sure as wanted: the lexicon's word is taken.
SURE = Risk(0.05, {"words": Curve(((0.5, 1_000, 10),))})


def read(text: str, **more: object) -> Reading:
    found = READER.read(replace(Report(narrative=text), **more))  # type: ignore[arg-type]
    assert found is not None
    return found


def ask(reading: Reading, **more: object) -> Question:
    category = reading.about.guesses[0].category if reading.about.guesses else None
    return Question(category, reading.where.area, DAY, DAY, reading=reading, **more)  # type: ignore[arg-type]


def test_codes_that_say_all_are_not_read_over() -> None:
    assert READER.read(Report(category="jalan-rusak/kabupaten", area_code="64.07", narrative="KTP di Bogor")) is None


def test_a_subtopic_of_the_live_system_means_one_of_our_categories() -> None:
    code = next(code for code in READER.taxonomy if code.endswith("/haji-dan-umroh"))
    reading = read("apa saja", category=code, area_code="64.07")
    assert (reading.about.source, reading.about.guesses[0].category) == ("code", "agama/haji-umrah")
    assert (reading.where.source, reading.where.area) == ("code", locate("64.07"))


def test_a_general_code_is_made_closer_by_words_of_its_topic_only() -> None:
    closer = read("Jalan nasional berlubang", category="jalan-rusak/umum", area_code="64.07")
    assert closer.about.guesses[0].category == "jalan-rusak/nasional"
    other = read("KTP saya belum jadi", category="jalan-rusak/umum", area_code="64.07")
    assert other.about.guesses[0].category == "jalan-rusak/umum"
    assert closer.about.source == other.about.source == "code"


def test_a_main_topic_alone_leaves_the_subject_to_the_words() -> None:
    assert read("KTP saya belum jadi di Disdukcapil", category="jalan-rusak").about.source == "words"


def test_words_name_place_and_subject_and_say_which_words() -> None:
    reading = read(POTHOLE, address="Kecamatan Tembalang, Semarang")
    assert reading.where.area is not None and reading.where.area.regency == "33.74"
    assert reading.about.sectors[0][0] == "pekerjaan-umum"
    assert reading.about.evidence and reading.where.evidence


def test_a_province_by_code_is_made_closer_by_words_inside_it() -> None:
    inside = read("Sampah menumpuk di Kota Balikpapan", area_code="64")
    assert inside.where.area is not None and inside.where.area.regency == "64.71"
    outside = read("Sampah menumpuk di Kota Bandung", area_code="64")
    assert outside.where.area is not None and outside.where.area.code == "64"


def test_without_a_gate_and_below_the_risk_a_person_decides_with_the_likeliest_named() -> None:
    question = ask(read(POTHOLE, address="Kecamatan Tembalang, Semarang"))
    for gate in (None, Risk(0.02, {})):
        outcome = decide(question, Context(RULES, RULES.known, gate))
        assert isinstance(outcome, NeedsDecision)
        assert outcome.candidates[0].agency == "3374-pupr"
        assert 1 <= len(outcome.candidates) <= 3
        assert "Semarang" in outcome.text_id and "%" in outcome.text_en


def test_above_the_risk_it_is_assigned_and_the_explanation_says_how_sure() -> None:
    question = ask(read(POTHOLE, address="Kecamatan Tembalang, Semarang"))
    outcome = decide(question, Context(RULES, RULES.known, SURE))
    assert isinstance(outcome, Choice)
    assert outcome.lead.code == "3374-pupr"
    assert outcome.explanation.confidence is not None and 0 < outcome.explanation.confidence < 1
    assert outcome.explanation.runner_up == "33-pupr"
    assert any("berlubang" in line or "lubang" in line for line in outcome.explanation.evidence)


def test_a_body_of_the_whole_country_needs_no_place() -> None:
    about = About((Guess("pemilu/penyelenggaraan", 0.99),), (("kepemiluan", 0.99),), "words")
    outcome = decide(ask(Reading(Where(), about)), Context(RULES, RULES.known, SURE))
    assert isinstance(outcome, Choice) and outcome.lead.code == "kpu"


def test_words_never_end_a_complaint_as_out_of_scope() -> None:
    about = About((Guess("di-luar-cakupan/korupsi", 0.99),), (("hukum", 0.99),), "words")
    outcome = decide(ask(Reading(Where(locate("64.07"), 1.0, "code"), about)), Context(RULES, RULES.known, SURE))
    assert isinstance(outcome, NeedsDecision)
    by_code = replace(about, source="code")
    outcome = decide(ask(Reading(Where(locate("64.07"), 1.0, "code"), by_code)), Context(RULES, RULES.known, SURE))
    assert isinstance(outcome, OutOfScope)


TEXTS = st.one_of(
    st.text(max_size=400),
    st.lists(st.sampled_from(["jalan", "rusak", "Bandung", "KEC.", "desa", "😀", "ktp", "\x00", "صعب", "a" * 300])).map(
        " ".join
    ),
)


@given(title=TEXTS, text=TEXTS, secret=st.booleans())
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
def test_any_text_is_a_decision_or_an_abstention(title: str, text: str, secret: bool) -> None:
    reading = read(text, title=title)
    outcome = decide(ask(reading, secret=secret), Context(RULES, RULES.known, SURE))
    assert isinstance(outcome, Choice | NeedsDecision)
    again = read(text, title=title)
    assert again == reading


@pytest.mark.parametrize("text", ["", "JALAN RUSAK " * 900, "Desa " + "Sukamaju Tembalang " * 250, "😀" * 3_000])
def test_odd_texts_are_read(text: str) -> None:
    assert isinstance(decide(ask(read(text)), Context(RULES, RULES.known, SURE)), Choice | NeedsDecision)


def test_a_report_in_words_goes_through_the_router_and_its_reading_is_kept() -> None:
    life = Life(InUse(READER, 0.02))
    life.desk.context = replace(life.desk.context, gate=SURE)
    written = life.registered(category=None, place=Place(address="Kecamatan Tembalang, Semarang"), narrative=POTHOLE)
    assigned = next(event for _, _, event in written if isinstance(event, Assigned))
    assert assigned.agency.code == "3374-pupr"
    kept = life.state.reading
    assert kept is not None and kept.where.area is not None and kept.where.area.zone == "WIB"
    life.core(complaints.Amended(narrative="KTP saya belum jadi di Disdukcapil Kota Semarang"))
    assert life.state.reading is not None and life.state.reading.about.sectors[0][0] == "kependudukan"
    assert life.state.current is not None and life.state.current.agency == "3374-pupr"


def test_what_words_did_not_decide_new_words_may() -> None:
    life = Life(InUse(READER, 0.02))
    life.desk.context = replace(life.desk.context, gate=SURE)
    life.registered(category=None, place=Place(), narrative="Mohon segera ditindaklanjuti.")
    assert life.state.phase == "deciding"
    life.core(complaints.Amended(narrative=POTHOLE, place=Place(area_code="33.74")))
    assert life.state.current is not None and life.state.current.agency == "3374-pupr"


def test_an_office_whose_place_is_not_known_is_left_out_for_the_body_it_belongs_to() -> None:
    about = About((Guess("bpjs/kesehatan", 0.99),), (("bpjs-kesehatan", 0.99),), "words")
    unsure = Where(locate("33.74"), 0.6, "words")
    for where in (Where(), unsure):
        outcome = decide(ask(Reading(where, about)), Context(RULES, RULES.known, SURE))
        assert isinstance(outcome, Choice) and outcome.lead.code == "bpjs-kesehatan"
        assert "kantornya di daerah" in outcome.explanation.text_id
    sure = decide(ask(Reading(replace(unsure, confidence=0.99), about)), Context(RULES, RULES.known, SURE))
    assert isinstance(sure, Choice) and sure.lead.code == "bpjs-kesehatan-33"
    tried = decide(ask(Reading(Where(), about), tried=("bpjs-kesehatan",)), Context(RULES, RULES.known, SURE))
    assert isinstance(tried, NeedsDecision)


def test_a_regency_whose_place_is_not_known_is_nobodys_guess() -> None:
    about = About((Guess("jalan-rusak/umum", 0.99),), (("pekerjaan-umum", 0.99),), "words")
    outcome = decide(ask(Reading(Where(), about)), Context(RULES, RULES.known, SURE))
    assert isinstance(outcome, NeedsDecision) and outcome.why == "no_area"


def test_a_point_that_contradicts_the_code_is_shown_and_the_code_is_believed() -> None:
    def at(latitude: float, longitude: float) -> Where:
        given = {"category": "jalan-rusak/kabupaten", "area_code": "64.72", "latitude": latitude}
        return read("Jalan berlubang", longitude=longitude, **given).where

    samarinda, jakarta = at(-0.49, 117.14), at(-6.2, 106.82)
    assert (samarinda.area, samarinda.confidence, samarinda.others) == (locate("64.72"), 1.0, ())
    assert jakarta.area == locate("64.72") and jakarta.confidence < 1
    assert any("Jakarta" in line for line in jakarta.evidence) and jakarta.others[0].province == "31"
