"""What an operator meets: the disk, the clock, errors in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from lapor_chassis.clock import DomainClock, wall_now
from lapor_deploy import paths
from lapor_deploy.cli import main
from lapor_deploy.commands.up import anchored
from lapor_deploy.errors import LaporError


class Lapor:
    """The command in this process: exit code, what it printed, what it complained of."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def __call__(self, *arguments: str) -> tuple[int, str, str]:
        self._monkeypatch.setattr("sys.argv", ["lapor", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        out, err = self._capsys.readouterr()
        return int(ended.value.code or 0), out, err


@pytest.fixture
def lapor(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Lapor:
    return Lapor(monkeypatch, capsys)


def test_a_disk_that_is_as_good_as_full_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    paths.check_disk(tmp_path)
    monkeypatch.setattr(paths, "LEAST_FREE_BYTES", 10**18)
    with pytest.raises(LaporError, match=r"is full.*free some space"):
        paths.check_disk(tmp_path)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_no_space_left_is_explained() -> None:
    with pytest.raises(OSError, match="No space left") as caught, open("/dev/full", "w") as full:  # noqa: PTH123
        full.write("x")
    explained = paths.explain_os_error(caught.value)
    assert explained is not None
    assert "free some space" in str(explained)
    assert paths.explain_os_error(OSError(9999, "something else")) is None


def test_the_default_folder_depends_on_the_clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("LAPOR_DATA", raising=False)
    assert paths.data_dir() == tmp_path / ".lapor"
    assert paths.data_dir(simulated=True) == tmp_path / ".lapor" / "simulated"
    monkeypatch.setenv("LAPOR_DATA", str(tmp_path / "elsewhere"))
    assert paths.data_dir(simulated=True) == tmp_path / "elsewhere"
    assert paths.data_dir(tmp_path / "named") == tmp_path / "named"


def test_a_clock_gets_its_anchor_once() -> None:
    before = wall_now()
    first = anchored("2023-10-02T08:00:00+08:00x1000", None)
    clock = DomainClock.parse(first)
    assert clock.anchor is not None
    assert before <= clock.anchor <= wall_now()
    assert anchored("2023-10-02T08:00:00+08:00x1000", clock) == first
    assert anchored("2023-10-02T08:00:00+08:00x500", clock) != first
    given = "2023-10-02T08:00:00+08:00@2026-01-01T00:00:00+00:00x1000"
    assert anchored(given, clock) == given


@pytest.mark.parametrize("text", ["now", "2023-10-02x5", "2023-10-02T08:00:00+08:00x-1", "x", "@"])
def test_a_wrong_clock_is_explained(text: str) -> None:
    with pytest.raises(LaporError, match="LAPOR_CLOCK is no clock"):
        anchored(text, None)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["status"], "start one with `lapor up`"),
        (["kafka", "topics", "--list"], "start one with `lapor up`"),
        (["kafka", "frobnicate"], "there is no tool `frobnicate`"),
        (["up", "--clock", "yesterday"], "LAPOR_CLOCK is no clock"),
    ],
)
def test_an_error_is_one_line_and_exit_code_1(
    lapor: Lapor, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, arguments: list[str], says: str
) -> None:
    monkeypatch.setenv("LAPOR_DATA", str(tmp_path / "none"))
    code, _, complaint = lapor(*arguments)
    assert code == 1
    assert says in complaint
    assert complaint.count("\n") == 1


def test_down_where_nothing_runs(lapor: Lapor, tmp_path: Path) -> None:
    code, out, _ = lapor("down", "--data", str(tmp_path))
    assert code == 0
    assert "nothing is running" in out
