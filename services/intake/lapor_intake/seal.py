"""Our keys are JWKs on X25519; the seal is the contract's."""

from __future__ import annotations

from typing import cast

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from joserfc.jwk import OKPKey
from lapor_contracts.sealing import Opener, Sealer


def sealer(key: OKPKey) -> Sealer:
    return Sealer(cast(X25519PublicKey, key.public_key), key.kid or key.thumbprint())


def opener(key: OKPKey) -> Opener:
    return Opener(cast(X25519PrivateKey, key.private_key))
