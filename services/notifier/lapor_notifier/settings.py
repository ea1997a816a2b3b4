"""Settings: LAPOR_* variables."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

from lapor_chassis.settings import ServiceSettings
from pydantic import AfterValidator, Field, SecretStr

from lapor_notifier.contact import Opener, usable


def _smtp(value: SecretStr) -> SecretStr:
    try:
        url = urlsplit(value.get_secret_value())
        good = url.scheme in ("smtp", "smtps") and bool(url.hostname) and url.port is not None
    except ValueError:
        good = False
    if not good:
        raise ValueError("expected smtp://host:port or smtps://user:password@host:port")
    return value


def _address(value: str) -> str:
    if usable(value) is None:
        raise ValueError("expected a plain mail address")
    return value


def _key(path: Path) -> Path:
    Opener.load(path)
    return path


class NotifierSettings(ServiceSettings):
    batch_every_ms: int = Field(default=100, ge=0, le=5_000, description="nobody waits for it by the second")
    smtp_url: Annotated[SecretStr, AfterValidator(_smtp)] = Field(description="smtp://host:port, smtps://...")
    smtp_connections: int = Field(default=8, ge=1, le=100, description="kept open side by side")
    mail_from: Annotated[str, AfterValidator(_address)] = "tidak-dibalas@lapor.example"
    mail_domain: str = Field(
        default="lapor.example", pattern=r"^[A-Za-z0-9.-]+$", description="right of the @ in Message-ID"
    )
    contact_key_file: Annotated[Path, AfterValidator(_key)] = Field(description="the private JWK, X25519")
    keep_days: int = Field(default=90, ge=7, description="finished deliveries are dropped after")
