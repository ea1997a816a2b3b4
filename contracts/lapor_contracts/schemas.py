"""JSON Schemas (2020-12) of the events: what a reader in any language needs."""

from __future__ import annotations

import json
from typing import Any

from lapor_contracts.base import Event

DIALECT = "https://json-schema.org/draft/2020-12/schema"

Schema = dict[str, Any]


def schema_of(event: type[Event]) -> Schema:
    """As a reader has to take it: what has a default may be absent, what is unknown is ignored."""
    body = event.model_json_schema(mode="validation")
    return {"$schema": DIALECT, "$id": f"urn:lapor:{event.type}", **body}


def file_name(event_type: str) -> str:
    return f"{event_type}.json"


def to_text(document: object) -> str:
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
