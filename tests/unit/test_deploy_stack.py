"""What the stack object answers, without anything running."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from lapor_deploy.errors import LaporError
from lapor_deploy.stack import SERVICES, Stack

GIVEN = ("LAPOR_KAFKA_BOOTSTRAP", "LAPOR_KAFKA_USERNAME", "LAPOR_KAFKA_PASSWORD", "LAPOR_SMTP_URL", "LAPOR_KAFKA_TLS")


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*GIVEN, *(f"LAPOR_{service.upper()}_DATABASE_URL" for service in SERVICES)):
        monkeypatch.delenv(name, raising=False)


def test_ports_and_passwords_stay_the_same(tmp_path: Path) -> None:
    first = Stack.create(tmp_path / "data")
    again = Stack.create(tmp_path / "data")
    assert first.id == again.id
    assert first.bootstrap == again.bootstrap
    assert first.kafka_credentials("admin") == again.kafka_credentials("admin")
    assert first.database_url("intake") == again.database_url("intake")
    assert first.env_for("router") == again.env_for("router")


def test_each_has_a_password_and_a_port_of_its_own(tmp_path: Path) -> None:
    stack = Stack.create(tmp_path)
    passwords = {stack.kafka_credentials(name).password for name in ("admin", *SERVICES, "agency-6407-pupr")}
    assert len(passwords) == 6
    ports = {stack.port(name) for name in ("kafka", "controller", "postgres", "smtp", "intake-0", "intake-1")}
    assert len(ports) == 6


def test_secrets_are_for_the_owner_only_and_not_shown(tmp_path: Path) -> None:
    stack = Stack.create(tmp_path)
    credentials = stack.kafka_credentials("admin")
    kept = tmp_path / "secrets" / "kafka" / "admin"
    assert kept.read_text() == credentials.password
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "secrets").stat().st_mode) == 0o700
    assert credentials.password not in repr(credentials)


@pytest.mark.parametrize("name", ["../admin", "", "A", "a/b", "-x", "a" * 101])
def test_a_principal_cannot_leave_its_folder(tmp_path: Path, name: str) -> None:
    with pytest.raises(LaporError, match="is no name of a principal"):
        Stack.create(tmp_path).kafka_credentials(name)


def test_given_addresses_win(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAPOR_KAFKA_BOOTSTRAP", "kafka.example:9092")
    monkeypatch.setenv("LAPOR_KAFKA_USERNAME", "boss")
    monkeypatch.setenv("LAPOR_KAFKA_PASSWORD", "word")
    monkeypatch.setenv("LAPOR_INTAKE_DATABASE_URL", "postgresql://a:b@db.example/vault")
    monkeypatch.setenv("LAPOR_SMTP_URL", "smtp://mail.example:25")
    stack = Stack.create(tmp_path)
    assert stack.bootstrap == "kafka.example:9092"
    assert stack.kafka_credentials("admin").username == "boss"
    assert stack.env_for("intake")["LAPOR_DATABASE_URL"] == "postgresql://a:b@db.example/vault"
    assert stack.env_for("notifier")["LAPOR_SMTP_URL"] == "smtp://mail.example:25"
    assert not stack.embeds_kafka
    assert not stack.embeds_smtp
    assert stack.embeds_postgres  # the other services have no database given


def test_a_given_broker_needs_an_administrator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LAPOR_KAFKA_BOOTSTRAP", "kafka.example:9092")
    with pytest.raises(LaporError, match="LAPOR_KAFKA_USERNAME is not"):
        Stack.create(tmp_path).kafka_credentials("admin")


def test_a_simulated_clock_and_the_real_one_never_share_a_folder(tmp_path: Path) -> None:
    clock = "2023-10-02T08:00:00+08:00@2026-01-01T00:00:00+00:00x1000"
    Stack.create(tmp_path / "simulated", clock)
    Stack.create(tmp_path / "normal")
    assert Stack.create(tmp_path / "simulated", clock).env_for("escalation")["LAPOR_CLOCK"] == clock
    assert "LAPOR_CLOCK" not in Stack.create(tmp_path / "normal").env_for("escalation")
    with pytest.raises(LaporError, match="not on the real clock"):
        Stack.create(tmp_path / "simulated")
    with pytest.raises(LaporError, match="runs on the real clock"):
        Stack.create(tmp_path / "normal", clock)


def test_no_stack_and_a_damaged_one_say_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(LaporError, match="start one with `lapor up`"):
        Stack.load(tmp_path)
    (tmp_path / "stack.json").write_text("{")
    with pytest.raises(LaporError, match="is damaged"):
        Stack.load(tmp_path)
