"""A channel's side: a submission sealed to intake's key, handed in on Kafka, and its receipt."""

from __future__ import annotations

import json
from pathlib import Path
from typing import cast
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PublicKey
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey
from lapor_chassis.clock import DomainClock
from lapor_contracts.receipts import ReceiptAccepted, ReceiptRefused
from lapor_contracts.sealing import Sealer
from lapor_contracts.submissions import Body, SubmissionSealed

from lapor_deploy.errors import LaporError
from lapor_deploy.outsider import Journal, write, writing
from lapor_deploy.stack import Stack


def public_key(path: Path) -> OKPKey:
    """Intake's public key: it also serves it at /.well-known/jwks.json."""
    try:
        return OKPKey.import_key(json.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise LaporError(f"{path} cannot be read ({error.strerror})", "start the stack once with `lapor up`") from error
    except (ValueError, JoseError) as error:
        raise LaporError(f"{path} holds no key", "take intake's public key anew") from error


def seal(key: OKPKey, body: Body) -> SubmissionSealed:
    return seal_bytes(key, body.model_dump_json().encode())


def seal_bytes(key: OKPKey, plain: bytes) -> SubmissionSealed:
    sealer = Sealer(cast(X25519PublicKey, key.public_key), key.kid or key.thumbprint())
    return SubmissionSealed(sealed=sealer.seal(plain))


async def submit(stack: Stack, channel: str, key: OKPKey, body: Body, clock: DomainClock) -> UUID:
    """Hands it in; gives the submission's id, which its receipt names."""
    principal = f"channel-{channel}"
    async with writing(stack, principal) as producer:
        return await write(producer, f"lapor.submissions.{channel}", principal, channel, seal(key, body), clock)


async def receipt(journal: Journal, submission: UUID, seconds: float) -> ReceiptAccepted | ReceiptRefused:
    """The receipt, from a journal that follows the channel's receipts. Raises LaporError when none comes."""

    def ours(event: object) -> bool:
        return isinstance(event, ReceiptAccepted | ReceiptRefused) and event.submission == submission

    found = await journal.first(lambda r: ours(r.event), seconds)
    if found is None or not isinstance(found.event, ReceiptAccepted | ReceiptRefused):
        raise LaporError(
            f"no receipt came within {seconds:.0f} s; the submission {submission} is on the topic and is not lost",
            "see `lapor status` and intake's log",
        )
    return found.event
