"""One log on the screen from many files."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from lapor_deploy.logs import LogFile, MergedLog, readable
from rich.console import Console


def test_lines_come_whole_and_once(tmp_path: Path) -> None:
    path = tmp_path / "kafka.log"
    path.write_text("old\n")
    log = LogFile(path)
    with path.open("a") as file:
        file.write("one\ntw")
        file.flush()
        assert log.new_lines() == ["one"]
        file.write("o\nthree\n")
    assert log.new_lines() == ["two", "three"]
    assert log.new_lines() == []


def test_a_file_that_comes_later_and_one_that_is_rotated(tmp_path: Path) -> None:
    path = tmp_path / "router.log"
    log = LogFile(path)
    assert log.new_lines() == []
    path.write_text("first\n")
    assert log.new_lines() == ["first"]
    path.rename(tmp_path / "router.log.1")
    path.write_text("after the rotation\n")
    assert log.new_lines() == ["after the rotation"]


@pytest.mark.parametrize(
    ("line", "shown", "style"),
    [
        ("plain [text] {", "plain [text] {", ""),
        ("[1, 2]", "[1, 2]", ""),
        (
            json.dumps({"event": "published", "timestamp": "2026-01-02T03:04:05.678901Z", "level": "info", "rows": 3}),
            "03:04:05.678 published rows=3",
            "",
        ),
        (json.dumps({"event": "parked", "level": "error", "trace_id": "x"}), "parked", "bold red"),
    ],
)
def test_json_lines_become_readable(line: str, shown: str, style: str) -> None:
    assert readable(line) == (shown, style)


def test_each_line_carries_the_name_of_its_program(tmp_path: Path) -> None:
    screen = io.StringIO()
    merged = MergedLog(Console(file=screen, width=200), tmp_path, ["kafka", "escalation"])
    (tmp_path / "kafka.log").write_text("[bold]started[/bold]\n")
    (tmp_path / "escalation.log").write_text("ready\n")
    assert merged.show_new() == 2
    assert screen.getvalue().splitlines() == ["kafka      │ [bold]started[/bold]", "escalation │ ready"]
