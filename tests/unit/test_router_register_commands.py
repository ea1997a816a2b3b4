"""`lapor agency` and `lapor rules` as typed: what is refused before anything is touched; the rest needs a broker."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import pytest
from lapor_router.checks import beside_others
from lapor_router.commands import agency
from lapor_router.domain.register import Register
from lapor_router.life_commands import COLUMNS
from lapor_router.loading import PACKAGED, load_agencies
from lapor_router.rules_commands import rules
from typer import Typer
from typer.testing import CliRunner

from tests.support.router_life import RULES

ROW = {
    "code": "6407-bpbd-baru", "name": "Badan Baru", "level": "regency", "kind": "baru", "area": "64.07", "zone": "WITA",
    "email": "x@baru.example", "superior": "6407-inspektorat", "ombudsman_office": "ombudsman-64",
    "joined_on": "2023-01-01", "left_on": "",
}  # fmt: skip


@pytest.fixture(autouse=True)
def nowhere(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("LAPOR_ROUTER_DATABASE_URL", "LAPOR_CLOCK", "LAPOR_ROUTER_DATA", "LAPOR_KAFKA_BOOTSTRAP"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LAPOR_DATA", str(tmp_path / "data"))


def written(path: Path, *rows: dict[str, str]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        writer.writerows(rows)
    return path


def refused(app: Typer, *words: str) -> str:
    result = CliRunner().invoke(app, list(words))
    assert result.exit_code == 1, result.output
    assert len(result.output.splitlines()) == 1
    return result.output


def test_columns_are_those_of_the_packaged_file() -> None:
    assert tuple((PACKAGED / "agencies.csv").read_text(encoding="utf-8").splitlines()[0].split(",")) == COLUMNS


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"joined_on": "kemarin"}, "new.csv:3: joined_on: "),
        ({"code": "Dinas"}, "new.csv:3: code: "),
        ({"left_on": "2022-01-01"}, "new.csv:3: left_on is not after joined_on"),
        ({"area": "64.99"}, "new.csv:3: area 64.99 does not exist"),
        ({"code": ROW["code"]}, f"new.csv:3: {ROW['code']} stands there twice"),
        ({"kind": "baru"}, f"new.csv:3: is the same body at the same time as {ROW['code']}"),
    ],
)
def test_an_import_names_file_and_line(changes: dict[str, str], problem: str, tmp_path: Path) -> None:
    path = written(tmp_path / "new.csv", ROW, {**ROW, "code": "6407-lain", "kind": "lain", **changes})
    assert problem in refused(agency, "import", str(path))


def test_an_import_of_no_file_or_with_a_column_too_few(tmp_path: Path) -> None:
    assert "none.csv:0: is not there" in refused(agency, "import", str(tmp_path / "none.csv"))
    short = tmp_path / "short.csv"
    short.write_text("code,name\n6407-x,Dinas X\n", encoding="utf-8")
    assert "short.csv:2: level: Field required" in refused(agency, "import", str(short))


def test_an_import_is_held_beside_who_has_joined(tmp_path: Path) -> None:
    other = {**ROW, "code": "6407-lain"}
    register = Register(entry for _, entry in load_agencies(written(tmp_path / "old.csv", other)))
    new = load_agencies(written(tmp_path / "new.csv", ROW))
    assert list(beside_others("new.csv", new, register, RULES.known)) == [
        ("new.csv", 2, "is the same body at the same time as 6407-lain")
    ]
    # The same file says that the other one left on that day.
    both = load_agencies(
        written(tmp_path / "both.csv", {**other, "joined_on": "2021-01-01", "left_on": "2023-01-01"}, ROW)
    )
    assert list(beside_others("both.csv", both, register, RULES.known)) == []
    stranger = load_agencies(written(tmp_path / "new.csv", {**ROW, "superior": "6407-raja"}))
    assert [
        line for _, line, what in beside_others("new.csv", stranger, Register(), RULES.known) if "raja" in what
    ] == [2]


def test_whoever_would_join_by_thousands_is_asked_first() -> None:
    problem = refused(agency, "join", "--all")
    assert "agencies would have" in problem and "topics on this broker: say --yes" in problem
    assert f"{len(RULES.known)} agencies would have {2 * len(RULES.known)} topics" in problem
    assert "LAPOR_KAFKA_BOOTSTRAP is not set" in refused(agency, "join", "--area", "64")
    assert "LAPOR_KAFKA_BOOTSTRAP is not set" in refused(agency, "join", "--all", "--yes")


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        ((), "name the codes of agencies, an --area, or say --all"),
        (("6407-pupr", "--area", "64"), "name the codes"),
        (("--area", "99"), "there is no area 99"),
        (("--area", "kaltim"), "there is no area kaltim"),
        (("6407-raja",), "no such agency is known: 6407-raja"),
    ],
)
def test_who_joins_has_to_be_known(words: tuple[str, ...], problem: str) -> None:
    assert problem in refused(agency, "join", *words)


def test_rules_check_says_what_is_in_them() -> None:
    result = CliRunner().invoke(rules, ["check"])
    assert result.exit_code == 0, result.output
    assert f"{len(RULES.categories)} categories" in result.output and RULES.matrix.version in result.output
    assert f"{len(RULES.known)} agencies" in result.output


def changed(folder: Path, file: str, old: str, new: str) -> str:
    """The packaged files with one change; gives what `lapor rules check` says."""
    shutil.copytree(PACKAGED, folder)
    text = (folder / file).read_text(encoding="utf-8")
    assert old in text
    (folder / file).write_text(text.replace(old, new, 1), encoding="utf-8")
    return refused(rules, "check", str(folder))


LINE = next(
    (number, text)
    for number, text in enumerate((PACKAGED / "matrix.csv").read_text(encoding="utf-8").splitlines(), 1)
    if text.startswith("jalan-rusak-tol-pu,")
)
TOLL = LINE[1]


@pytest.mark.parametrize(
    ("old", "new", "line", "problem"),
    [
        (TOLL, TOLL.replace("2024-10-21", "2024-11-01"), LINE[0], "nothing is in force between"),
        (TOLL, TOLL.replace("2024-10-21", "2024-10-01"), LINE[0], "overlaps with"),
        (TOLL, TOLL.replace("centre:kemenpu", "centre:kemenraja"), LINE[0], "is centre:kemenraja"),
        (TOLL, TOLL.replace("2024-10-21", "21-10-2024"), LINE[0], "is no date"),
    ],
)
def test_rules_check_names_file_and_line(old: str, new: str, line: int, problem: str, tmp_path: Path) -> None:
    said = changed(tmp_path / "rules", "matrix.csv", old, new)
    assert said.startswith(f"lapor: matrix.csv:{line}: ") and problem in said


def test_rules_check_of_an_empty_folder(tmp_path: Path) -> None:
    assert "categories.csv:0: is not in" in refused(rules, "check", str(tmp_path))
