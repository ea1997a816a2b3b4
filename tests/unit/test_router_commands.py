"""`lapor route`: the dry run, as an operator types it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from lapor_router.commands import agency
from lapor_router.route_commands import route
from typer.testing import CliRunner


@pytest.fixture(autouse=True)
def without_a_router(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LAPOR_ROUTER_DATABASE_URL", "LAPOR_CLOCK", "LAPOR_ROUTER_DATA", "LAPOR_KAFKA_BOOTSTRAP"):
        monkeypatch.delenv(name, raising=False)


def lapor_route(*words: str) -> list[str]:
    result = CliRunner().invoke(route, list(words))
    assert result.exit_code == 0, result.output
    return result.output.splitlines()


def test_the_decision_and_with_explain_why() -> None:
    words = ("--category", "jalan-rusak/kabupaten", "--area", "64.07.16.2004", "--day", "2023-10-04")
    (line,) = lapor_route(*words)
    assert line == "assigned: 6407-pupr (Dinas Pekerjaan Umum dan Penataan Ruang Kabupaten Kutai Barat)"
    explained = lapor_route(*words, "--explain")
    assert explained[0] == line
    assert any(text.startswith("legal basis: UU 38/2004") for text in explained)
    assert "runner-up: 64-pupr" in explained


def test_names_are_those_of_the_day() -> None:
    (line, *_) = lapor_route("--category", "jaringan/internet", "--day", "2023-10-04")
    assert line == "assigned: komdigi (Kementerian Komunikasi dan Informatika)"


def test_copies_candidates_and_out_of_scope() -> None:
    flood = lapor_route("--category", "banjir/sungai", "--area", "64.07", "--day", "2023-10-04")
    assert flood[1] == "copies: 6407-bpbd, 6407-pupr"
    assert lapor_route("--area", "64.07")[0] == "needs a decision: no_category"
    assert lapor_route("--category", "di-luar-cakupan/korupsi")[0].startswith(
        "out of scope: corruption, pointed to KPK"
    )


def test_today_is_the_simulated_clocks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAPOR_CLOCK", "2019-03-03T00:00:00+00:00@2100-01-01T00:00:00+00:00x0.000001")
    (line, *_) = lapor_route("--category", "jaringan/internet")
    assert "Kementerian Komunikasi dan Informatika" in line


@pytest.mark.parametrize(
    ("environment", "words", "problem"),
    [
        ({}, ("--day", "kemarin"), "--day must be a date"),
        ({"LAPOR_CLOCK": "tomorrow"}, (), "LAPOR_CLOCK: expected"),
        ({"LAPOR_ROUTER_DATA": "/nonexistent"}, (), "categories.csv"),
    ],
)
def test_what_is_wrong_is_one_line_and_exit_code_1(
    environment: dict[str, str], words: tuple[str, ...], problem: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    result = CliRunner().invoke(route, list(words))
    assert result.exit_code == 1
    assert problem in result.output
    assert len(result.output.splitlines()) == 1


def test_without_addresses_the_register_says_which_is_missing() -> None:
    result = CliRunner().invoke(agency, ["join", "6407-pupr"])
    assert (result.exit_code, "LAPOR_KAFKA_BOOTSTRAP is not set" in result.output) == (1, True)


def test_the_service_does_not_start_on_wrong_data_or_settings(tmp_path: Path) -> None:
    def start(**environment: str) -> tuple[int, str]:
        done = subprocess.run(
            [sys.executable, "-m", "lapor_router"],
            env={"PATH": os.environ["PATH"], **environment},
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stderr

    assert start() == (
        1,
        "LAPOR_KAFKA_BOOTSTRAP: Field required\nLAPOR_DATABASE_URL: Field required\n",
    )
    addresses = {"LAPOR_KAFKA_BOOTSTRAP": "127.0.0.1:1", "LAPOR_DATABASE_URL": "postgresql://x@127.0.0.1:1/x"}
    code, said = start(**addresses, LAPOR_ROUTER_DATA=str(tmp_path))
    assert (code, said) == (1, f"lapor-router: categories.csv:0: is not in {tmp_path}\n")
