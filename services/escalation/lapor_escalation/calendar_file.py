"""The operator's file of changes to the calendar: CSV with date,kind,name (LAPOR_CALENDAR_OVERRIDES)."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path
from typing import cast

from lapor_escalation.domain.decrees import FIRST_YEAR, KINDS, LAST_YEAR, Kind, Override
from lapor_escalation.domain.workdays import SATURDAY

COLUMNS = ["date", "kind", "name"]


def read(path: Path) -> tuple[Override, ...]:
    """Raises ValueError that names the line and what is wrong there, OSError where it cannot be read."""
    with path.open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if rows.fieldnames != COLUMNS:
            raise ValueError(f"the first line must be {','.join(COLUMNS)}")
        found: dict[tuple[date, bool], tuple[Override, int]] = {}
        for row in rows:
            override = _override(row, rows.line_num)
            key = (override.day, override.kind == "keputusan")
            if key in found:
                raise ValueError(f"line {rows.line_num}: {override.day} stands in line {found[key][1]} already")
            found[key] = (override, rows.line_num)
        return tuple(override for override, _ in found.values())


def _override(row: dict[str, str], line: int) -> Override:
    if row["kind"] not in KINDS:
        raise ValueError(f"line {line}: kind must be one of {', '.join(KINDS)}")
    try:
        day = date.fromisoformat(row["date"])
    except ValueError:
        raise ValueError(f"line {line}: date must look like 2026-03-20") from None
    if not FIRST_YEAR <= day.year <= LAST_YEAR:
        raise ValueError(f"line {line}: {day} is outside of the calendar's years, {FIRST_YEAR} to {LAST_YEAR}")
    if row["kind"] == "hari_kerja" and day.weekday() >= SATURDAY:
        raise ValueError(f"line {line}: {day} is a weekend: it cannot be made a working day")
    if not row["name"]:
        raise ValueError(f"line {line}: name is empty")
    return Override(day, cast(Kind, row["kind"]), row["name"])
