"""The plan of a chaos run: repeatable, and with everything in it that a run is to meet."""

from __future__ import annotations

import pytest
from lapor_deploy.stack import SERVICES

from tests.chaos.plan import FIRST_KILL, LAST_KILL, OVER_HTTP, OVER_KAFKA, Plan, plan

SEED, COMPLAINTS, KILLS = 7, 3000, 15


@pytest.fixture(scope="module")
def made() -> Plan:
    return plan(SEED, COMPLAINTS, KILLS)


def test_the_same_seed_is_the_same_plan(made: Plan) -> None:
    assert plan(SEED, COMPLAINTS, KILLS) == made
    assert plan(SEED + 1, COMPLAINTS, KILLS) != made


def test_complaints_come_in_order_during_the_whole_run(made: Plan) -> None:
    moments = [complaint.at for complaint in made.complaints]
    assert [complaint.n for complaint in made.complaints] == list(range(COMPLAINTS))
    assert moments == sorted(moments)
    assert 0 <= moments[0] < 0.01
    assert moments[-1] == 1.0
    for tenth in range(10):
        assert sum(tenth / 10 < at <= (tenth + 1) / 10 for at in moments) > COMPLAINTS / 30


def test_every_way_in_and_every_way_of_getting_it_wrong(made: Plan) -> None:
    malformed = [c for c in made.complaints if c.malformed]
    assert 0.02 < len(malformed) / COMPLAINTS < 0.04
    assert {c.malformed for c in malformed if c.medium == "http"} == set(OVER_HTTP)
    assert {c.malformed for c in malformed if c.medium == "kafka"} == set(OVER_KAFKA)
    assert {(c.medium, c.channel) for c in made.complaints} == {("http", "web"), ("kafka", "sms"), ("kafka", "app")}


def test_some_are_handed_in_twice_and_those_are_good(made: Plan) -> None:
    twice = [c for c in made.complaints if c.twice]
    assert 0.04 < len(twice) / COMPLAINTS < 0.06
    assert {(c.medium, c.twice) for c in twice} == {
        (m, t) for m in ("http", "kafka") for t in ("at_once", "after")
    }  # fmt: skip
    assert not any(c.malformed for c in twice)


def test_agencies_do_everything_that_an_agency_may_do_and_some_nothing(made: Plan) -> None:
    conducts = [conduct for c in made.complaints for conduct in c.agencies]
    assert {act.did for acts in conducts for act in acts} == {
        "accept", "decline", "decline_to_other", "follow_up", "resolve", "wrong",
    }  # fmt: skip
    assert () in conducts
    assert any(act.did == "accept" and act.after > 48 for acts in conducts for act in acts)  # after two working days


@pytest.mark.parametrize("seed", range(20))
def test_every_kind_of_kill_has_its_share(seed: int) -> None:
    kills = plan(seed, 10, KILLS).kills
    moments = [kill.at for kill in kills]
    assert moments == sorted(moments)
    assert all(FIRST_KILL <= at <= LAST_KILL for at in moments)
    hit = [(kill.what, kill.how) for kill in kills]
    assert len(hit) == KILLS
    assert hit.count(("kafka", "SIGKILL")) >= 2
    assert hit.count(("postgres", "SIGKILL")) >= 2
    assert sum(how == "SIGSTOP" for _, how in hit) >= 3
    assert {what.rpartition("-")[0] for what, _ in hit} >= set(SERVICES)
    assert {what for what, how in hit if how == "SIGSTOP"} & {"kafka", "postgres"} == set()


def test_also_few_kills_can_be_asked_for() -> None:
    assert plan(1, 5, 0).kills == ()
    assert len(plan(1, 5, 1).kills) == 1
