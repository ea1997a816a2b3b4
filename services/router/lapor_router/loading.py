"""The data files, loaded and checked: what is wrong is said with file and line, and nothing starts."""

from __future__ import annotations

import csv
import hashlib
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import TypeVar

from lapor_contracts.agencies import AgencyEntry
from pydantic import TypeAdapter, ValidationError

from lapor_router import checks
from lapor_router.domain.categories import Categories, Category
from lapor_router.domain.existence import Existence
from lapor_router.domain.matrix import Matrix, Rule
from lapor_router.domain.register import Body, FormerName, Register
from lapor_router.domain.rules import Rules
from lapor_router.domain.usual import Province, Template

PACKAGED = Path(__file__).parent / "data"
FILES = (
    "categories.csv", "kinds.csv", "provinces.csv", "bodies.csv", "agencies.csv", "agency_names.csv",
    "agency_times.csv", "matrix.csv",
)  # fmt: skip
Row = dict[str, str]
T = TypeVar("T")
_BODY: TypeAdapter[Body] = TypeAdapter(Body)
_CATEGORY: TypeAdapter[Category] = TypeAdapter(Category)


class BadData(Exception):  # noqa: N818 - what an operator reads
    """`file:line: what is wrong`."""

    def __init__(self, file: str, line: int, what: str) -> None:
        super().__init__(f"{file}:{line}: {what}")


def load_agencies(path: Path) -> list[tuple[int, AgencyEntry]]:
    """A file with the columns of agencies.csv, with its line numbers. Raises BadData."""
    if not path.is_file():
        raise BadData(path.name, 0, "is not there")
    found = _rows(path.parent, path.name, _agency, checks.agency)
    for file, line, what in checks.agencies_alone(path.name, found):
        raise BadData(file, line, what)
    return found


def load_times(folder: Path = PACKAGED) -> list[Existence]:
    """When bodies existed. Raises BadData."""
    return [time for _, time in _times(folder)]


def load(folder: Path = PACKAGED) -> Rules:
    """Raises BadData."""
    for name in FILES:
        if not (folder / name).is_file():
            raise BadData(name, 0, f"is not in {folder}")
    categories = _rows(folder, "categories.csv", _category, checks.category)
    kinds = _rows(folder, "kinds.csv", _kind, checks.kind)
    provinces = _rows(folder, "provinces.csv", _province, checks.province)
    bodies = _rows(folder, "bodies.csv", Template.of, checks.template)
    agencies = _rows(folder, "agencies.csv", _agency, checks.agency)
    former = _rows(folder, "agency_names.csv", _former_name, checks.former_name)
    times = _times(folder)
    rules = _rows(folder, "matrix.csv", _rule, checks.rule)
    usual = _expanded(bodies, [province for _, province in provinces], {entry.code for _, entry in agencies})
    for file, line, what in checks.together(categories, agencies, usual, former, rules, kinds, times):
        raise BadData(file, line, what)
    return Rules(
        categories=Categories(category for _, category in categories),
        matrix=Matrix((rule for _, rule in rules), _version(folder, [rule for _, rule in rules])),
        known=Register(entry for _, entry in (*agencies, *usual)),
        former_names=tuple(name for _, name in former),
        sectors=dict(kind for _, kind in kinds),
    )


def _times(folder: Path) -> list[tuple[int, Existence]]:
    return _rows(folder, "agency_times.csv", _existence, checks.existence)


def _expanded(
    bodies: list[tuple[int, Template]], provinces: list[Province], written: set[str]
) -> list[tuple[int, AgencyEntry]]:
    """The usual bodies of every area, but those that have a line of their own in agencies.csv."""
    found = []
    for line, template in bodies:
        try:
            found += [(line, entry) for entry in template.expand(provinces) if entry.code not in written]
        except (ValueError, KeyError) as error:
            raise BadData("bodies.csv", line, str(error).partition("\n")[0]) from None
    return found


def _rows(folder: Path, file: str, make: Callable[[Row], T], check: Callable[[T], str | None]) -> list[tuple[int, T]]:
    """Line numbers with what stands there."""
    found = []
    for number, row in read_rows(folder, file):
        try:
            made = make(row)
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            field = ".".join(str(part) for part in first["loc"])
            raise BadData(file, number, f"{field}: {first['msg']}") from None
        except (ValueError, KeyError) as error:
            raise BadData(file, number, str(error)) from None
        if problem := check(made):
            raise BadData(file, number, problem)
        found.append((number, made))
    return found


def read_rows(folder: Path, file: str, columns: tuple[str, ...] | None = None) -> Iterator[tuple[int, Row]]:
    """Line numbers with their rows. `columns`: what the first line must say, and then no cell is empty.

    Raises BadData.
    """
    try:
        with (folder / file).open(newline="", encoding="utf-8") as opened:
            reader = csv.DictReader(opened, strict=True)
            if columns is not None and tuple(reader.fieldnames or ()) != columns:
                raise BadData(file, 1, f"the columns are not {','.join(columns)}")
            for row in reader:
                if columns is not None and (None in row or not all(row.values())):
                    raise BadData(file, reader.line_num, f"is not {len(columns)} filled columns")
                if None in row or None in row.values():
                    raise BadData(file, reader.line_num, "has another number of columns than the first line")
                yield reader.line_num, row
    except FileNotFoundError:
        raise BadData(file, 0, f"is not in {folder}") from None
    except UnicodeDecodeError:
        raise BadData(file, 0, "is not UTF-8") from None
    except csv.Error as error:
        raise BadData(file, 0, f"is no CSV: {error}") from None


def _category(row: Row) -> Category:
    return _CATEGORY.validate_python({**row, "out_of_scope": row["out_of_scope"] or None})


def _agency(row: Row) -> AgencyEntry:
    return AgencyEntry.model_validate({key: value or None for key, value in row.items()})


def _kind(row: Row) -> tuple[str, str]:
    return row["kind"], row["sector"]


def _province(row: Row) -> Province:
    return Province(
        code=row["province"],
        joined_on=_date(row["joined_on"]),
        ombudsman_office=row["ombudsman_office"],
        office=row["office"],
    )


def _former_name(row: Row) -> FormerName:
    return FormerName(
        code=row["code"], name=row["name"], valid_from=_date(row["valid_from"]), valid_to=_date(row["valid_to"])
    )


def _rule(row: Row) -> Rule:
    return Rule(
        id=row["id"],
        category=row["category"],
        lead=body(row["lead"]),
        copies=tuple(body(text) for text in row["copies"].split()),
        runner_up=body(row["runner_up"]) if row["runner_up"] else None,
        legal_basis=row["legal_basis"],
        valid_from=_date(row["valid_from"]),
        valid_to=_date(row["valid_to"]) if row["valid_to"] else None,
        area=row["area"] or None,
    )


def _existence(row: Row) -> Existence:
    return Existence(
        code=row["code"],
        start=_date(row["existed_from"]),
        end=_date(row["existed_to"]) if row["existed_to"] else None,
        legal_basis=row["legal_basis"],
    )


def body(text: str) -> Body:
    """`regency:pupr`. Raises ValueError."""
    level, colon, kind = text.partition(":")
    if not colon or not kind:
        raise ValueError(f"{text!r} is no body: level:kind, as in regency:pupr")
    return _BODY.validate_python({"level": level, "kind": kind})


def _date(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(f"{text!r} is no date: YYYY-MM-DD") from None


def _version(folder: Path, rules: list[Rule]) -> str:
    """The date of the newest rule, and the text's fingerprint."""
    digest = hashlib.sha256()
    for name in FILES:
        digest.update((folder / name).read_bytes())
    newest = max((rule.valid_from for rule in rules), default=None)
    return f"{newest}-{digest.hexdigest()[:8]}"
