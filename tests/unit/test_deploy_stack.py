"""What the stack object answers, without anything running."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest
from lapor_deploy.errors import LaporError
from lapor_deploy.stack import SERVICES, Stack

# Settings of the services as their own settings files name them; nothing of the operator's surroundings else.
SETTINGS = {
    "LAPOR_KAFKA_TLS": "true", "LAPOR_OTLP_ENDPOINT": "http://traces.example:4318", "LAPOR_LOG_LEVEL": "WARNING",
    "LAPOR_OUTBOX_DAYS": "30", "LAPOR_STUCK_AFTER_SECONDS": "90", "LAPOR_REOPEN_DAYS": "60",
    "LAPOR_MAIL_FROM": "lapor@kaltim.example", "LAPOR_KEEP_DAYS": "120", "LAPOR_HTTP_CHANNEL": "app",
}  # fmt: skip
NOT_FOR_SERVICES = {
    "LAPOR_CACHE": "/cache", "LAPOR_DATA": "/elsewhere", "LAPOR_TRACEBACK": "1", "LAPOR_TEST_PLATFORM": "embedded",
    "LAPOR_POSTGRES_ADMIN_URL": "postgresql://boss:word@db.example/x", "LAPOR_MASTER_KEY_FILE": "/keys/master",
    "LAPOR_INTAKE_DATABASE_URL": "postgresql://a:b@db.example/vault", "LAPOR_RUN": "/other/run",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _nothing_given(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("LAPOR_")]:
        monkeypatch.delenv(name)


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


@pytest.mark.parametrize("service", SERVICES)
def test_settings_of_the_services_are_passed_on_and_nothing_else(
    service: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = Stack.create(tmp_path).env_for(service)
    for name, value in {**SETTINGS, **NOT_FOR_SERVICES}.items():
        monkeypatch.setenv(name, value)
    stack = Stack.load(tmp_path)
    env = stack.env_for(service)
    assert {name: value for name, value in env.items() if before.get(name) != value} == {
        **SETTINGS,
        **({"LAPOR_DATABASE_URL": NOT_FOR_SERVICES["LAPOR_INTAKE_DATABASE_URL"]} if service == "intake" else {}),
    }


def test_a_setting_takes_no_address_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("LAPOR_DATABASE_URL", "LAPOR_HTTP_PORT", "LAPOR_INSTANCE", "LAPOR_HTTP_HOST", "LAPOR_CLOCK"):
        monkeypatch.setenv(name, "wrong")
    stack = Stack.create(tmp_path)
    assert "wrong" not in stack.env_for("router").values()
    assert "wrong" not in stack.settings().values()


def test_an_operators_command_elsewhere_counts_as_the_services_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("LAPOR_CALENDAR_OVERRIDES", "decrees.csv")
    Stack.create(tmp_path / "data").keep_settings()
    monkeypatch.delenv("LAPOR_CALENDAR_OVERRIDES")
    monkeypatch.chdir("/")
    stack = Stack.load(tmp_path / "data")
    assert stack.operator_env()["LAPOR_CALENDAR_OVERRIDES"] == str(tmp_path / "decrees.csv")
    assert "LAPOR_CALENDAR_OVERRIDES" not in stack.env_for("escalation")
    stack.keep_settings()
    assert "LAPOR_CALENDAR_OVERRIDES" not in stack.operator_env()


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
