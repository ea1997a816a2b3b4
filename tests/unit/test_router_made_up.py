"""1,280 made-up complaints of all of Indonesia: how many are read right may rise, and not fall.

`tests/made_up/README.md` says what they are. Nobody is named in them, so errors may be looked at:
`make bench-router TEXTS=tests/made_up/texts_3.csv`.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

import pytest
from lapor_router.domain.places.gazetteer import Gazetteer
from lapor_router.domain.places.words import find_by_words
from lapor_router.domain.reading import ReportReader
from lapor_router.loading import load
from lapor_router.readers import load_reader

MADE_UP = Path(__file__).parents[1] / "made_up"
FILES = sorted(MADE_UP.glob("*.csv"))
# Of each file, a point below what was measured: regencies found, of those found wrong, the type first and in three.
HELD: dict[str, tuple[float, float, float, float]] = {
    "texts_1": (0.87, 0.02, 0.98, 0.99),
    "texts_2": (0.78, 0.03, 0.93, 0.98),
    "texts_3": (0.73, 0.045, 0.93, 0.98),
    "texts_4": (0.745, 0.03, 0.94, 0.98),
    "texts_5": (0.785, 0.035, 0.94, 0.98),
    "texts_6": (0.77, 0.055, 0.91, 0.955),
    "texts_7": (0.73, 0.03, 0.825, 0.915),
}
Row = dict[str, str]


@cache
def reader() -> ReportReader:
    return load_reader(load())


def gazetteer() -> Gazetteer:
    return reader().gazetteer


def rows(path: Path) -> list[Row]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def regency(row: Row) -> str | None:
    area = find_by_words(f"{row['judul']}\n{row['text']}", gazetteer()).area
    return area.regency if area else None


def test_there_are_texts() -> None:
    assert sum(len(rows(path)) for path in FILES) == 1_280


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_most_places_are_found_and_few_of_them_are_wrong(path: Path) -> None:
    placed = [(row["wilayah_kode"], regency(row)) for row in rows(path) if row["wilayah_kode"]]
    right = sum(found == label for label, found in placed)
    wrong = sum(found not in (label, None) for label, found in placed)
    least, most, *_ = HELD[path.stem]
    assert right / len(placed) >= least
    assert wrong / (right + wrong) <= most


def test_where_a_text_says_no_place_none_is_found() -> None:
    unplaced = [row for path in FILES for row in rows(path) if not row["wilayah_kode"]]
    assert sum(regency(row) is not None for row in unplaced) / len(unplaced) <= 0.01


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_most_texts_are_given_the_type_of_body_that_has_the_authority(path: Path) -> None:
    found = [(row["sektor"], reader().by_words(row["judul"], row["text"]).sectors) for row in rows(path)]
    first = sum(bool(sectors) and sectors[0][0] == label for label, sectors in found)
    among = sum(label in [name for name, _ in sectors[:3]] for label, sectors in found)
    *_, least, least_of_three = HELD[path.stem]
    assert first / len(found) >= least
    assert among / len(found) >= least_of_three
