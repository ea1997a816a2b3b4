"""The complaint texts to measure on: any csv with the columns judul, text, instansi, wilayah_kode."""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from tests.bench_router.sectors import is_umbrella, sector_of

COLUMNS = ("judul", "text", "instansi", "wilayah_kode")
csv.field_size_limit(10_000_000)


class BadTexts(Exception):  # noqa: N818 - as BadData
    """What whoever gave the file reads."""


@dataclass(frozen=True, slots=True)
class Row:
    """`agency`: the body that the operator addressed. `area`: a Kemendagri code, `33` or `33.74`; None where unknown.

    `sector`: None where the name says no type. `typed`: it says one, and the body is no umbrella.
    """

    title: str
    text: str
    agency: str
    area: str | None

    @property
    def sector(self) -> str | None:
        return sector_of(self.agency)

    @property
    def typed(self) -> bool:
        return self.sector is not None and not is_umbrella(self.agency)

    @property
    def whole(self) -> str:
        return f"{self.title}\n{self.text}"


def read(path: Path) -> list[Row]:
    """Raises BadTexts: the file is missing, or a column."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file)
            missing = [column for column in COLUMNS if column not in (reader.fieldnames or ())]
            if missing:
                raise BadTexts(f"{path}: no column {', '.join(missing)} (needed: {','.join(COLUMNS)})")
            rows = [_row(record) for record in reader]
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise BadTexts(f"{path}: cannot be read ({error.__class__.__name__})") from None
    if not rows:
        raise BadTexts(f"{path}: no rows")
    return rows


def _row(record: dict[str, str | None]) -> Row:
    title, text, agency, area = ((record[column] or "").strip() for column in COLUMNS)
    return Row(title, text, agency, area_code(area))


def area_code(written: str) -> str | None:
    """Spreadsheets make numbers of codes: `31.0` is the province 31, `33.1` the regency 33.10."""
    found = re.fullmatch(r"(\d{2})(?:\.(\d{1,2}))?(?:\..*)?", written)
    if not found:
        return None
    province, regency = found[1], (found[2] or "").ljust(2, "0") if found[2] else ""
    return f"{province}.{regency}" if regency not in {"", "00"} else province
