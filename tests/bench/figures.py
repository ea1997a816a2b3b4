"""A figure, what it must reach, and how all of them are shown and kept."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """`reference`: what stands beside it (the bare loop on the same records, the pipeline on an empty database)
    in the same unit, and `ratio` to it. `n`: how many were measured."""

    name: str
    value: float
    unit: str
    n: int
    note: str
    reference: float | None = None

    @property
    def ratio(self) -> float | None:
        return self.value / self.reference if self.reference else None


@dataclass(frozen=True, slots=True)
class Target:
    """`of` the figure: its ratio to the reference, or its value. `least`, else `most`."""

    bound: float
    of: Callable[[Figure], float | None]
    least: bool = True

    def met(self, figure: Figure) -> bool:
        found = self.of(figure)
        return found is not None and (found >= self.bound if self.least else found <= self.bound)

    def words(self) -> str:
        sign = "≥" if self.least else "≤"
        return f"{sign} {self.bound:,g}" + (" x" if self.of is _ratio else "")


def _ratio(figure: Figure) -> float | None:
    return figure.ratio


def _value(figure: Figure) -> float:
    return figure.value


COLUMNS: dict[str, Literal["left", "right"]] = {
    "figure": "left", "value": "right", "reference": "right", "ratio": "right", "demanded": "right", "met": "left",
    "n": "right",
}  # fmt: skip
TARGETS: dict[str, Target] = {
    "router": Target(0.7, _ratio),
    "escalation": Target(0.7, _ratio),
    "notifier": Target(0.7, _ratio),
    "intake": Target(0.1, _ratio),
    "mails_per_s": Target(500, _value),
    "pipeline": Target(1000, _value),
    "latency_p99_ms": Target(300, _value, least=False),
    **{f"rss_{name}_mb": Target(150, _value, least=False) for name in ("intake", "escalation", "notifier")},
    "rss_router_mb": Target(250, _value, least=False),  # with the places and bodies of all of Indonesia
    "idle_rss_mb": Target(1500, _value, least=False),
    "idle_cpu_percent": Target(10, _value, least=False),
    "start_to_first_assignment_s": Target(20, _value, least=False),
    "pipeline_1m": Target(0.9, _ratio),
}


def met(figure: Figure) -> bool | None:
    """None where nothing is demanded of it."""
    target = TARGETS.get(figure.name)
    return target.met(figure) if target else None


def write(figures: Sequence[Figure], path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    rows = [
        {
            "name": figure.name, "value": _short(figure.value), "unit": figure.unit,
            "reference": _short(figure.reference), "ratio": _short(figure.ratio), "n": figure.n, "note": figure.note,
        }
        for figure in figures
    ]  # fmt: skip
    path.write_text(json.dumps(rows, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def table(figures: Sequence[Figure]) -> Table:
    shown = Table(title="make bench", show_lines=False)
    for name, justify in COLUMNS.items():
        shown.add_column(name, justify=justify)
    for figure in figures:
        target, is_met = TARGETS.get(figure.name), met(figure)
        shown.add_row(
            figure.name,
            f"{_shown(figure.value)} {figure.unit}",
            _shown(figure.reference),
            "" if figure.ratio is None else f"{figure.ratio:.2f}",
            target.words() if target else "stated",
            "" if is_met is None else "[green]yes[/green]" if is_met else "[bold red]no[/bold red]",
            f"{figure.n:,}",
        )
    return shown


def _shown(value: float | None) -> str:
    if value is None:
        return ""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}"


def _short(value: float | None) -> float | None:
    """Three digits after the point say more than was measured."""
    return None if value is None else round(value, 3)
