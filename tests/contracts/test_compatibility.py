"""What counts as a breaking change: schemas of real events, changed in one place."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

import pytest
from lapor_contracts.compatibility import breaking_changes
from lapor_contracts.complaints import Registered
from lapor_contracts.escalations import LimitMissed
from lapor_contracts.events import EVENTS
from lapor_contracts.schemas import schema_of

Schema = dict[str, Any]
Change = Callable[[Schema], None]

REGISTERED = schema_of(Registered)
LIMIT_MISSED = schema_of(LimitMissed)


def changed(schema: Schema, change: Change) -> list[str]:
    new = copy.deepcopy(schema)
    change(new)
    return breaking_changes(schema, new)


def drop_title(schema: Schema) -> None:
    del schema["properties"]["title"]
    schema["required"].remove("title")


def drop_optional(schema: Schema) -> None:
    del schema["properties"]["category"]


def rename(schema: Schema) -> None:
    schema["properties"]["story"] = schema["properties"].pop("narrative")
    schema["required"] = ["story" if name == "narrative" else name for name in schema["required"]]


def add_required(schema: Schema) -> None:
    schema["properties"]["priority"] = {"type": "integer"}
    schema["required"].append("priority")


def require_optional(schema: Schema) -> None:
    schema["required"].append("category")


def no_longer_required(schema: Schema) -> None:
    schema["required"].remove("title")
    schema["properties"]["title"]["default"] = None


def number_for_text(schema: Schema) -> None:
    schema["properties"]["title"] = {"type": "integer"}


def may_be_null(schema: Schema) -> None:
    schema["properties"]["title"] = {"anyOf": [schema["properties"]["title"], {"type": "null"}]}


def no_longer_null(schema: Schema) -> None:
    schema["properties"]["occurred_on"] = {"type": "string", "format": "date"}


def remove_value(schema: Schema) -> None:
    schema["properties"]["report_type"]["enum"].remove("aspiration")


def add_value(schema: Schema) -> None:
    schema["properties"]["report_type"]["enum"].append("praise")


def fix_value(schema: Schema) -> None:
    schema["properties"]["channel"]["enum"] = ["web"]


def free_value(schema: Schema) -> None:
    del schema["properties"]["report_type"]["enum"]


def tighten_length(schema: Schema) -> None:
    schema["properties"]["title"]["maxLength"] = 80


def loosen_length(schema: Schema) -> None:
    schema["properties"]["title"]["maxLength"] = 400


def raise_minimum(schema: Schema) -> None:
    schema["properties"]["title"]["minLength"] = 10


def new_limit(schema: Schema) -> None:
    schema["properties"]["attachments"]["maxItems"] = 5


def lose_limit(schema: Schema) -> None:
    del schema["properties"]["title"]["maxLength"]


def change_pattern(schema: Schema) -> None:
    schema["properties"]["tracking_id"]["pattern"] = "^[0-9]{12}$"


def change_format(schema: Schema) -> None:
    schema["properties"]["received_at"]["format"] = "date"


def nested(schema: Schema) -> None:
    schema["$defs"]["Attachment"]["properties"]["size"]["type"] = "string"


def nested_in_optional(schema: Schema) -> None:
    schema["$defs"]["Place"]["required"] = ["area_code"]


def change_default(schema: Schema) -> None:
    schema["properties"]["attachments"]["default"] = [{"id": "none"}]


def close(schema: Schema) -> None:
    schema["additionalProperties"] = False


@pytest.mark.parametrize(
    ("change", "field", "says"),
    [
        (drop_title, "title", "removed"),
        (drop_optional, "category", "removed"),
        (rename, "narrative", "removed"),
        (rename, "story", "new and required"),
        (add_required, "priority", "new and required"),
        (require_optional, "category", "became required"),
        (no_longer_required, "title", "became optional"),
        (number_for_text, "title", "may no longer be string"),
        (may_be_null, "title", "may now be null"),
        (no_longer_null, "occurred_on", "may no longer be null"),
        (remove_value, "report_type", 'value "aspiration" removed'),
        (add_value, "report_type", 'value "praise" added'),
        (fix_value, "channel", "now limited"),
        (free_value, "report_type", "no longer limited"),
        (tighten_length, "title", "maxLength tightened"),
        (loosen_length, "title", "maxLength loosened"),
        (raise_minimum, "title", "minLength tightened"),
        (new_limit, "attachments", "maxItems tightened"),
        (lose_limit, "title", "maxLength loosened"),
        (change_pattern, "tracking_id", "pattern changed"),
        (change_format, "received_at", "format changed"),
        (nested, "attachments[].size", "may now be string"),
        (nested_in_optional, "place.area_code", "became required"),
        (change_default, "attachments", "default"),
        (close, "body", "additionalProperties changed"),
    ],
)
def test_breaking(change: Change, field: str, says: str) -> None:
    lines = [line for line in changed(REGISTERED, change) if f"{field}" in line and says in line]
    assert lines, changed(REGISTERED, change)
    assert lines[0].startswith("id.lapor.complaint.registered.v1: ")


def test_part_shared_by_fields_is_named_where_it_is() -> None:
    def change(schema: Schema) -> None:
        schema["$defs"]["Limit"]["properties"]["unit"]["enum"].append("weeks")

    expected = 'field limit.unit: value "weeks" added, which readers do not expect'
    assert changed(LIMIT_MISSED, change) == [f"id.lapor.escalation.limit-missed.v1: {expected}"]


def add_optional(schema: Schema) -> None:
    schema["properties"]["language"] = {"anyOf": [{"type": "string"}, {"type": "null"}], "default": None}


def add_optional_part(schema: Schema) -> None:
    schema["$defs"]["Place"]["properties"]["plus_code"] = {"type": "string", "default": ""}


def reword(schema: Schema) -> None:
    schema["description"] = "Said better."
    schema["properties"]["title"]["title"] = "Heading"


def reorder(schema: Schema) -> None:
    schema["required"].reverse()
    schema["properties"] = dict(reversed(schema["properties"].items()))
    schema["properties"]["report_type"]["enum"].reverse()


@pytest.mark.parametrize("change", [add_optional, add_optional_part, reword, reorder])
def test_not_breaking(change: Change) -> None:
    assert changed(REGISTERED, change) == []


@pytest.mark.parametrize("event_type", sorted(EVENTS))
def test_nothing_breaks_itself(event_type: str) -> None:
    assert breaking_changes(schema_of(EVENTS[event_type]), schema_of(EVENTS[event_type])) == []


@pytest.mark.parametrize("event_type", sorted(EVENTS))
def test_loss_of_any_field_is_seen(event_type: str) -> None:
    schema = schema_of(EVENTS[event_type])
    for field in schema.get("properties", {}):
        new = copy.deepcopy(schema)
        del new["properties"][field]
        assert any(f"field {field} removed" in line for line in breaking_changes(schema, new))
