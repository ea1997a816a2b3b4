"""Steps that were passed over while later ones of their partition were sent."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from tests.chaos.replay import Passed, Timers
from tests.chaos.report import Reckoning

DUE = datetime.fromisoformat("2023-11-07T16:00:00+08:00")
SENT = datetime.fromisoformat("2023-11-07T19:26:14+08:00")
SLACK = timedelta(hours=6)  # a second of the wall's


@pytest.mark.parametrize(
    ("stopped", "later_due", "lost"),
    [
        # Seed 10: the transaction that stopped the clock had the row when the timers' transaction came by.
        pytest.param(SENT + timedelta(seconds=18), DUE + timedelta(hours=1), 0, id="stopped at the same time"),
        pytest.param(SENT + timedelta(hours=7), DUE + timedelta(hours=1), 1, id="stopped much later"),
        pytest.param(SENT + timedelta(hours=7), DUE, 0, id="the other one was not due later"),
        pytest.param(SENT - timedelta(hours=1), DUE + timedelta(hours=1), 0, id="stopped before"),
    ],
)
def test_a_step_is_lost_where_a_later_one_went_out_long_before_its_clock_stopped(
    stopped: datetime, later_due: datetime, lost: int
) -> None:
    passed = Passed("a complaint", "reminded", DUE, since=DUE - timedelta(days=1), until=stopped)
    reckoning = Reckoning()
    Timers(fired={0: [(later_due, SENT)]}, passed={0: [passed]}).judge(reckoning, SLACK)
    assert reckoning.as_json()["lost"] == lost
