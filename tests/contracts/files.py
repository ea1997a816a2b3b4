"""The files under contracts/ that the tests hold against the models."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from lapor_contracts.export import CONTRACTS

SCHEMAS = CONTRACTS / "schemas"
EXAMPLES = CONTRACTS / "examples"


def load(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8"))


def schema(event_type: str) -> Any:
    return load(SCHEMAS / f"{event_type}.json")


def example(event_type: str) -> Any:
    return load(EXAMPLES / f"{event_type}.json")
