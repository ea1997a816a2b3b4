"""What other rules would change: the rules' word on the complaint's own day, counted by who loses and who gets it."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from lapor_contracts import complaints
from lapor_router import replaying
from lapor_router.domain.rules import Context, Question
from lapor_router.loading import PACKAGED
from lapor_router.replaying import Judge, Says, Summary, asked
from lapor_router.router_commands import router
from typer.testing import CliRunner

from tests.support.router_life import NOW, RULES, Life, declined

JUDGE = Judge(Context(RULES, RULES.known))
ROAD = Says("6407-pupr", "jalan-rusak-kabupaten")


def question_of(life: Life) -> Question:
    found = asked(life.state)
    assert found is not None
    return found


def test_it_asks_as_on_the_first_day_whatever_persons_and_agencies_did() -> None:
    life = Life()
    life.registered()
    first = question_of(life)
    life.now = NOW + timedelta(days=30)
    life.edge(declined(1, "64-pupr"), "6407-pupr")
    life.edge(declined(1, "6407-pupr"), "64-pupr")
    assert question_of(life) == first
    assert JUDGE.says(question_of(life)) == ROAD
    assert (first.tried, first.today) == ((), first.complaint_day)


def test_what_was_never_decided_is_not_asked_about() -> None:
    life = Life()
    life.registered(complete=False)
    assert asked(life.state) is None
    life.timer()
    assert (life.state.ended, asked(life.state)) == ("no_data", None)
    withdrawn = Life()
    withdrawn.registered(complete=False)
    withdrawn.core(complaints.Withdrawn())
    assert asked(withdrawn.state) is None


def test_undecided_and_out_of_scope_are_words_of_the_rules_too() -> None:
    for category, expected in ((None, "needs a decision: no_category"), ("di-luar-cakupan/korupsi", "out of scope: ")):
        life = Life()
        life.registered(category=category)
        says = JUDGE.says(question_of(life))
        assert says.who.startswith(expected) and says.rule == "-"


def test_an_answer_is_remembered_and_the_memory_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    judge, life = Judge(Context(RULES, RULES.known)), Life()
    life.registered()
    question = question_of(life)
    assert judge.says(question) is judge.says(question)
    monkeypatch.setattr(replaying, "REMEMBERED", 1)
    other = Life()
    other.registered(category="pertanahan/layanan")
    judge.says(question_of(other))
    assert judge.says(question) == ROAD


def test_the_summary_counts_ways_and_rules() -> None:
    summary = Summary()
    assert not summary.add(ROAD, ROAD)
    assert not summary.add(ROAD, Says("6407-pupr", "jalan-baru"))
    for _ in range(2):
        assert summary.add(ROAD, Says("64-pupr", "jalan-baru"))
    assert (summary.complaints, summary.changed) == (4, 2)
    assert summary.ways == {("6407-pupr", "64-pupr", "jalan-baru"): 2}
    assert summary.rules == {("jalan-rusak-kabupaten", "jalan-baru"): 1}


def test_where_it_begins_to_read_no_complaint_of_the_day_is_before() -> None:
    day = datetime(2023, 10, 4, tzinfo=UTC)
    first = replaying._first_id(day)
    assert first.int >> 80 == int((day - timedelta(days=1)).timestamp() * 1000)
    assert replaying._first_id(datetime(1970, 1, 1, tzinfo=UTC)).int == 0


def replayed(*words: str) -> str:
    result = CliRunner().invoke(router, ["replay", *words])
    assert result.exit_code == 1
    assert len(result.output.splitlines()) == 1, result.output
    return result.output


def test_what_is_wrong_is_one_line_with_file_and_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LAPOR_ROUTER_DATABASE_URL", "LAPOR_ROUTER_DATA", "LAPOR_CLOCK"):
        monkeypatch.delenv(name, raising=False)
    assert "--since must be a date" in replayed("--rules", str(PACKAGED), "--since", "kemarin")
    assert f"is not in {tmp_path}" in replayed("--rules", str(tmp_path), "--since", "2023-01-01")
    assert "LAPOR_ROUTER_DATABASE_URL is not set" in replayed("--rules", str(PACKAGED), "--since", "2023-01-01")
    other = tmp_path / "notes.csv"
    other.write_text("x\n")
    assert "notes.csv is none of the router's files" in replayed("--rules", str(other), "--since", "2023-01-01")
    matrix = tmp_path / "matrix.csv"
    shutil.copy(PACKAGED / "matrix.csv", matrix)
    lines = matrix.read_text(encoding="utf-8").splitlines()
    lines[1] = lines[1].replace("2014-10-02", "2014-13-02")
    matrix.write_text("\n".join(lines) + "\n", encoding="utf-8")
    assert replayed("--rules", str(matrix), "--since", "2023-01-01").startswith("lapor: matrix.csv:2: ")
