"""What an agency signs in with: kept in the data folder, mode 0600, to be handed over to it."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from lapor_contracts.access import principal_of


def principal(code: str) -> str:
    return principal_of("agency", code)


def password(data: Path, code: str) -> str:
    """The one that is kept; a new random one is kept where there is none."""
    path = data / "secrets" / "kafka" / principal(code)
    if not path.exists():
        _write_private(path, secrets.token_urlsafe(24))
    return path.read_text(encoding="utf-8").strip()


def paths(data: Path, code: str) -> tuple[Path, Path]:
    """The same credentials twice: for Kafka's own tools, and as JSON."""
    folder = data / "credentials"
    return folder / f"{principal(code)}.properties", folder / f"{principal(code)}.json"


def write(data: Path, code: str, bootstrap: str, *, tls: bool) -> None:
    username, word = principal(code), password(data, code)
    protocol = "SASL_SSL" if tls else "SASL_PLAINTEXT"
    properties, as_json = paths(data, code)
    login = "org.apache.kafka.common.security.scram.ScramLoginModule"
    _write_private(
        properties,
        f"bootstrap.servers={bootstrap}\n"
        f"security.protocol={protocol}\n"
        "sasl.mechanism=SCRAM-SHA-512\n"
        f'sasl.jaas.config={login} required username="{username}" password="{word}";\n'
        f"group.id={username}\n",
    )
    about = {"bootstrap": bootstrap, "username": username, "password": word, "security_protocol": protocol}
    _write_private(as_json, json.dumps(about, indent=1) + "\n")


def _write_private(path: Path, text: str) -> None:
    """Whole or not at all: a reader sees the old text or the new."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
    draft.rename(path)
