"""Who reports is read from a file, and an error about it says nothing that is in it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from lapor_contracts.submissions import Reporter
from lapor_deploy.cli import main
from lapor_deploy.commands.submit import read_reporter
from lapor_deploy.errors import LaporError

WHO = {"name": "Yohana Lawing", "email": "yohana.lawing@warga.example", "phone": "+62 812-5550-0101"}


def test_from_a_file_and_from_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "reporter.json"
    file.write_text(json.dumps(WHO), encoding="utf-8")
    assert read_reporter(file) == Reporter(**WHO)
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps({"name": WHO["name"]})))
    assert read_reporter(Path("-")) == Reporter(name=WHO["name"])


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Yohana Lawing", "no JSON object"),
        ('["Yohana Lawing"]', "no JSON object"),
        ('{"name": "Yohana Lawing", "Yohana": 1}', "1 unknown fields"),
        ('{"email": "Yohana Lawing"}', "email: "),
        ('{"nik": "Yohana"}', "nik: "),
    ],
)
def test_what_is_wrong_with_it_without_quoting_it(tmp_path: Path, text: str, says: str) -> None:
    file = tmp_path / "reporter.json"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(LaporError) as caught:
        read_reporter(file)
    assert says in str(caught.value)
    assert "Yohana" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(LaporError, match=r"cannot be read \(No such file"):
        read_reporter(tmp_path / "none.json")


def test_no_identity_on_the_command_line(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every user of the machine reads it there."""
    for option in ("--name", "--email", "--phone", "--nik"):
        monkeypatch.setattr("sys.argv", ["lapor", "submit", "--title", "t", "--text", "x", option, "y"])
        with pytest.raises(SystemExit) as ended:
            main()
        assert ended.value.code == 2
        assert f"No such option: {option}" in capsys.readouterr().err
