"""`lapor decide`: what a decider is shown, and what is wrong in one line; the whole way is a component test."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from lapor_chassis.ids import uuid7
from lapor_contracts.assignments import Candidate
from lapor_contracts.base import Place
from lapor_router import decide_tables, deciding
from lapor_router.decide_commands import decide
from lapor_router.deciding import Found
from lapor_router.domain.rules import Context
from lapor_router.domain.state import RouterState
from lapor_router.domain.waiting import DECISION_DAYS, waiting, weekdays_after
from lapor_router.outcomes import outcome_of
from rich.console import Console
from typer.testing import CliRunner

from tests.support.router_life import NOW, RULES, Life, accept, declined

CONTEXT = Context(RULES, RULES.known)


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("LAPOR_ROUTER_DATABASE_URL", "LAPOR_CLOCK", "LAPOR_ROUTER_DATA", "LAPOR_KAFKA_BOOTSTRAP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LAPOR_DATA", str(tmp_path))


def printed(table: object, width: int = 200) -> str:
    console = Console(width=width, record=True, file=None)
    with console.capture() as captured:
        console.print(table)
    return captured.get()


def undecided(**changes: object) -> RouterState:
    life = Life()
    life.registered(place=Place(), **changes)
    assert life.state.phase == "deciding"
    return life.state


def test_weekdays() -> None:
    wednesday = date(2023, 10, 4)
    for days, expected in ((0, 0), (1, 1), (2, 2), (3, 2), (4, 2), (5, 3), (7, 5), (14, 10), (371, 265)):
        assert weekdays_after(wednesday, wednesday + timedelta(days=days)) == expected
    assert weekdays_after(wednesday, wednesday - timedelta(days=9)) == 0


def test_the_limit_is_passed_after_its_last_day() -> None:
    asked = date(2023, 10, 4)
    assert not waiting(asked, date(2023, 10, 9)).over  # Thu, Fri, Mon
    assert waiting(asked, date(2023, 10, 10)).over and DECISION_DAYS == 3


def test_it_waits_since_it_was_asked_and_without_that_since_it_came_in() -> None:
    state = undecided()
    assert Found(uuid7(), state).since == (state.undecided_at or NOW)
    later = NOW + timedelta(days=2)
    assert Found(uuid7(), replace(state, undecided_at=later)).since == later
    again = replace(state, undecided_at=later).in_decision("no_rule", at=later + timedelta(days=1))
    assert again.undecided_at == later  # asked for another reason it has still waited since then


def test_candidates_are_those_of_the_rules_and_after_a_decline_whom_it_named() -> None:
    life = Life()
    life.registered()
    life.edge(declined(1, "6407-dinkes"), "6407-pupr")
    assert life.state.phase == "deciding"
    found = deciding.proposals(life.state, CONTEXT, NOW)
    assert found[0].agency == "6407-dinkes" and "6407-pupr" not in {c.agency for c in found}
    assert 1 < len(found) <= 3
    decided_by_now = replace(life.state, declined_by=(), assignments=())
    assert [c.agency for c in deciding.proposals(decided_by_now, CONTEXT, NOW)] == ["6407-pupr"]


def test_the_list_says_since_when_why_who_and_whose() -> None:
    state = undecided(title="Jalan [red]rusak[/red]\x1b[2J")
    found = Found(uuid7(), state)
    text = printed(
        decide_tables.listed([(found, [Candidate(agency="6407-pupr", why="aturan")])], NOW + timedelta(days=9))
    )
    for word in ("1234567890", "2023-10-04", "no_area", "6407-pupr: aturan", "LEWAT / OVER 7/3", "[red]rusak"):
        assert word in text
    assert "\x1b[2J" not in text


def test_of_a_secret_complaint_the_list_shows_no_word_and_show_only_when_asked() -> None:
    state = undecided(title="Judul gelap", narrative="Isi gelap.", secret=True)
    found = Found(uuid7(), state)
    assert "gelap" not in printed(decide_tables.listed([(found, ())], NOW))
    assert "gelap" not in printed(decide_tables.shown(found, (), NOW, with_secret=False))
    opened = printed(decide_tables.shown(found, (), NOW, with_secret=True))
    assert "Isi gelap." in opened and "jangan diteruskan" in opened


def test_show_tells_the_history() -> None:
    life = Life()
    life.registered()
    life.edge(declined(1, "6407-dpmd"), "6407-pupr")
    life.edge(declined(1, "6407-pupr"), "6407-dpmd")
    text = printed(decide_tables.shown(Found(uuid7(), life.state), (), NOW, with_secret=False))
    for word in ("ping_pong", "64-diskominfo", "menolak / declined: 6407-pupr, 6407-dpmd", "suggests 6407-dpmd"):
        assert word in text


def test_an_outcome_is_what_was_confirmed_of_what_is_not_secret() -> None:
    for secret in (False, True):
        life = Life()
        life.registered(secret=secret)
        assert outcome_of(life.subject.id, life.state) is None
        life.edge(accept(), "6407-pupr")
        found = outcome_of(life.subject.id, life.state)
        assert (found is None) == secret
        if found is not None:
            assert (found.agency, found.how, found.when) == ("6407-pupr", "accepted", NOW)
            assert (found.category, found.area_code) == ("jalan-rusak/kabupaten", "64.07.16.2004")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (("list",), "LAPOR_ROUTER_DATABASE_URL is not set"),
        (("show", "1234567890"), "LAPOR_ROUTER_DATABASE_URL is not set"),
        (("archive", "1", "--reason", "spam", "--text", "-"), "too_general, wrong_format, not_about_government"),
        (("out-of-scope", "1", "--reason", "spam", "--to", "x", "--text", "-"), "criminal_law, legislation"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_1(words: tuple[str, ...], problem: str) -> None:
    result = CliRunner().invoke(decide, list(words))
    assert result.exit_code == 1 and problem in result.output
    assert len(result.output.splitlines()) == 1


def test_a_wrong_clock_or_rules_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAPOR_CLOCK", "tomorrow")
    assert "LAPOR_CLOCK: expected" in CliRunner().invoke(decide, ["list"]).output
    monkeypatch.setenv("LAPOR_ROUTER_DATA", "/nonexistent")
    assert "is not in /nonexistent" in CliRunner().invoke(decide, ["list"]).output


def test_ages() -> None:
    assert decide_tables.age(timedelta(days=2, hours=3, minutes=59)) == "2 hari / d 3 jam / h"
    assert decide_tables.age(timedelta(hours=-1)) == "0 hari / d 0 jam / h"
    assert datetime(2023, 10, 4, 2, tzinfo=UTC) == NOW
