"""The command that writes schemas, AsyncAPI and the README's table."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from lapor_contracts import catalogue
from lapor_contracts.export import BEGIN, END, main, table

REGISTERED = "schemas/id.lapor.complaint.registered.v1.json"


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("contracts")
    assert main([], folder=folder, readme=folder / "README.md") == 0
    return folder


@pytest.fixture
def folder(written: Path, tmp_path: Path) -> Path:
    """A folder that holds all that is made from the models."""
    return shutil.copytree(written, tmp_path / "contracts")


def check(folder: Path) -> int:
    return main(["--check"], folder=folder, readme=folder / "README.md")


def test_what_was_written_needs_no_writing(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    capsys.readouterr()
    assert check(folder) == 0
    assert main([], folder=folder, readme=folder / "README.md") == 0
    assert capsys.readouterr() == ("", "")


def test_check_names_each_file_that_differs(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / REGISTERED).unlink()
    (folder / "asyncapi.yaml").write_text("asyncapi: 3.0.0\n")
    capsys.readouterr()
    assert check(folder) == 1
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 2
    assert any("registered.v1.json: differs" in line for line in said)
    assert any("asyncapi.yaml: differs" in line for line in said)
    assert not (folder / REGISTERED).exists()


def test_additive_change_is_drift_and_can_be_written(folder: Path) -> None:
    path = folder / REGISTERED
    old = json.loads(path.read_text())
    del old["properties"]["category"]
    path.write_text(json.dumps(old))
    assert check(folder) == 1
    assert main([], folder=folder, readme=folder / "README.md") == 0
    assert "category" in json.loads(path.read_text())["properties"]


def test_breaking_change_is_refused_with_the_field(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = folder / REGISTERED
    old = json.loads(path.read_text())
    old["properties"]["severity"] = {"type": "string"}
    path.write_text(json.dumps(old))
    before = path.read_text()
    capsys.readouterr()
    assert main([], folder=folder, readme=folder / "README.md") == 1
    said = capsys.readouterr().err
    assert "id.lapor.complaint.registered.v1: field severity removed" in said
    assert "new version" in said
    assert path.read_text() == before
    assert check(folder) == 1


def test_published_event_may_not_go(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (folder / "schemas" / "id.lapor.complaint.praised.v1.json").write_text("{}")
    assert main([], folder=folder, readme=folder / "README.md") == 1
    assert "id.lapor.complaint.praised.v1: the event is gone" in capsys.readouterr().err


def test_table_stands_between_its_markers(folder: Path) -> None:
    readme = folder / "README.md"
    readme.write_text(f"# Title\n\n{BEGIN}\nold\n{END}\n\nafter\n")
    assert check(folder) == 1
    assert main([], folder=folder, readme=readme) == 0
    assert readme.read_text() == f"# Title\n\n{BEGIN}\n{table()}{END}\n\nafter\n"
    assert all(topic.name.partition("{")[0] in table() for topic in catalogue.topics())


def test_readme_without_markers_is_left_alone(folder: Path) -> None:
    (folder / "README.md").write_text("# Title\n")
    assert check(folder) == 0
