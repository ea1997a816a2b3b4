"""The notifier's key pair: intake seals contacts to the public one."""

from __future__ import annotations

import json
import os
import secrets
from pathlib import Path

from joserfc.jwk import OKPKey

from lapor_notifier.contact import CURVE, Opener

PRIVATE = "contact.jwk"
PUBLIC = "contact.public.jwk"


def make_keys(folder: Path) -> list[Path]:
    """Makes what is not there yet; gives what was made. An existing key is never overwritten.

    Raises ValueError where a file is there that holds no key, OSError where it cannot be written.
    """
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    private, public = folder / PRIVATE, folder / PUBLIC
    made = []
    key = OKPKey.generate_key(CURVE, {"use": "enc"}, private=True, auto_kid=True)
    if _write(private, json.dumps(key.as_dict(private=True)), 0o600):
        made.append(private)
    stored = Opener.load(private)
    if _write(public, json.dumps(stored.public_jwk()), 0o644):
        made.append(public)
    return made


def _write(path: Path, text: str, mode: int) -> bool:
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
