"""Identities: encrypted with a key per reporter, which the master key wraps; each reading is recorded."""

from __future__ import annotations

import hmac
import os
from collections.abc import Mapping, Sequence
from datetime import datetime
from hashlib import sha256
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from lapor_chassis.db import Conn
from lapor_chassis.ids import uuid7

from lapor_intake.domain.identity import Identity

NONCE_BYTES = 12
_FIELDS = ("name", "nik", "phone", "email")


class WrongKey(Exception):  # noqa: N818 - a kind of message
    """The database was filled with another key: whatever is written now could not be read later."""


class Vault:
    def __init__(self, master: bytes, index: bytes) -> None:
        self._master = AESGCM(master)
        self._index = index

    def blind(self, kind: str, value: str | bytes) -> bytes:
        """A keyed hash: the same value can be found again, but not guessed from the table."""
        return hmac.digest(
            self._index, kind.encode() + b"|" + (value.encode() if isinstance(value, str) else value), sha256
        )

    async def keep(self, conn: Conn, identities: Mapping[UUID, Identity]) -> None:
        """Stores the identities of new complaints. Reporters are locked in the order of their blind index."""
        if not identities:
            return
        index = {complaint: self._blind_index(identity) for complaint, identity in identities.items()}
        reporters = await self._reporters(conn, sorted({blind for blind in index.values() if blind}))
        nameless = [complaint for complaint, blind in index.items() if blind is None]
        for complaint in nameless:
            reporters[complaint] = await self._nameless(conn)
        rows = []
        for complaint, identity in identities.items():
            reporter, key = reporters[index[complaint] or complaint]
            rows.append((complaint, reporter, _encrypt(key, _packed(identity), _aad("identity", reporter, complaint))))
        await conn.execute(
            """insert into identity (complaint, reporter, ciphertext)
               select * from unnest($1::uuid[], $2::uuid[], $3::bytea[])""",
            *map(list, zip(*rows, strict=True)),
        )

    def _blind_index(self, identity: Identity) -> bytes | None:
        return self.blind("reporter", identity.known_by) if identity.known_by else None

    async def _reporters(self, conn: Conn, blinds: Sequence[bytes]) -> dict[bytes | UUID, tuple[UUID, AESGCM]]:
        """The reporter and data key of each blind index, made where there is none."""
        if not blinds:
            return {}
        made = [self._new_key() for _ in blinds]
        rows = await conn.fetch(
            """insert into reporter (id, blind_index, wrapped_key)
               select * from unnest($1::uuid[], $2::bytea[], $3::bytea[])
               on conflict (blind_index) do update set blind_index = excluded.blind_index
               returning id, blind_index, wrapped_key""",
            [reporter for reporter, _ in made],
            list(blinds),
            [wrapped for _, wrapped in made],
        )
        return {row["blind_index"]: (row["id"], self._unwrapped(row["id"], row["wrapped_key"])) for row in rows}

    async def _nameless(self, conn: Conn) -> tuple[UUID, AESGCM]:
        """A reporter of whom there is nothing to be known again by."""
        reporter, wrapped = self._new_key()
        await conn.execute("insert into reporter (id, wrapped_key) values ($1, $2)", reporter, wrapped)
        return reporter, self._unwrapped(reporter, wrapped)

    def _new_key(self) -> tuple[UUID, bytes]:
        reporter = uuid7()
        key = AESGCM.generate_key(bit_length=256)
        return reporter, _encrypt(self._master, key, _aad("data-key", reporter))

    def _unwrapped(self, reporter: UUID, wrapped: bytes) -> AESGCM:
        return AESGCM(_decrypt(self._master, wrapped, _aad("data-key", reporter)))

    async def open(
        self, conn: Conn, complaints: Sequence[UUID], *, who: str, why: str, now: datetime
    ) -> dict[UUID, Identity]:
        """What is there; a complaint without identity, or with an erased one, is absent. Recorded in the same
        transaction: call it inside one."""
        rows = await conn.fetch(
            """select i.complaint, i.ciphertext, r.id, r.wrapped_key
               from identity i join reporter r on r.id = i.reporter
               where i.complaint = any($1::uuid[])""",
            list(complaints),
        )
        await conn.execute(
            """insert into identity_read (complaint, who, why, at)
               select complaint, $2, $3, $4 from unnest($1::uuid[]) as u (complaint)""",
            [row["complaint"] for row in rows],
            who,
            why,
            now,
        )
        return {
            row["complaint"]: _unpacked(
                _decrypt(
                    self._unwrapped(row["id"], row["wrapped_key"]),
                    row["ciphertext"],
                    _aad("identity", row["id"], row["complaint"]),
                )
            )
            for row in rows
        }

    async def erase(self, conn: Conn, complaint: UUID) -> list[UUID]:
        """Destroys the data key of this complaint's reporter, and all that it encrypts. Gives the reporter's
        complaints; none: there was no identity."""
        reporter: UUID | None = await conn.fetchval(
            "select r.id from reporter r join identity i on i.reporter = r.id where i.complaint = $1 for update of r",
            complaint,
        )
        if reporter is None:
            return []
        gone = await conn.fetch("delete from identity where reporter = $1 returning complaint", reporter)
        await conn.execute("delete from reporter where id = $1", reporter)
        return [row["complaint"] for row in gone]

    async def check_keys(self, conn: Conn, **keys: bytes) -> None:
        """Remembers the keys' fingerprints at the first start. Raises WrongKey where one is another now."""
        for name, key in keys.items():
            fingerprint = hmac.digest(key, b"fingerprint", sha256)
            kept = await conn.fetchval(
                """insert into vault_key (name, fingerprint) values ($1, $2)
                   on conflict (name) do update set name = excluded.name returning fingerprint""",
                name,
                fingerprint,
            )
            if kept != fingerprint:
                raise WrongKey(f"the {name} key is not the one that this database was filled with")


def _packed(identity: Identity) -> bytes:
    return msgspec.json.encode({name: getattr(identity, name) for name in _FIELDS})


def _unpacked(plain: bytes) -> Identity:
    return Identity(**msgspec.json.decode(plain))


def _aad(kind: str, *ids: UUID) -> bytes:
    """Binds a ciphertext to its row: it cannot be moved to another complaint."""
    return "|".join([kind, *map(str, ids)]).encode()


def _encrypt(key: AESGCM, plain: bytes, aad: bytes) -> bytes:
    nonce = os.urandom(NONCE_BYTES)
    return nonce + key.encrypt(nonce, plain, aad)


def _decrypt(key: AESGCM, sealed: bytes, aad: bytes) -> bytes:
    return key.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], aad)
