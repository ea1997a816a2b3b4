"""CloudEvents 1.0 in Kafka's binary mode: what stands in an event's headers.

`ce_sequence` is the event's number, zero-padded so that it sorts as text; `ce_after` says what must be
applied before: `lapor.complaints=2,lapor.assignments=1`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from uuid import UUID

SPEC_VERSION = "1.0"
CONTENT_TYPE = "application/json"
SEQUENCE_DIGITS = 10
_SPEC_VERSION, _CONTENT_TYPE = SPEC_VERSION.encode(), CONTENT_TYPE.encode()
UUID_LETTERS = 36  # no braces, no `urn:uuid:`

USUAL_AFTER = 200  # letters: an outsider may write any number of them, which are not kept
NAMES = frozenset(
    (
        "ce_specversion",
        "ce_id",
        "ce_type",
        "ce_source",
        "ce_subject",
        "ce_time",
        "ce_sequence",
        "ce_after",
        "traceparent",
    )
)

Headers = list[tuple[str, bytes]]


class InvalidEnvelope(ValueError):  # noqa: N818 - a kind of message, as the broker's errors are named
    """`reason` is a code for metrics and receipts, `header` where it is; never what stood there."""

    def __init__(self, reason: str, header: str) -> None:
        super().__init__(f"{reason}: {header}")
        self.reason = reason
        self.header = header


@dataclass(slots=True)  # not frozen: one is made for each record, and that takes three times as long
class Envelope:
    """The headers of one event. `subject`: complaint id, or the register's key; `number` None on edges."""

    id: UUID
    type: str
    source: str
    subject: str
    time: datetime
    number: int | None = None
    after: Mapping[str, int] = field(default_factory=dict)
    traceparent: str | None = None


def encode(envelope: Envelope) -> Headers:
    return encode_fields(
        envelope.id, envelope.type, envelope.source, envelope.subject, envelope.time, envelope.number,
        encode_after(envelope.after), envelope.traceparent,
    )  # fmt: skip


def encode_fields(
    event_id: UUID, kind: str, source: str, subject: str, time: datetime, number: int | None, after: str | None,
    traceparent: str | None,
) -> Headers:  # fmt: skip
    """As `encode`; `after` is encoded already."""
    headers = [
        ("ce_specversion", _SPEC_VERSION),
        ("ce_id", str(event_id).encode()),
        ("ce_type", kind.encode()),
        ("ce_source", source.encode()),
        ("ce_subject", subject.encode()),
        ("ce_time", _encode_time(time)),
        ("content-type", _CONTENT_TYPE),
    ]
    if number is not None:
        headers.append(("ce_sequence", b"%0*d" % (SEQUENCE_DIGITS, number)))
    if after:
        headers.append(("ce_after", after.encode()))
    if traceparent:
        headers.append(("traceparent", traceparent.encode()))
    return headers


@lru_cache(maxsize=256)
def _encode_time(time: datetime) -> bytes:
    """One for all events of a batch. Equal times in different zones may be written alike."""
    return time.isoformat().encode()


def encode_after(after: Mapping[str, int]) -> str:
    return ",".join(f"{topic}={number}" for topic, number in after.items())


def decode(headers: Iterable[tuple[str, bytes | None]], uuid_of: Callable[[str], UUID] = UUID) -> Envelope:
    """Raises InvalidEnvelope; unknown headers are ignored. `uuid_of`: raises ValueError where it is none."""
    found = _as_text(headers)
    if found.get("ce_specversion") != SPEC_VERSION:
        raise InvalidEnvelope("wrong_spec_version" if "ce_specversion" in found else "no_header", "ce_specversion")
    return Envelope(
        id=_uuid(_required(found, "ce_id"), uuid_of),
        type=_required(found, "ce_type"),
        source=_required(found, "ce_source"),
        subject=_required(found, "ce_subject"),
        time=_time(_required(found, "ce_time")),
        number=_number(found.get("ce_sequence")),
        after=decode_after(found.get("ce_after")),
        traceparent=found.get("traceparent"),
    )


def _as_text(headers: Iterable[tuple[str, bytes | None]]) -> dict[str, str]:
    found: dict[str, str] = {}
    name = ""
    try:
        for name, value in headers:
            if name in NAMES or name.startswith("ce_"):
                found[name] = value.decode()  # type: ignore[union-attr] # None has no such method
    except AttributeError:
        raise InvalidEnvelope("null_header", name[:40]) from None
    except UnicodeDecodeError:
        raise InvalidEnvelope("header_not_utf8", name[:40]) from None
    return found


def _required(found: Mapping[str, str], name: str) -> str:
    value = found.get(name)
    if not value:
        raise InvalidEnvelope("no_header", name)
    return value


def _uuid(text: str, uuid_of: Callable[[str], UUID]) -> UUID:
    try:
        if len(text) != UUID_LETTERS:
            raise ValueError
        return uuid_of(text)
    except ValueError:
        raise InvalidEnvelope("not_a_uuid", "ce_id") from None


def _time(text: str) -> datetime:
    try:
        time = datetime.fromisoformat(text)
    except ValueError:
        raise InvalidEnvelope("not_a_time", "ce_time") from None
    if time.tzinfo is None:
        raise InvalidEnvelope("not_a_time", "ce_time")
    return time


def _number(text: str | None) -> int | None:
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 2**31):
        raise InvalidEnvelope("not_a_number", "ce_sequence")
    return int(text)


def decode_after(text: str | None) -> Mapping[str, int]:
    """Shared by all who say the same: complaints that go the same way have the same numbers."""
    if not text:
        return {}
    return _decode_usual(text) if len(text) <= USUAL_AFTER else _decode_after(text)


def _decode_after(text: str) -> Mapping[str, int]:
    after: dict[str, int] = {}
    for part in text.split(","):
        topic, _, number = part.partition("=")
        if not topic or not (number.isascii() and number.isdigit()):
            raise InvalidEnvelope("not_after", "ce_after")
        after[topic] = int(number)
    return after


_decode_usual = lru_cache(maxsize=4_096)(_decode_after)
