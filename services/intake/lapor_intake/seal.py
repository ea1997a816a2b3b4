"""JWE, compact, ECDH-ES on X25519 with A256GCM: how submissions come in and contacts go out."""

from __future__ import annotations

from joserfc import jwe
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

ALGORITHM, ENCRYPTION = "ECDH-ES", "A256GCM"
# Nothing else is accepted: no other algorithm, no compression.
_REGISTRY = jwe.JWERegistry(algorithms=[ALGORITHM, ENCRYPTION])


class CannotOpen(Exception):  # noqa: N818 - a kind of message
    """Not sealed to this key, or changed on the way."""


def seal(key: OKPKey, plain: bytes) -> str:
    header = {"alg": ALGORITHM, "enc": ENCRYPTION, "kid": key.kid or key.thumbprint()}
    return jwe.encrypt_compact(header, plain, key, registry=_REGISTRY)


def unseal(key: OKPKey, token: str) -> bytes:
    try:
        plain = jwe.decrypt_compact(token, key, registry=_REGISTRY).plaintext
    except (JoseError, ValueError, TypeError, KeyError, AttributeError):
        # Whatever a stranger put there: a header that is no object, a point that is not on the curve.
        raise CannotOpen from None
    if plain is None:
        raise CannotOpen
    return plain
