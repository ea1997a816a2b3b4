"""Settings and keys of the notifier: a wrong one is named, its value never is."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from joserfc import jwe
from joserfc.jwk import OKPKey
from lapor_chassis.settings import load
from lapor_notifier.commands import app as commands
from lapor_notifier.contact import Opener, Unreadable, usable
from lapor_notifier.keys import make_keys
from lapor_notifier.settings import NotifierSettings
from typer.testing import CliRunner

GOOD = {
    "LAPOR_KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "LAPOR_DATABASE_URL": "postgresql://lapor_notifier:hunter2@127.0.0.1/lapor_notifier",
    "LAPOR_SMTP_URL": "smtps://user:hunter2@mail.example:465",
}


@pytest.fixture
def keys(tmp_path: Path) -> Path:
    make_keys(tmp_path)
    return tmp_path


def test_good_settings_load(keys: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in (GOOD | {"LAPOR_CONTACT_KEY_FILE": str(keys / "contact.jwk")}).items():
        monkeypatch.setenv(name, value)
    settings = load(NotifierSettings)
    assert settings.smtp_url.get_secret_value().endswith(":465")
    assert "hunter2" not in repr(settings)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LAPOR_SMTP_URL", "http://user:hunter2@mail.example:80"),
        ("LAPOR_SMTP_URL", "smtp://user:hunter2@mail.example"),
        ("LAPOR_SMTP_URL", "smtp://user:hunter2@mail.example:99999"),
        ("LAPOR_MAIL_FROM", "no hunter2\r\nBcc: x@y.example"),
        ("LAPOR_MAIL_DOMAIN", "a>b"),
        ("LAPOR_CONTACT_KEY_FILE", "/nowhere/contact.jwk"),
        ("LAPOR_SMTP_CONNECTIONS", "0"),
    ],
)
def test_a_wrong_variable_is_named_and_its_value_is_not(
    name: str, value: str, keys: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for key, good in (GOOD | {"LAPOR_CONTACT_KEY_FILE": str(keys / "contact.jwk")} | {name: value}).items():
        monkeypatch.setenv(key, good)
    with pytest.raises(SystemExit) as exit_:
        load(NotifierSettings)
    said = capsys.readouterr().err
    assert exit_.value.code == 1
    assert said.startswith(f"{name}: ") and said.count("\n") == 1
    assert "hunter2" not in said


def test_the_public_key_is_no_key_to_open_with(keys: Path) -> None:
    with pytest.raises(ValueError, match="private"):
        Opener.load(keys / "contact.public.jwk")
    assert "d" not in json.loads((keys / "contact.public.jwk").read_text())


def test_keys_are_made_once_and_closed_to_others(keys: Path) -> None:
    before = (keys / "contact.jwk").read_text()
    assert stat.S_IMODE((keys / "contact.jwk").stat().st_mode) == 0o600
    result = CliRunner().invoke(commands, ["keys", str(keys)])
    assert (result.exit_code, result.output) == (0, "nothing to do: the keys are there\n")
    (keys / "contact.public.jwk").unlink()
    assert "contact.public.jwk" in CliRunner().invoke(commands, ["keys", str(keys)]).output
    assert (keys / "contact.jwk").read_text() == before


def sealed(keys: Path, plain: bytes, **header: Any) -> str:
    key = OKPKey.import_key(json.loads((keys / "contact.public.jwk").read_text()))
    return jwe.encrypt_compact({"alg": "ECDH-ES", "enc": "A256GCM", **header}, plain, key)


def test_a_sealed_contact_is_opened(keys: Path) -> None:
    opener = Opener.load(keys / "contact.jwk")
    assert opener.open(sealed(keys, b'{"email": "siti@mail.example"}')).email == "siti@mail.example"


@pytest.mark.parametrize("token", ["", "a.b.c.d.e", "!!", "eyJhbGciOiJub25lIn0....", "other key", "no contact", "cut"])
def test_what_cannot_be_opened_says_nothing_of_what_is_inside(token: str, keys: Path, tmp_path: Path) -> None:
    if token == "other key":
        other = tmp_path / "other"
        make_keys(other)
        token = sealed(other, b'{"email": "siti@mail.example"}')
    elif token == "no contact":
        token = sealed(keys, b'["siti@mail.example"]')
    elif token == "cut":
        token = sealed(keys, b'{"email": "siti@mail.example"}')[:-4]
    with pytest.raises(Unreadable) as error:
        Opener.load(keys / "contact.jwk").open(token)
    assert "siti" not in str(error.value)
    assert error.value.__cause__ is None


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("siti.rahma+lapor@mail.example", True),
        ("a@localhost", True),
        ("", False),
        (None, False),
        ("siti", False),
        ("a b@mail.example", False),
        ("a@b.example\r\nBcc: c@d.example", False),
        ("a@b.example\n", False),
        ("<a@b.example>", False),
        ("a@b.example, c@d.example", False),
        ("sitį@mail.example", False),
    ],
)
def test_only_a_plain_address_is_used(address: str | None, good: bool) -> None:
    assert usable(address) == (address if good else None)
