"""The access code: made from the complaint's id with a key, so it is stored nowhere."""

from __future__ import annotations

import hmac
from uuid import UUID

# Crockford's base 32: no I, L, O, U.
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
_LENGTH = 8


def access_code(key: bytes, complaint: UUID) -> str:
    """40 bits of HMAC-SHA256(key, id)."""
    bits = int.from_bytes(hmac.digest(key, b"access-code|" + complaint.bytes, "sha256")[:5], "big")
    return "".join(_ALPHABET[(bits >> shift) & 31] for shift in range(5 * (_LENGTH - 1), -1, -5))


def matches(key: bytes, complaint: UUID | None, shown: str) -> bool:
    """In the same time whether the complaint exists or not."""
    right = access_code(key, complaint or UUID(int=0))
    same = hmac.compare_digest(right.encode(), shown.encode())
    return same and complaint is not None
