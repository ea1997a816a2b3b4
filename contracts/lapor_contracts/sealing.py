"""How a body is sealed to a key: JWE (RFC 7516), compact, ECDH-ES on X25519 with A256GCM (RFC 7518), and nothing else.

Any JOSE library reads and writes it. Here it is made of `cryptography`'s own pieces, because every submission
is opened and every contact sealed: a general library takes three times as long, most of it for what one fixed
algorithm does not need.
"""

from __future__ import annotations

import json
import os
from base64 import urlsafe_b64encode
from binascii import Error as NotBase64
from binascii import a2b_base64

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.concatkdf import ConcatKDFHash
from pydantic import BaseModel, ValidationError

ALGORITHM, ENCRYPTION, CURVE = "ECDH-ES", "A256GCM", "X25519"
_KEY_BYTES, _NONCE_BYTES, _TAG_BYTES = 32, 12, 16
_TO_STANDARD = bytes.maketrans(b"-_", b"+/")


class CannotOpen(Exception):  # noqa: N818 - a kind of message
    """Not sealed to this key, or changed on the way. Holds nothing of what was inside."""


class _Ephemeral(BaseModel):
    kty: str
    crv: str
    x: str


class _Header(BaseModel):
    """`apu`, `apv`: what a sender may bind the key to. `zip` and `crit` ask for what is not done here."""

    alg: str
    enc: str
    epk: _Ephemeral
    apu: str = ""
    apv: str = ""
    zip: str | None = None
    crit: list[str] | None = None


class Sealer:
    """Seals to a public key. `kid`: the key's name, for who has several."""

    def __init__(self, key: X25519PublicKey, kid: str) -> None:
        self._key = key
        self._kid = json.dumps(kid)

    def seal(self, plain: bytes) -> str:
        ephemeral = X25519PrivateKey.generate()
        x = _encode(ephemeral.public_key().public_bytes_raw()).decode()
        header = _encode(
            f'{{"alg":"{ALGORITHM}","enc":"{ENCRYPTION}","kid":{self._kid},'
            f'"epk":{{"kty":"OKP","crv":"{CURVE}","x":"{x}"}}}}'.encode()
        )
        nonce = os.urandom(_NONCE_BYTES)
        sealed = AESGCM(_derive(ephemeral.exchange(self._key), b"", b"")).encrypt(nonce, plain, header)
        parts = (header, b"", _encode(nonce), _encode(sealed[:-_TAG_BYTES]), _encode(sealed[-_TAG_BYTES:]))
        return b".".join(parts).decode()


class Opener:
    def __init__(self, key: X25519PrivateKey) -> None:
        self._key = key

    def open(self, token: str) -> bytes:
        """Raises CannotOpen, whatever a stranger put there."""
        try:
            header, wrapped, nonce, sealed, tag = token.encode("ascii").split(b".")
            said = _Header.model_validate_json(_decode(header))
            if wrapped or (said.alg, said.enc, said.epk.kty, said.epk.crv) != (ALGORITHM, ENCRYPTION, "OKP", CURVE):
                raise CannotOpen
            if said.zip is not None or said.crit is not None:
                raise CannotOpen
            theirs = X25519PublicKey.from_public_bytes(_decode(said.epk.x.encode("ascii")))
            key = _derive(self._key.exchange(theirs), _decode(said.apu.encode()), _decode(said.apv.encode()))
            nonce, tag = _decode(nonce), _decode(tag)
            if (len(nonce), len(tag)) != (_NONCE_BYTES, _TAG_BYTES):
                raise CannotOpen
            return AESGCM(key).decrypt(nonce, _decode(sealed) + tag, header)
        except (ValueError, NotBase64, ValidationError, InvalidTag):
            raise CannotOpen from None


def _derive(secret: bytes, apu: bytes, apv: bytes) -> bytes:
    """RFC 7518, 4.6.2: Concat KDF over the algorithm's name, both parties and the key's length."""
    parts = (_prefixed(ENCRYPTION.encode()), _prefixed(apu), _prefixed(apv), (_KEY_BYTES * 8).to_bytes(4, "big"))
    return ConcatKDFHash(SHA256(), _KEY_BYTES, b"".join(parts)).derive(secret)


def _prefixed(value: bytes) -> bytes:
    return len(value).to_bytes(4, "big") + value


def _encode(value: bytes) -> bytes:
    return urlsafe_b64encode(value).rstrip(b"=")


def _decode(text: bytes) -> bytes:
    """RFC 7515 knows one spelling: without padding, in the alphabet for URLs."""
    plain = a2b_base64(text.translate(_TO_STANDARD) + b"=" * (-len(text) % 4), strict_mode=True)
    if _encode(plain) != text:
        raise ValueError
    return plain
