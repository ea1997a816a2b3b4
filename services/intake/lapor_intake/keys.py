"""The service's keys: made once, read at start, never printed."""

from __future__ import annotations

import base64
import binascii
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from lapor_intake.settings import IntakeSettings

KEY_BYTES = 32
CURVE: Final = "X25519"


class BadKey(Exception):  # noqa: N818 - a kind of message
    """One line that names the file and what is wrong with it, never what it holds."""


@dataclass(frozen=True, slots=True)
class Keys:
    master: bytes = field(repr=False)
    index: bytes = field(repr=False)
    access: bytes = field(repr=False)
    sealing: OKPKey = field(repr=False)
    notifier: OKPKey = field(repr=False)


def load_keys(settings: IntakeSettings) -> Keys:
    """Raises BadKey."""
    return Keys(
        master=_secret(settings.master_key_file),
        index=_secret(settings.index_key_file),
        access=_secret(settings.access_key_file),
        sealing=load_jwk(settings.sealing_key_file, private=True),
        notifier=load_jwk(settings.notifier_public_key_file, private=False),
    )


def load_jwk(path: Path, *, private: bool) -> OKPKey:
    try:
        key = OKPKey.import_key(json.loads(_read(path)))
    except (ValueError, TypeError, JoseError):
        raise BadKey(f"{path} does not hold a JWK") from None
    if key.curve_name != CURVE or (private and not key.is_private):
        raise BadKey(f"{path} does not hold a {'private' if private else 'public'} JWK on {CURVE}")
    return key


def make_keys(folder: Path) -> list[Path]:
    """Makes what is not there yet; gives what was made. An existing key is never overwritten."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = [
        path
        for name in ("master", "index", "access")
        if _write(path := folder / f"{name}.key", base64.urlsafe_b64encode(secrets.token_bytes(KEY_BYTES)).decode())
    ]
    sealing = folder / "sealing.jwk"
    key = OKPKey.generate_key(CURVE, {"use": "enc"}, private=True, auto_kid=True)
    if _write(sealing, json.dumps(key.as_dict(private=True))):
        made.append(sealing)
    public = folder / "sealing.public.jwk"
    stored = load_jwk(sealing, private=True)
    if _write(public, json.dumps(stored.as_dict(private=False)), mode=0o644):
        made.append(public)
    return made


def _secret(path: Path) -> bytes:
    try:
        key = base64.urlsafe_b64decode(_read(path).strip())
    except (binascii.Error, ValueError):
        raise BadKey(f"{path} is not in base64") from None
    if len(key) != KEY_BYTES:
        raise BadKey(f"{path} does not hold {KEY_BYTES} bytes")
    return key


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise BadKey(f"{path} cannot be read ({error.strerror}): make keys with `lapor intake keys <folder>`") from None


def _write(path: Path, text: str, mode: int = 0o600) -> bool:
    """Whole or not at all, and only where nothing was."""
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8") as file:
        file.write(text + "\n")
    try:
        os.link(draft, path)
    except FileExistsError:
        return False
    finally:
        draft.unlink()
    return True
