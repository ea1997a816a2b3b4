"""Settings: a line for each wrong variable, with its name and never its value."""

from __future__ import annotations

import pytest
from lapor_chassis.settings import ServiceSettings, load

GOOD = {"LAPOR_KAFKA_BOOTSTRAP": "127.0.0.1:9092", "LAPOR_DATABASE_URL": "postgresql://r:hunter2@127.0.0.1/d"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> None:
    import os

    for name in [name for name in os.environ if name.startswith("LAPOR_")]:
        monkeypatch.delenv(name)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, value)


def test_two_are_enough() -> None:
    settings = load(ServiceSettings)
    assert settings.instance == 0 and settings.clock == "" and settings.kafka_password is None
    assert "hunter2" not in f"{settings!r} {settings}"


def test_each_wrong_one_has_a_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    wrong = {
        "LAPOR_INSTANCE": "hunter3", "LAPOR_HTTP_PORT": "70000", "LAPOR_CLOCK": "hunter4",
        "LAPOR_LOG_LEVEL": "hunter5", "LAPOR_BATCH_RECORDS": "0", "LAPOR_HEARTBEAT_SECONDS": "-1",
    }  # fmt: skip
    for name, value in wrong.items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("LAPOR_DATABASE_URL")
    with pytest.raises(SystemExit) as ended:
        load(ServiceSettings)
    assert ended.value.code == 1
    out, err = capsys.readouterr()
    lines = err.splitlines()
    assert out == "" and sorted(line.partition(":")[0] for line in lines) == sorted([*wrong, "LAPOR_DATABASE_URL"])
    assert all(line.partition(": ")[2] for line in lines)
    assert "hunter" not in err and "70000" not in err


def test_a_secret_of_a_wrong_form_is_not_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("LAPOR_KAFKA_BOOTSTRAP", "x")
    with pytest.raises(SystemExit):
        load(ServiceSettings)
    assert capsys.readouterr().err.startswith("LAPOR_KAFKA_BOOTSTRAP: ")
