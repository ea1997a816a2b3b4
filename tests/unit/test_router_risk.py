"""The promise "at most so much of what is decided automatically is wrong", and when the router abstains."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapor_router.domain.area import Area
from lapor_router.domain.findings import NOTHING, NOWHERE, About, Where
from lapor_router.domain.risk import NEVER, Curve, Risk, curve_of, upper_bound

PLACE = Area(code="33.74", province="33", regency="33.74", path="", zone="WIB")
OUTCOMES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), max_size=300)


def about(confidence: float, source: str = "learned") -> About:
    return About(sectors=(("listrik", confidence),), source=source)  # type: ignore[arg-type]


def where(confidence: float, source: str = "words") -> Where:
    return Where(area=PLACE, confidence=confidence, source=source)  # type: ignore[arg-type]


def test_the_bound_is_clopper_pearson() -> None:
    assert upper_bound(0, 149, 0.95) == pytest.approx(1 - 0.05 ** (1 / 149))
    assert upper_bound(2, 100, 0.95) == pytest.approx(0.0616, abs=1e-4)
    assert upper_bound(0, 0) == 1
    assert upper_bound(5, 5) == 1


@given(st.integers(0, 50), st.integers(1, 500))
def test_more_wrong_is_never_a_lower_bound(wrong: int, decided: int) -> None:
    wrong = min(wrong, decided)
    assert wrong / decided <= upper_bound(wrong, decided) <= upper_bound(min(wrong + 1, decided), decided)


@given(OUTCOMES)
def test_a_curve_counts_every_outcome_once(outcomes: list[tuple[float, bool]]) -> None:
    steps = curve_of(outcomes).steps
    assert Curve(steps).decided == len(outcomes)
    for confidence, decided, wrong in steps:
        assert decided == sum(sure >= confidence for sure, _ in outcomes)
        assert wrong == sum(sure >= confidence and not right for sure, right in outcomes)


@given(OUTCOMES, st.floats(0.001, 0.5))
def test_what_is_above_the_threshold_keeps_the_risk(outcomes: list[tuple[float, bool]], risk: float) -> None:
    threshold = curve_of(outcomes).threshold(risk)
    chosen = [right for sure, right in outcomes if sure >= threshold]
    assert sum(not right for right in chosen) <= risk * len(chosen)


@given(OUTCOMES, st.floats(0.001, 0.5))
def test_more_risk_never_decides_less(outcomes: list[tuple[float, bool]], risk: float) -> None:
    curve = curve_of(outcomes)
    assert curve.threshold(risk * 1.5) <= curve.threshold(risk)


def test_the_promise_holds_on_new_outcomes_four_times_of_five() -> None:
    """A confidence that is honest: wrong with probability 1 - confidence."""
    chance = random.Random(4)  # noqa: S311
    kept = 0
    for _ in range(100):
        known, new = (
            [(sure, chance.random() < sure) for sure in (chance.random() ** 0.1 for _ in range(800))] for _ in "ab"
        )
        threshold = curve_of(known).threshold(0.05)
        chosen = [right for sure, right in new if sure >= threshold]
        # The wrong share expected at that threshold, without the new sample's own luck.
        expected = sum(1 - sure for sure, _ in new if sure >= threshold)
        kept += not chosen or expected <= 0.05 * len(chosen)
    assert kept >= 80


def test_few_outcomes_promise_nothing() -> None:
    assert curve_of([(0.99, True)] * 40).threshold(0.02) == NEVER
    assert Curve().threshold(0.5) == NEVER


def test_a_source_without_a_curve_is_never_automatic() -> None:
    gate = Risk(0.02, {})
    assert not gate.automatic(about(1.0), where(1.0), needs_area=False)
    assert not gate.automatic(NOTHING, NOWHERE, needs_area=False)


def test_what_the_place_may_be_wrong_is_taken_from_the_risk() -> None:
    curve = curve_of([(0.99, True)] * 300 + [(0.95, number % 25 > 0) for number in range(300)])
    gate = Risk(0.05, {"learned": curve})
    assert gate.automatic(about(0.96), where(0.5), needs_area=False)
    assert not gate.automatic(about(0.96), where(0.5), needs_area=True)
    assert not gate.automatic(about(0.96), where(0.97), needs_area=True)
    assert gate.automatic(about(0.99), where(0.97), needs_area=True)
    assert gate.automatic(about(0.96), where(0.1, "code"), needs_area=True)
    assert gate.probability(about(0.8), where(0.5), needs_area=True) == pytest.approx(0.4)


@given(st.floats(0, 1), st.floats(0, 1))
def test_a_surer_place_or_subject_never_decides_less(subject: float, place: float) -> None:
    gate = Risk(0.05, {"learned": curve_of([(0.9, True)] * 300)})
    if gate.automatic(about(subject), where(place), needs_area=True):
        assert gate.automatic(about(min(1, subject + 0.05)), where(min(1, place + 0.01)), needs_area=True)
        assert gate.automatic(about(subject), where(place), needs_area=False)


def test_a_code_needs_no_proof_and_a_place_of_words_does() -> None:
    gate = Risk(0.02, {})
    assert gate.automatic(about(0.0, "code"), where(0.0, "code"), needs_area=True)
    assert gate.automatic(about(0.0, "code"), where(0.99), needs_area=True)
    assert not gate.automatic(about(0.0, "code"), where(0.9), needs_area=True)
    assert math.isclose(gate.probability(about(0.3, "code"), where(0.9), needs_area=True), 0.9)
