"""What the reckoning found: counted by kind, with lines that say where to look."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

Kind = Literal["lost", "duplicated", "mail_repeats", "overtaken", "dead_letters", "refused", "unexplained"]
KINDS: tuple[Kind, ...] = (
    "lost", "duplicated", "mail_repeats", "overtaken", "dead_letters", "refused", "unexplained",
)  # fmt: skip
FAULTS: tuple[Kind, ...] = ("lost", "duplicated", "unexplained")
LINES = 50


@dataclass
class Reckoning:
    """`complaints`: accepted and registered. `kills`: those that count. `found`: a line for each thing counted."""

    complaints: int = 0
    kills: int = 0
    found: dict[Kind, list[str]] = field(default_factory=lambda: {kind: [] for kind in KINDS})
    checked: Counter[str] = field(default_factory=Counter)

    def add(self, kind: Kind, where: str, what: str) -> None:
        """`where`: a complaint, a topic, a mail: what it is looked up by."""
        self.found[kind].append(f"{where}: {what}")

    @property
    def ok(self) -> bool:
        return self.complaints > 0 and not any(self.found[kind] for kind in FAULTS)

    def as_json(self) -> dict[str, Any]:
        """`details`: at most 50 lines a kind. `checked`: how much was looked at, so that nothing passes by absence."""
        return {
            "complaints": self.complaints,
            "kills": self.kills,
            **{kind: len(lines) for kind, lines in self.found.items()},
            "ok": self.ok,
            "checked": dict(sorted(self.checked.items())),
            "details": {kind: lines[:LINES] for kind, lines in self.found.items() if lines},
        }

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.as_json(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
