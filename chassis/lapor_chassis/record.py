"""A record as the broker gave it; its headers are decoded at arrival, its body only when it is applied."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import msgspec
from aiokafka import ConsumerRecord
from lapor_contracts.base import Event
from lapor_contracts.catalogue import topic as topic_of
from lapor_contracts.envelope import NAMES, Envelope, InvalidEnvelope, decode
from lapor_contracts.events import EVENTS
from pydantic import ValidationError

from lapor_chassis.clock import DomainClock, from_broker
from lapor_chassis.errors import Invalid
from lapor_chassis.ids import uuid_of

MAX_FIELD_LETTERS = 200  # as a dead letter takes it
MAX_BODY_BYTES = 900_000  # under the broker's limit of 1 MiB a batch, headers included
NUL = b"\\u0000"  # how JSON says it; PostgreSQL's text cannot hold it


@dataclass(slots=True)
class Record:
    """`time_ms`: the broker's time on an edge topic, the producer's elsewhere. `arrival`: it waited."""

    topic: str
    partition: int
    offset: int
    time_ms: int
    key: bytes | None
    value: bytes | None
    headers: tuple[tuple[str, bytes | None], ...]
    envelope: Envelope | None = None
    fault: Invalid | None = None
    arrival: int | None = field(default=None)
    subject: UUID | None = field(init=False, default=None)

    def __post_init__(self) -> None:
        try:
            self.envelope = decode(self.headers, uuid_of)
        except InvalidEnvelope as invalid:
            # An outsider chooses a header's name: what we do not know may be anything, so it is not quoted.
            self.fault = Invalid(invalid.reason, invalid.header if invalid.header in NAMES else None)
        except ValueError:
            # Such as a number of five thousand digits.
            self.fault = Invalid("bad_header")
        else:
            self.subject = _subject(self.envelope.subject)

    @classmethod
    def of(cls, record: ConsumerRecord[Any, Any]) -> Record:
        return cls(
            record.topic,
            record.partition,
            record.offset,
            record.timestamp,
            record.key,
            record.value,
            tuple(record.headers),
        )

    @property
    def position(self) -> tuple[str, int, int]:
        return self.topic, self.partition, self.offset

    def received_at(self, clock: DomainClock) -> datetime:
        return clock.at(from_broker(self.time_ms))

    def event(self, *, strict: bool) -> Event | None:
        """The body as its model; None for a type that this reader does not know, unless `strict`.

        Raises Invalid with the path of the first wrong field.
        """
        if self.fault:
            raise self.fault
        assert self.envelope is not None  # noqa: S101 - decode gave one of the two
        kind = self.envelope.type
        model = EVENTS.get(kind)
        if model is None or kind not in topic_of(self.topic).events:
            if strict or model is not None:
                raise Invalid("wrong_type_for_topic" if model else "unknown_type", "ce_type")
            return None
        if self.value is None:
            raise Invalid("tombstone")
        if len(self.value) > MAX_BODY_BYTES:
            raise Invalid("too_large")
        if strict and NUL in self.value:
            raise Invalid("nul_character")
        try:
            return model.model_validate_json(self.value)
        except ValidationError as error:
            raise invalid_body(error) from None


def _subject(text: str) -> UUID | None:
    """None for a register's key, or an outsider's mistake."""
    try:
        return uuid_of(text)
    except ValueError:
        return None


def invalid_body(error: ValidationError) -> Invalid:
    """What is wrong and where, without what stood there."""
    first = error.errors(include_input=False, include_url=False, include_context=False)[0]
    if first["type"] == "json_invalid":
        return Invalid("not_json")
    return Invalid(
        f"invalid_body:{first['type']}", ".".join(str(part) for part in first["loc"])[:MAX_FIELD_LETTERS] or None
    )


def headers_to_json(headers: tuple[tuple[str, bytes | None], ...]) -> str:
    """For a table: values in base64, for they may be any bytes. A name that is no text was refused by the client."""
    pairs = [(name, None if value is None else base64.b64encode(value).decode()) for name, value in headers]
    return msgspec.json.encode(pairs).decode()


def headers_from_json(text: str) -> tuple[tuple[str, bytes | None], ...]:
    pairs: list[tuple[str, str | None]] = msgspec.json.decode(text)
    return tuple((name, None if value is None else base64.b64decode(value)) for name, value in pairs)
