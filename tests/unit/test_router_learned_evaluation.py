"""A model is tested on newer outcomes than it learned from, and is better only where that is no luck."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapor_router.domain.findings import NOTHING, About
from lapor_router.learning.evaluation import Case, Comparison, compare, learn, lexicon_alone, score, usual_categories

START = datetime(2026, 1, 1, tzinfo=UTC)
SECTORS = ("air-minum", "listrik", "pekerjaan-umum")
WORDS = {"air-minum": ("pipa", "keruh"), "listrik": ("token", "padam"), "pekerjaan-umum": ("lubang", "aspal")}


def outcome(number: int, sector: str, *, text: str = "", lexicon: About = NOTHING) -> Case:
    roots = (*WORDS[sector], f"warga{number % 7}")
    own = " ".join(
        f"{'abcdefghij'[number % 10]}{'klmnopqrst'[number // 10 % 10]}{word}" for word in ("ya", "yu", "yo", "ye")
    )
    return Case(text or own, roots, lexicon, sector, START + timedelta(hours=number))


def outcomes(count: int = 200) -> list[Case]:
    return [outcome(number, SECTORS[number % 3]) for number in range(count)]


def says(sector: str) -> About:
    return About(sectors=((sector, 0.9),), source="words")


def test_the_newest_fifth_is_the_test() -> None:
    found = learn(list(reversed(outcomes())), SECTORS, {})
    assert found.tested.tested == 40
    assert found.tested.top1 > 0.95
    assert found.alone.top1 == 0
    assert found.trained.examples == 200


def test_what_the_test_repeats_is_not_in_its_training() -> None:
    """Only near-duplicates of the newest speak of listrik: nothing is left to learn that from."""
    repeated = "token listrik di kompleks kami tidak bisa diisi sejak kemarin malam mohon segera ditangani"
    older = [outcome(number, SECTORS[number % 2 * 2]) for number in range(150)]
    newest = [outcome(number, "listrik", text=repeated) for number in range(150, 200)]
    found = learn(
        [*older[:100], *(outcome(n, "listrik", text=repeated) for n in range(100, 110)), *older[110:], *newest],
        SECTORS,
        {},
    )
    assert found.tested.top1 == 0


def test_top_three_counts_the_first_three() -> None:
    about = About(sectors=tuple((sector, 0.3) for sector in SECTORS))
    found = score([outcome(1, "pekerjaan-umum")], lambda _: about)
    assert (found.tested, found.top1, found.top3) == (1, 0, 1)
    assert score([], lexicon_alone).tested == 0


def test_compared_in_pairs() -> None:
    asked = [outcome(number, "listrik") for number in range(12)]
    found = compare(asked, lambda _: says("listrik"), lambda o: says("listrik") if o.when == START else NOTHING)
    assert (found.tested, found.only_new, found.only_old) == (12, 11, 0)
    assert found.better


@pytest.mark.parametrize(
    ("only_new", "only_old", "better"), [(4, 0, False), (5, 0, True), (30, 25, False), (0, 9, False)]
)
def test_a_small_lead_is_luck(only_new: int, only_old: int, *, better: bool) -> None:
    assert Comparison(100, only_new, only_old).better is better


@given(st.integers(0, 2_000), st.integers(0, 2_000))
def test_luck_is_a_probability(only_new: int, only_old: int) -> None:
    assert 0 <= Comparison(4_000, only_new, only_old).luck <= 1


def test_the_usual_category_is_the_one_most_often_confirmed() -> None:
    sector_of = {
        "listrik/tiang": "listrik",
        "listrik/umum": "listrik",
        "pos/kiriman": "pos",
        "listrik/meter": "listrik",
    }
    assert usual_categories([], sector_of) == {"listrik": "listrik/umum", "pos": "pos/kiriman"}
    confirmed = [("listrik", "listrik/meter"), ("listrik", "listrik/meter"), ("listrik", "listrik/tiang")]
    strange = [("listrik", "pos/kiriman"), ("listrik", "pos/kiriman"), ("listrik", "pos/kiriman"), ("listrik", None)]
    assert usual_categories([*confirmed, *strange], sector_of)["listrik"] == "listrik/meter"
