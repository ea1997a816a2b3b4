"""Who is chronically silent: each limit counts once, and an agency is told of when it begins, lasts and ends."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapor_contracts import replies
from lapor_contracts.oversight import ChronicSilence
from lapor_escalation.domain import assignment, complaint
from lapor_escalation.domain.decision import Decision
from lapor_escalation.domain.policy import Chronic
from lapor_escalation.domain.standing import Standing, judge, outcome_of

from tests.support.escalation import DLH, PUPR, World, wita

RULE = Chronic(window_days=90, minimum=4, share_percent=50)
DAY = date(2023, 10, 10)


@dataclass
class Counted(World):
    """Adds up what the outcomes say of each agency: met and missed."""

    accounts: Counter[tuple[str, str]] = field(default_factory=Counter)

    def _carry_out(self, decision: Decision, now: Any) -> None:
        for _, event in decision.events:
            outcome = outcome_of(event, decision.state)
            if outcome is not None:
                self.accounts[outcome.agency, "met"] += outcome.met
                self.accounts[outcome.agency, "missed"] += outcome.missed
        super()._carry_out(decision, now)

    def account(self, agency: str = DLH.code) -> tuple[int, int]:
        return self.accounts[agency, "met"], self.accounts[agency, "missed"]


def assigned_world() -> Counted:
    world = Counted()
    world.register(wita(4))
    world.assign(wita(4))
    return world


def test_an_answer_in_time_and_a_completion_in_time_are_two_kept_limits() -> None:
    world = assigned_world()
    world.reply(replies.Accepted, wita(5))
    assert world.account() == (1, 0)
    world.reply(replies.Resolved, wita(9))
    world.until(wita(30))
    assert world.account() == (2, 0)


def test_silence_counts_once_however_far_it_climbs_and_a_late_answer_changes_nothing() -> None:
    world = assigned_world()
    world.until(wita(18, 16))
    assert world.account() == (0, 1)
    world.reply(replies.Declined, wita(19))
    assert world.account() == (0, 1)


def test_a_limit_called_missed_while_the_answer_was_on_its_way_is_taken_back() -> None:
    world = assigned_world()
    world.until(wita(11, 16))
    world.reply(replies.Accepted, wita(11, 15), now=wita(11, 17))
    assert world.account() == (1, 0)


def test_late_and_never_called_missed_because_we_were_down_counts_all_the_same() -> None:
    world = assigned_world()
    world.reply(replies.Accepted, wita(12), now=wita(13))
    assert world.account() == (0, 1)


def test_what_the_agency_did_not_end_itself_says_nothing_of_it() -> None:
    for end in ("released", "withdrawn"):
        world = assigned_world()
        if end == "released":
            world.apply(assignment.released(world.known, 1, wita(6)), wita(6))
            world.assign(wita(6), PUPR)
        else:
            world.apply(complaint.withdrawn(world.known, wita(6)), wita(6))
        assert world.account() == (0, 0)


def test_the_reporters_silence_is_not_the_agencys() -> None:
    world = assigned_world()
    world.reply(replies.FollowedUp, wita(5))
    world.until(wita(19, 16))
    assert world.known.closed == "silence"
    assert world.account() == (1, 0)


# --- the judgement ---------------------------------------------------------------------------------------------


def told(accounts: dict[str, tuple[int, int]], known: dict[str, Standing] | None = None, day: date = DAY) -> list[Any]:
    return [event for _, event in judge(accounts, known or {}, RULE, day)]


@pytest.mark.parametrize(
    ("met", "missed", "chronic"), [(2, 2, True), (3, 2, False), (0, 3, False), (0, 4, True), (100, 99, False)]
)
def test_chronic_by_share_and_by_enough_to_judge(met: int, missed: int, chronic: bool) -> None:
    assert bool(told({"6407-dlh": (met, missed)})) is chronic


def test_it_says_what_was_counted() -> None:
    assert told({"b-dlh": (1, 3), "a-dlh": (0, 9), "c-dlh": (9, 0)})[1] == ChronicSilence(
        agency="b-dlh", chronic=True, since=DAY, window_from=DAY - timedelta(days=90),
        window_through=DAY - timedelta(days=1), counted=4, missed=3, minimum=4, share_percent=50,
    )  # fmt: skip


def test_told_when_it_begins_after_each_window_that_it_lasts_and_when_it_ends() -> None:
    known: dict[str, Standing] = {}
    said = []
    for n in range(400):
        day, silent = DAY + timedelta(days=n), 5 <= n < 200
        for standing, event in judge({"6407-dlh": (0, 9) if silent else (9, 0)}, known, RULE, day):
            known["6407-dlh"] = standing
            said.append((n, event.chronic, standing.number, (event.since - DAY).days))
    assert said == [(5, True, 1, 5), (95, True, 2, 5), (185, True, 3, 5), (200, False, 4, 5)]


def test_an_agency_that_nothing_is_counted_of_any_more_is_no_longer_chronic() -> None:
    known = {"6407-dlh": Standing(3, True, DAY, DAY)}
    ended = told({}, known, DAY + timedelta(days=91))[0]
    assert (ended.chronic, ended.counted) == (False, 0)
    assert told({}, {"6407-dlh": Standing(4, False, DAY, DAY)}) == []


@given(st.dictionaries(st.sampled_from("abcdef"), st.tuples(st.integers(0, 9), st.integers(0, 9))), st.booleans())
def test_judged_twice_on_one_day_nothing_is_told_twice(accounts: dict[str, tuple[int, int]], was: bool) -> None:
    codes = {f"{code}-dlh": account for code, account in accounts.items()}
    known = {"a-dlh": Standing(1, was, DAY, DAY)}
    known |= {event.agency: standing for standing, event in judge(codes, known, RULE, DAY)}
    assert list(judge(codes, known, RULE, DAY)) == []
