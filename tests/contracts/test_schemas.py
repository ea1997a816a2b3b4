"""The committed schemas and examples are those of the models: none missing, none without use."""

from __future__ import annotations

from pathlib import Path

import pytest
from jsonschema import Draft202012Validator, FormatChecker
from lapor_contracts import catalogue
from lapor_contracts.envelope import decode
from lapor_contracts.events import EVENTS
from lapor_contracts.export import CONTRACTS, README, breaking_files, wanted_files

from tests.contracts.files import EXAMPLES, SCHEMAS, example, schema

WANTED = wanted_files(CONTRACTS, README)
every_event = pytest.mark.parametrize("event_type", sorted(EVENTS))


def test_no_committed_schema_is_broken() -> None:
    assert breaking_files(CONTRACTS) == []


@pytest.mark.parametrize("path", sorted(WANTED), ids=lambda path: path.name)
def test_file_is_as_the_models_say(path: Path) -> None:
    assert path.read_text(encoding="utf-8") == WANTED[path], "run `make schemas`"


@pytest.mark.parametrize("folder", [SCHEMAS, EXAMPLES], ids=["schemas", "examples"])
def test_one_file_for_each_event_and_no_other(folder: Path) -> None:
    assert {path.name for path in folder.iterdir()} == {f"{event}.json" for event in EVENTS}


def test_each_event_belongs_to_one_topic() -> None:
    listed = [event for topic in catalogue.topics() for event in topic.events]
    assert sorted(listed) == sorted(EVENTS)


@every_event
def test_schema_is_valid_itself(event_type: str) -> None:
    Draft202012Validator.check_schema(schema(event_type))
    assert schema(event_type)["$id"] == f"urn:lapor:{event_type}"


@every_event
def test_example_is_valid_for_any_reader(event_type: str) -> None:
    """With nothing but the schema, as a reader in another language has it."""
    checker = Draft202012Validator(schema(event_type), format_checker=FormatChecker())
    assert [error.json_path for error in checker.iter_errors(example(event_type)["body"])] == []


@every_event
def test_example_says_all_that_the_model_knows(event_type: str) -> None:
    """It validates, and what the model writes again is what was read."""
    body = example(event_type)["body"]
    event = EVENTS[event_type].model_validate(body)
    again = event.model_dump(mode="json", exclude_unset=True)
    assert again == body


@every_event
def test_example_lies_on_its_topic(event_type: str) -> None:
    golden = example(event_type)
    topic = catalogue.topic(golden["topic"])
    assert event_type in topic.events
    envelope = decode([(name, value.encode()) for name, value in golden["headers"].items()])
    assert envelope.type == event_type
    assert envelope.subject == golden["key"]
    assert envelope.id.version == 7
    assert (envelope.number is not None) == topic.has_numbers


def test_format_checks_are_on() -> None:
    """Without the packages behind them `FormatChecker` lets everything through."""
    checker = FormatChecker()
    assert not checker.conforms("yesterday", "date-time")
    assert not checker.conforms("12", "uuid")
    assert not checker.conforms("2023-13-01", "date")


def test_additional_fields_are_ignored() -> None:
    """Additive changes stay in the version: old readers have to take them."""
    for event_type, event in EVENTS.items():
        body = example(event_type)["body"] | {"added_later": 1}
        event.model_validate(body)
        assert Draft202012Validator(schema(event_type)).is_valid(body)
