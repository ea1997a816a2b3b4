"""The operator's file of changes to the calendar: CSV with date,kind,name (LAPOR_CALENDAR_OVERRIDES)."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import cast

from lapor_escalation.domain.decrees import KINDS, Kind, Override

COLUMNS = ["date", "kind", "name"]


def read(path: Path) -> tuple[Override, ...]:
    """Raises ValueError that names the line and what is wrong there, OSError where it cannot be read."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if rows.fieldnames != COLUMNS:
            raise ValueError(f"the first line must be {','.join(COLUMNS)}")
        return tuple(_override(row, rows.line_num) for row in rows)


def _override(row: dict[str, str], line: int) -> Override:
    if row["kind"] not in KINDS:
        raise ValueError(f"line {line}: kind must be one of {', '.join(KINDS)}")
    try:
        day = date.fromisoformat(row["date"])
    except ValueError:
        raise ValueError(f"line {line}: date must look like 2026-03-20") from None
    if not row["name"]:
        raise ValueError(f"line {line}: name is empty")
    return Override(day, cast(Kind, row["kind"]), row["name"])
