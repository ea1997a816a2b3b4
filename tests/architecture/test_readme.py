"""The README's table "Where is the rule that ..?": each row leads to code, an event and a test that exist."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from lapor_contracts.catalogue import topics
from lapor_contracts.events import EVENTS

from tests.architecture.code import ROOT

HEADING = "## Where is the rule that ..?"
CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Row:
    rule: str
    where: str
    event: str
    test: str


def rows() -> list[Row]:
    section = (ROOT / "README.md").read_text(encoding="utf-8").partition(HEADING)[2].partition("\n## ")[0]
    cells = [[cell.strip() for cell in line.strip("| ").split(" | ")] for line in section.splitlines() if "|" in line]
    return [Row(*row) for row in cells[2:] if len(row) == 4]


def symbols(path: Path) -> set[str]:
    """Names at a module's top, and `Class.method`."""
    found: set[str] = set()
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            found.add(node.name)
        if isinstance(node, ast.ClassDef):
            found.update(f"{node.name}.{part.name}" for part in node.body if isinstance(part, ast.FunctionDef))
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        found.update(target.id for target in targets if isinstance(target, ast.Name))
    return found


def resolve(reference: str) -> None:
    """Raises AssertionError for `file::symbol` where either is missing."""
    name, _, symbol = reference.partition("::")
    path = ROOT / name
    assert path.is_file(), f"{name} does not exist"
    assert not symbol or symbol in symbols(path), f"{name} has no {symbol}"


def test_the_table_is_there() -> None:
    assert len(rows()) >= 10


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.rule)
def test_where_the_rule_is(row: Row) -> None:
    [reference] = CODE.findall(row.where)
    assert "::" in reference, "name the function"
    resolve(reference)


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.rule)
def test_its_event_is_in_the_catalogue(row: Row) -> None:
    named = CODE.findall(row.event)
    assert set(named) <= EVENTS.keys()
    assert named or row.event == "every numbered event"


@pytest.mark.parametrize("row", rows(), ids=lambda row: row.rule)
def test_its_test_exists(row: Row) -> None:
    [reference] = CODE.findall(row.test)
    assert reference.startswith("tests/")
    resolve(reference)


def test_files_that_the_readme_links_to_exist() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", page) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_the_readme_names_every_topic() -> None:
    page = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [topic.name for topic in topics() if topic.prefix.rstrip(".") not in page] == []


def test_the_check_sees_a_missing_symbol() -> None:
    resolve("contracts/lapor_contracts/status.py::status")
    with pytest.raises(AssertionError, match="has no statuses"):
        resolve("contracts/lapor_contracts/status.py::statuses")
    with pytest.raises(AssertionError, match="does not exist"):
        resolve("contracts/lapor_contracts/state.py::status")
