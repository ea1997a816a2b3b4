"""The seal is JWE as any library knows it: joserfc opens what we seal, and we open what joserfc seals."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from hypothesis import given
from hypothesis import strategies as st
from joserfc import jwe
from joserfc.jwk import OKPKey
from lapor_contracts.sealing import CannotOpen, Opener, Sealer

JWK = OKPKey.generate_key("X25519", private=True)
PRIVATE, PUBLIC = JWK.private_key, JWK.public_key
assert isinstance(PRIVATE, X25519PrivateKey)
assert isinstance(PUBLIC, X25519PublicKey)
SEALER, OPENER = Sealer(PUBLIC, 'kunci "1"'), Opener(PRIVATE)
REGISTRY = jwe.JWERegistry(algorithms=["ECDH-ES", "A256GCM"])
HEADER = {"alg": "ECDH-ES", "enc": "A256GCM"}


def by_joserfc(plain: bytes, **more: Any) -> str:
    return jwe.encrypt_compact({**HEADER, **more}, plain, JWK, registry=REGISTRY)


def b64(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


@given(st.binary(max_size=2_000))
def test_joserfc_opens_what_we_seal(plain: bytes) -> None:
    opened = jwe.decrypt_compact(SEALER.seal(plain), JWK, registry=REGISTRY)
    assert opened.plaintext == plain
    assert opened.headers()["kid"] == 'kunci "1"'


@given(st.binary(max_size=2_000), st.binary(min_size=1, max_size=40), st.binary(min_size=1, max_size=40))
def test_we_open_what_joserfc_seals(plain: bytes, apu: bytes, apv: bytes) -> None:
    assert OPENER.open(by_joserfc(plain, kid="x")) == plain
    assert OPENER.open(by_joserfc(plain, apu=b64(apu), apv=b64(apv))) == plain


def test_no_two_seals_are_alike() -> None:
    assert len({SEALER.seal(b"sama") for _ in range(50)}) == 50


@given(st.data())
def test_nothing_that_was_changed_opens(data: st.DataObject) -> None:
    parts = SEALER.seal(b"isi").split(".")
    which = data.draw(st.sampled_from([0, 2, 3, 4]))
    raw = bytearray(base64.urlsafe_b64decode(parts[which] + "=="))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    parts[which] = b64(bytes(raw))
    with pytest.raises(CannotOpen):
        OPENER.open(".".join(parts))


@given(st.text() | st.lists(st.text(alphabet="Aa0-_=.", max_size=8)).map(".".join))
def test_whatever_a_stranger_writes_raises_nothing_else(token: str) -> None:
    with pytest.raises(CannotOpen):
        OPENER.open(token)


@pytest.mark.parametrize("change", [
    {"alg": "dir"}, {"alg": None}, {"enc": "A128GCM"}, {"zip": "DEF"}, {"crit": ["exp"]}, {"epk": None},
    {"epk": {"kty": "OKP", "crv": "Ed25519", "x": b64(bytes(32))}}, {"epk": {"kty": "EC", "crv": "X25519", "x": ""}},
    {"epk": {"kty": "OKP", "crv": "X25519", "x": b64(bytes(32))}}, {"epk": {"kty": "OKP", "crv": "X25519", "x": "ñ"}},
])  # fmt: skip
def test_no_other_algorithm_and_no_point_of_small_order(change: dict[str, Any]) -> None:
    head, *rest = SEALER.seal(b"isi").split(".")
    header = json.loads(base64.urlsafe_b64decode(head + "==")) | change
    with pytest.raises(CannotOpen):
        OPENER.open(".".join([b64(json.dumps(header).encode()), *rest]))


def test_a_token_has_one_spelling() -> None:
    head, wrapped, nonce, body, tag = SEALER.seal(b"isi" * 50).split(".")
    other_end = tag[:-1] + chr(ord(tag[-1]) + 1)  # 16 bytes leave 4 bits of the last letter unused
    for spelled in (tag + "==", other_end):
        with pytest.raises(CannotOpen):
            OPENER.open(".".join([head, wrapped, nonce, body, spelled]))


def test_sealed_to_another_key_it_stays_closed() -> None:
    other = Sealer(X25519PrivateKey.generate().public_key(), "lain")
    with pytest.raises(CannotOpen):
        OPENER.open(other.seal(b"isi"))
