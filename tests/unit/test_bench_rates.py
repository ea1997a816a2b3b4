"""The arithmetic of the benchmark's figures."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bench import figures
from tests.bench.figures import TARGETS, Figure, met
from tests.bench.rates import Rate, Sample, percentile, rate_of, rate_of_times
from tests.bench.watch import Look, reads


def test_the_warm_up_is_left_out_of_a_rate() -> None:
    slow_then_fast = [Sample(0, 0), Sample(10, 20), Sample(11, 60), Sample(12, 100), Sample(20, 100)]
    assert rate_of(slow_then_fast, 100) == Rate(n=80, seconds=2)
    assert rate_of(slow_then_fast, 100).per_second == 40


def test_what_was_through_at_the_first_look_after_the_warm_up_counts_as_warm_up() -> None:
    assert rate_of([Sample(0, 5), Sample(1, 50), Sample(3, 100)], 100) == Rate(n=50, seconds=2)


@pytest.mark.parametrize(
    "samples", [[], [Sample(0, 0), Sample(9, 99)], [Sample(0, 0), Sample(1, 100)]], ids=["none", "not all", "one look"]
)
def test_no_rate_without_a_beginning_and_an_end(samples: list[Sample]) -> None:
    with pytest.raises(ValueError, match="through"):
        rate_of(samples, 100)


def test_a_rate_of_moments_begins_with_the_last_one_of_the_warm_up() -> None:
    # Ten, the first two a long time before; in any order.
    times = [100.0, 101, 102, 103, 104, 105, 106, 107, 0, 99]
    assert rate_of_times(times) == Rate(n=8, seconds=8)
    with pytest.raises(ValueError, match="too little"):
        rate_of_times([1.0])


def test_percentiles_are_values_that_were_measured() -> None:
    hundred = [float(value) for value in range(100, 0, -1)]
    assert [percentile(hundred, percent) for percent in (50, 99, 100)] == [50, 99, 100]
    assert percentile([7.0], 99) == 7
    with pytest.raises(ValueError, match="nothing"):
        percentile([], 50)


def test_the_last_record_is_through_when_what_it_caused_can_be_read() -> None:
    looks = [Look(0, 0, 0), Look(1, 10, 15), Look(2, 10, 19), Look(3, 10, 20)]
    assert reads(looks, (10, 20)) == ([Sample(0, 0), Sample(1, 9), Sample(2, 9), Sample(3, 10)], 10)


def test_where_time_was_over_there_was_as_much_to_read_as_was_read() -> None:
    looks = [Look(0, 0, 0), Look(1, 4, 7), Look(2, 6, 11)]
    assert reads(looks, (10, 20)) == ([Sample(0, 0), Sample(1, 4), Sample(2, 6)], 6)


def test_what_is_demanded_of_a_figure() -> None:
    def figure(name: str, value: float, reference: float | None = None) -> Figure:
        return Figure(name, value, "", 1, "", reference)

    assert met(figure("router", 70, 100)) is True
    assert met(figure("router", 69, 100)) is False
    assert met(figure("router", 1_000_000)) is False  # without its reference it says nothing
    assert met(figure("latency_p99_ms", 300)) is True
    assert met(figure("latency_p99_ms", 301)) is False
    assert met(figure("cpu_us_broker", 1)) is None
    assert TARGETS["pipeline_1m"].words() == "≥ 0.9 x"
    assert TARGETS["idle_rss_mb"].words() == "≤ 1,500"


def test_figures_are_kept_as_a_list(tmp_path: Path) -> None:
    path = tmp_path / "build" / "bench.json"
    figures.write([Figure("router", 7_000.12345, "events/s", 10, "a note", 10_000.0)], path)
    assert json.loads(path.read_text()) == [
        {
            "name": "router", "value": 7000.123, "unit": "events/s", "reference": 10000.0, "ratio": 0.7, "n": 10,
            "note": "a note",
        }
    ]  # fmt: skip
