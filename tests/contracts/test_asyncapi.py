"""The AsyncAPI document: valid against the official schema, whole, and without a dangling reference."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from jsonschema import Draft7Validator
from lapor_contracts import asyncapi, catalogue
from lapor_contracts.events import EVENTS
from lapor_contracts.export import CONTRACTS

from tests.contracts.files import load
from tests.contracts.official import asyncapi_3_0_0


@pytest.fixture(scope="module")
def document() -> Any:
    return yaml.safe_load((CONTRACTS / "asyncapi.yaml").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def official() -> Draft7Validator:
    schema = asyncapi_3_0_0()
    Draft7Validator.check_schema(schema)
    return Draft7Validator(schema)


def test_valid_against_the_official_schema(document: Any, official: Draft7Validator) -> None:
    assert [f"{error.json_path}: {error.message[:200]}" for error in official.iter_errors(document)] == []


@pytest.mark.parametrize(
    ("path", "value"),
    [
        (("asyncapi",), "2.6.0"),
        (("channels", "lapor.complaints", "messages"), []),
        (("channels", "lapor.complaints", "partitions"), 8),
        (("operations", "intake.send.lapor.complaints", "action"), "publish"),
        (("channels", "lapor.complaints", "bindings", "kafka", "partitions"), 0),
    ],
)
def test_official_schema_finds_mistakes(
    document: Any, official: Draft7Validator, path: tuple[str, ...], value: object
) -> None:
    broken = copy.deepcopy(document)
    place = broken
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = value
    assert not official.is_valid(broken)


def test_every_reference_resolves(document: Any) -> None:
    references = list(_references(document))
    assert len(references) > 100
    for reference in references:
        if reference.startswith("#/"):
            node = document
            for step in reference[2:].split("/"):
                node = node[step]
        else:
            assert load(CONTRACTS / reference)["$id"].startswith("urn:lapor:")


def test_every_topic_and_event_is_in_it(document: Any) -> None:
    channels = document["channels"]
    assert [channel["address"] for channel in channels.values()] == [t.name for t in catalogue.topics()]
    assert set(document["components"]["messages"]) == set(EVENTS)
    for topic in catalogue.topics():
        assert tuple(channels[asyncapi.channel_id(topic)]["messages"]) == topic.events


def test_operations_are_the_catalogue(document: Any) -> None:
    wanted = {
        (actor, verb, topic.name)
        for topic in catalogue.topics()
        for verb, actors in (("send", topic.writers), ("receive", topic.readers))
        for actor in actors
    }
    found = {
        (
            operation["tags"][0]["name"],
            operation["action"],
            document["channels"][operation["channel"]["$ref"].rpartition("/")[2]]["address"],
        )
        for operation in document["operations"].values()
    }
    assert found == wanted


def _references(node: Any) -> Iterator[str]:
    if isinstance(node, dict):
        if "$ref" in node:
            yield node["$ref"]
        for value in node.values():
            yield from _references(value)
    elif isinstance(node, list):
        for value in node:
            yield from _references(value)
