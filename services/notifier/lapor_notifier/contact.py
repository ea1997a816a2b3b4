"""The reporter's contact: opened with the notifier's key, only while a mail is being sent."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, Final, cast

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from lapor_contracts import sealing
from lapor_contracts.contacts import Contact
from pydantic import ValidationError

CURVE: Final = "X25519"
# Plain ASCII addresses that cannot change the meaning of a header or of an SMTP command.
ADDRESS = re.compile(r"^[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)*")


class Unreadable(Exception):  # noqa: N818 - a state of the copy, not of this program
    """Sealed to another key, or not a contact. Holds nothing of what was inside."""


class Opener:
    def __init__(self, key: OKPKey) -> None:
        self._key = key
        self._seal = sealing.Opener(cast(X25519PrivateKey, key.private_key))

    @classmethod
    def load(cls, path: Path) -> Opener:
        """Raises ValueError where the file holds no private X25519 key."""
        try:
            key = OKPKey.import_key(json.loads(path.read_text()))
        except OSError as error:
            raise ValueError(f"{path} cannot be read ({error.strerror})") from None
        except (ValueError, TypeError, KeyError, JoseError):
            raise ValueError(f"{path} does not hold a JWK") from None
        if not key.is_private or key.curve_name != CURVE:
            raise ValueError(f"{path} does not hold a private JWK on {CURVE}")
        return cls(key)

    def public_jwk(self) -> dict[str, Any]:
        return dict(self._key.as_dict(private=False))

    def open(self, sealed: str) -> Contact:
        """Raises Unreadable."""
        try:
            return Contact.model_validate_json(self._seal.open(sealed))
        except (sealing.CannotOpen, ValidationError):
            raise Unreadable("a sealed contact cannot be opened with this key") from None


def usable(address: str | None) -> str | None:
    """The address, where mail can be sent to it."""
    return address if address and ADDRESS.fullmatch(address) else None
