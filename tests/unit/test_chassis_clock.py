"""The domain's clock, and ids that carry a time."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapor_chassis.clock import DomainClock, from_broker, wall_now
from lapor_chassis.ids import uuid7, uuid7_time

ZONES = st.sampled_from([UTC, timezone(timedelta(hours=7)), timezone(timedelta(hours=8))])
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=ZONES)  # noqa: DTZ001 - the zones follow
SPEEDS = st.floats(0.01, 86_400.0)
PASSED = st.timedeltas(timedelta(0), timedelta(days=10))
CLOCKS = st.builds(DomainClock, TIMES, TIMES, SPEEDS) | st.just(DomainClock())


def test_without_a_setting_it_is_the_wall() -> None:
    clock = DomainClock.parse("")
    assert not clock.simulated and str(clock) == ""
    before = wall_now()
    assert before <= clock.now() <= wall_now()


def test_the_formula() -> None:
    clock = DomainClock.parse("2026-01-05T08:00:00+08:00@2030-06-01T00:00:00+00:00x3600")
    assert clock.simulated
    later = datetime(2030, 6, 1, 0, 0, 2, tzinfo=UTC)
    assert clock.at(later) == datetime(2026, 1, 5, 10, 0, tzinfo=timezone(timedelta(hours=8)))
    assert clock.at(from_broker(int(later.timestamp() * 1000))) == clock.at(later)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("soon", "expected <start>@<wall anchor>x<speed>"),
        ("2026-01-05T00:00:00+00:00", "expected"),
        ("2026-01-05T00:00:00+00:00@2026-01-05T00:00:00+00:00", "expected"),
        ("2026-01-05T00:00:00+00:00@2026-01-05T00:00:00+00:00xfast", "expected"),
        ("2026-13-05T00:00:00+00:00@2026-01-05T00:00:00+00:00x1", "expected"),
        ("2026-01-05T00:00:00@2026-01-05T00:00:00+00:00x1", "need a zone"),
        ("2026-01-05T00:00:00+00:00@2026-01-05T00:00:00x1", "need a zone"),
        ("2026-01-05T00:00:00+00:00@2026-01-05T00:00:00+00:00x0", "above 0"),
        ("2026-01-05T00:00:00+00:00@2026-01-05T00:00:00+00:00x-60", "above 0"),
        ("2026-01-05T00:00:00+00:00@2026-01-05T00:00:00+00:00xnan", "a number"),
        ("2026-01-05T00:00:00+00:00@2026-01-05T00:00:00+00:00xinf", "a number"),
    ],
)
def test_a_wrong_setting_says_what_is_expected(text: str, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        DomainClock.parse(text)


@given(CLOCKS)
def test_it_reads_what_it_writes(clock: DomainClock) -> None:
    assert DomainClock.parse(str(clock)) == clock


@given(CLOCKS, PASSED)
def test_there_and_back(clock: DomainClock, since: timedelta) -> None:
    wall = (clock.anchor or wall_now()) + since
    assert abs(clock.wall_at(clock.at(wall)) - wall) < timedelta(milliseconds=1)


@given(CLOCKS, PASSED, PASSED)
def test_it_never_goes_back(clock: DomainClock, since: timedelta, passed: timedelta) -> None:
    wall = (clock.anchor or wall_now()) + since
    assert clock.at(wall + passed) >= clock.at(wall)


def test_ids_sort_and_tell_their_time() -> None:
    before = wall_now() - timedelta(milliseconds=1)
    ids = [uuid7() for _ in range(1_000)]
    assert sorted(ids) == ids and len(set(ids)) == 1_000
    for made in (ids[0], ids[-1]):
        at = uuid7_time(made)
        assert at is not None and before <= at <= wall_now()


@given(st.uuids(version=4) | st.uuids(version=1))
def test_other_ids_have_no_time(other: UUID) -> None:
    assert uuid7_time(other) is None


@given(st.integers(0, 2**128 - 1))
def test_any_id_at_all_may_be_asked(number: int) -> None:
    at = uuid7_time(UUID(int=number))
    assert at is None or at.tzinfo is UTC


def test_the_variant_counts_too() -> None:
    """Version 7 without the variant of RFC 9562 is no UUIDv7."""
    assert uuid7_time(UUID(int=uuid7().int & ~(0b11 << 62))) is None
