"""The headers are CloudEvents 1.0 in Kafka's binary mode: the `cloudevents` package reads and writes them."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from cloudevents.core.bindings.kafka import KafkaMessage, from_binary, to_binary
from cloudevents.core.formats.json import JSONFormat
from cloudevents.core.v1.event import CloudEvent
from lapor_contracts.envelope import decode, decode_after, encode
from lapor_contracts.events import EVENTS

from tests.contracts.files import example

every_event = pytest.mark.parametrize("event_type", sorted(EVENTS))


def as_message(golden: Any) -> KafkaMessage:
    headers = decode([(name, value.encode()) for name, value in golden["headers"].items()])
    return KafkaMessage(
        headers=dict(encode(headers)), key=golden["key"].encode(), value=json.dumps(golden["body"]).encode()
    )


@every_event
def test_package_reads_ours(event_type: str) -> None:
    golden = example(event_type)
    event = from_binary(as_message(golden), JSONFormat(), CloudEvent)
    assert event.get_type() == event_type
    assert event.get_id() == golden["headers"]["ce_id"]
    assert event.get_subject() == golden["key"]
    assert event.get_time() == datetime.fromisoformat(golden["headers"]["ce_time"])
    assert event.get_data() == golden["body"]
    assert event.get_extension("sequence") == golden["headers"].get("ce_sequence")
    assert event.get_extension("after") == golden["headers"].get("ce_after")


@every_event
def test_we_read_what_the_package_writes(event_type: str) -> None:
    golden = example(event_type)
    ours = decode([(name, value.encode()) for name, value in golden["headers"].items()])
    extensions = {}
    if ours.number is not None:
        extensions["sequence"] = golden["headers"]["ce_sequence"]
    if ours.after:
        extensions["after"] = golden["headers"]["ce_after"]
    event = CloudEvent(
        {
            "specversion": "1.0",
            "id": str(ours.id),
            "type": event_type,
            "source": ours.source,
            "subject": ours.subject,
            "time": ours.time,
            "datacontenttype": "application/json",
            **extensions,
        },
        golden["body"],
    )
    message = to_binary(event, JSONFormat())
    theirs = decode(message.headers.items())
    assert (theirs.id, theirs.type, theirs.source, theirs.subject) == (ours.id, ours.type, ours.source, ours.subject)
    assert (theirs.time, theirs.number, theirs.after) == (ours.time, ours.number, ours.after)
    EVENTS[event_type].model_validate_json(message.value)


def test_minimal_event_of_the_package() -> None:
    """What the package sets by itself (id, time) is enough for an edge, but for the id's version."""
    event = CloudEvent(
        {
            "type": "id.lapor.agency-reply.accepted.v1",
            "source": "urn:example:agency",
            "subject": "018aedbc-1140-71f3-9e37-79b97f4a7c15",
            "id": "018af1d9-4e80-7c3a-8e1d-3f0a2b7c9d10",
            "specversion": "1.0",
            "time": datetime(2023, 10, 3, 1, 30, tzinfo=UTC),
        },
        {"assignment": 1},
    )
    envelope = decode(to_binary(event, JSONFormat()).headers.items())
    assert envelope.number is None
    assert envelope.after == decode_after(None)
