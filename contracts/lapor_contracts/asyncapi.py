"""The AsyncAPI 3.0.0 document: channels, messages and who sends and receives them, from the catalogue."""

from __future__ import annotations

from typing import Any

import yaml

from lapor_contracts.access import principal_of
from lapor_contracts.broker import topic_config
from lapor_contracts.catalogue import OUTSIDE, SERVICES, Topic, topics
from lapor_contracts.envelope import CONTENT_TYPE, SEQUENCE_DIGITS, SPEC_VERSION
from lapor_contracts.events import EVENTS
from lapor_contracts.schemas import file_name

Document = dict[str, Any]
BINDING = "0.5.0"
_PARAMETERS = {
    "code": "The agency's code in the register, such as 6407-pupr",
    "channel": "The channel's code, such as sms",
    "service": "The service whose dead letters these are",
}


def document() -> Document:
    return {
        "asyncapi": "3.0.0",
        "id": "urn:lapor:events",
        "info": {
            "title": "SP4N-LAPOR! events",
            "version": "1.0.0",
            "description": (
                "Every event of Indonesia's national complaint system, on Apache Kafka, as CloudEvents 1.0 in "
                "binary mode. Additive optional fields come without a new version: ignore what you do not know."
            ),
        },
        "defaultContentType": CONTENT_TYPE,
        "servers": {"kafka": _server()},
        "channels": {channel_id(topic): _channel(topic) for topic in topics()},
        "operations": {
            f"{actor}.{verb}.{channel_id(topic)}": _operation(actor, verb, topic)
            for actor in (*SERVICES, *OUTSIDE)
            for topic in topics()
            for verb in _verbs(actor, topic)
        },
        "components": {
            "messages": {event: _message(event, topic) for topic in topics() for event in topic.events},
            "schemas": {"NumberedHeaders": _headers(numbered=True), "Headers": _headers(numbered=False)},
            "securitySchemes": {"scram": {"type": "scramSha512"}},
        },
    }


def to_yaml(document: Document) -> str:
    head = "# Made from topics.yaml and the models by `python -m lapor_contracts.export`.\n"
    dumped: str = yaml.safe_dump(document, sort_keys=False, allow_unicode=True, width=110)
    return head + dumped


def channel_id(topic: Topic) -> str:
    """The topic's name without what a reference could not hold: `lapor.agency` of `lapor.agency.{code}`."""
    return topic.prefix.rstrip(".")


def _server() -> Document:
    return {
        "host": "{bootstrap}",
        "protocol": "kafka-secure",
        "description": "SASL/SCRAM-SHA-512; each principal may read and write what the catalogue says, no more.",
        "variables": {"bootstrap": {"description": "host:port of a broker"}},
        "security": [{"$ref": "#/components/securitySchemes/scram"}],
    }


def _channel(topic: Topic) -> Document:
    channel: Document = {
        "address": topic.name,
        "summary": topic.meaning,
        "description": f"Kind: {topic.kind}. Key: {topic.key}.",
        "servers": [{"$ref": "#/servers/kafka"}],
        "messages": {event: {"$ref": f"#/components/messages/{event}"} for event in topic.events},
    }
    if topic.family:
        name = topic.name.partition("{")[2].rstrip("}")
        channel["parameters"] = {name: {"description": _PARAMETERS[name]}}
    channel["bindings"] = {"kafka": _binding(topic)}
    return channel


def _binding(topic: Topic) -> Document:
    config = topic_config(topic)
    wanted: Document = {"cleanup.policy": [config["cleanup.policy"]]}
    if "retention.ms" in config:
        wanted["retention.ms"] = int(config["retention.ms"])
    wanted["max.message.bytes"] = int(config["max.message.bytes"])
    return {"partitions": topic.partitions, "topicConfiguration": wanted, "bindingVersion": BINDING}


def _verbs(actor: str, topic: Topic) -> tuple[str, ...]:
    return ("send",) * (actor in topic.writers) + ("receive",) * (actor in topic.readers)


def _operation(actor: str, verb: str, topic: Topic) -> Document:
    channel = f"#/channels/{channel_id(topic)}"
    operation: Document = {
        "action": verb,
        "channel": {"$ref": channel},
        "summary": f"{actor} {'writes' if verb == 'send' else 'reads'} {topic.name}",
        "tags": [{"name": actor}],
        "messages": [{"$ref": f"{channel}/messages/{event}"} for event in topic.events],
    }
    if verb == "receive":
        operation["bindings"] = {"kafka": {"groupId": _group(actor, topic), "bindingVersion": BINDING}}
    return operation


def _group(actor: str, topic: Topic) -> Document:
    if actor in SERVICES:
        return {"type": "string", "const": f"{actor}-edge" if topic.kind == "edge" else actor}
    if principal_of(actor, "code") == actor:
        return {"type": "string", "const": actor}
    return {"type": "string", "pattern": f"^{actor}-[a-z0-9-]+$"}


def _message(event: str, topic: Topic) -> Document:
    model = EVENTS[event]
    headers = "NumberedHeaders" if topic.has_numbers else "Headers"
    message: Document = {"name": event, "title": model.__name__}
    if model.__doc__:
        message["summary"] = model.__doc__.strip().splitlines()[0]
    return message | {
        "contentType": CONTENT_TYPE,
        "headers": {
            "allOf": [
                {"$ref": f"#/components/schemas/{headers}"},
                {"properties": {"ce_type": {"const": event}}},
            ]
        },
        "payload": {"$ref": f"./schemas/{file_name(event)}"},
        "bindings": {"kafka": {"key": {"type": "string", "description": topic.key}, "bindingVersion": BINDING}},
    }


def _headers(*, numbered: bool) -> Document:
    """The header names are those of the CloudEvents Kafka binding; values are UTF-8."""
    properties: Document = {
        "ce_specversion": {"const": SPEC_VERSION},
        "ce_id": {"type": "string", "format": "uuid", "description": "A UUIDv7, the same when sent again"},
        "ce_type": {"type": "string"},
        "ce_source": {"type": "string", "description": "Who wrote it; the topic's writer is what counts"},
        "ce_subject": {"type": "string", "description": "The complaint's id (UUIDv7), or the register's key"},
        "ce_time": {"type": "string", "format": "date-time"},
        "content-type": {"const": CONTENT_TYPE},
        "traceparent": {"type": "string", "description": "W3C trace context"},
    }
    required = ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time"]
    if numbered:
        properties["ce_sequence"] = {
            "type": "string",
            "pattern": f"^[0-9]{{{SEQUENCE_DIGITS}}}$",
            "description": "The event's number within its complaint and topic: gapless from 1",
        }
        properties["ce_after"] = {
            "type": "string",
            "description": "What to apply before: lapor.complaints=2,lapor.assignments=1",
        }
        required.append("ce_sequence")
    return {"type": "object", "properties": properties, "required": required}
