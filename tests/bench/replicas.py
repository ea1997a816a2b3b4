"""More of what intake has written: its own records again, as other complaints, with intake's credentials."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from itertools import count, cycle, islice

from confluent_kafka import Message
from lapor_chassis.ids import uuid7
from lapor_contracts.complaints import Registered
from lapor_deploy.stack import Stack

from tests.bench import wire
from tests.bench.wire import Headers, Row

COMPLAINTS, CONTACTS = "lapor.complaints", "lapor.contacts"
# No tracking id that intake has given: those are random, these begin at the other end.
FIRST_TRACKING_ID = 9_000_000_000


def written(stack: Stack) -> list[list[Message]]:
    """By complaint all that intake has written about it, the registration first."""
    found: dict[bytes, list[Message]] = defaultdict(list)
    for principal, topic in (("oversight", COMPLAINTS), ("notifier", CONTACTS)):
        for message in wire.read(stack, principal, [topic]):
            found[bytes(message.key() or b"")].append(message)
    return list(found.values())


def replicas(originals: Sequence[Sequence[Message]], wanted: int) -> Iterator[Row]:
    """Of `wanted` further complaints, each like one of the originals but for its ids."""
    tracking_ids = count(FIRST_TRACKING_ID)
    for original in islice(cycle(originals), wanted):
        registered = Registered.model_validate_json(original[0].value() or b"")
        old, new = registered.tracking_id.encode(), str(next(tracking_ids)).encode()
        subject = str(uuid7()).encode()
        for message in original:
            value = bytes(message.value() or b"").replace(old, new)
            yield Row(str(message.topic()), subject, value, _headers(message, subject))


def _headers(message: Message, subject: bytes) -> Headers:
    fresh = {"ce_id": str(uuid7()).encode(), "ce_subject": subject}
    return [(str(name), fresh.get(str(name), value)) for name, value in dict(message.headers() or ()).items()]
