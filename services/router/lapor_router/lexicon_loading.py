"""The lexicon, its spelling and roots, and the taxonomy, from the data files; a fault is said with file and line."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path

from lapor_contracts.base import CategoryCode
from pydantic import TypeAdapter, ValidationError

from lapor_router.domain.categories import Category
from lapor_router.domain.lexicon import NOTHING_MEANT, WHOLE_SECTOR, Entry, Lexicon
from lapor_router.domain.phrases import ROOT, TOGETHER, Context, Phrases
from lapor_router.domain.rules import Rules
from lapor_router.domain.subject import Taxonomy, Topic
from lapor_router.domain.words import Language
from lapor_router.loading import PACKAGED, BadData, read_rows

LEXICON, SPELLING, ROOTS, TAXONOMY = "lexicon.csv", "spelling.csv", "roots.csv", "taxonomy.csv"
HEAVIEST = 10  # nobody means more by one word: a slip of the decimal point
_CODE: TypeAdapter[str] = TypeAdapter(CategoryCode)


def sectors_of(rules: Rules) -> dict[str, str]:
    """The agency type of each category that has an authority: that of the lead of its newest rule."""
    oldest_first = sorted(rules.matrix, key=lambda rule: rule.valid_from)
    return {rule.category: rules.sectors[rule.lead.kind] for rule in oldest_first if rule.lead.kind in rules.sectors}


def load_lexicon(categories: Mapping[str, Category], sector_of: Mapping[str, str], folder: Path = PACKAGED) -> Lexicon:
    """`sector_of`: the sector of each category, as `sectors_of` gives it. Raises BadData."""
    lines = list(read_rows(folder, LEXICON, ("words", "category", "weight")))
    entries = [_entry(at, row, categories, sector_of) for at, row in lines]
    numbered = [(at, entry) for (at, _), entry in zip(lines, entries, strict=True)]
    _once(LEXICON, ((at, f"{entry.words} | {entry.category.removeprefix(WHOLE_SECTOR)}") for at, entry in numbered))
    language = load_language(entries, folder)
    phrases: Phrases[Entry] = Phrases(language, Context())
    for at, entry in numbered:
        try:
            phrases.keys(entry.words)
        except ValueError as error:
            raise BadData(LEXICON, at, str(error)) from None
    return Lexicon(entries, language, categories, sector_of)


def load_roots(folder: Path = PACKAGED) -> set[str]:
    """Raises BadData."""
    return {row["root"] for _, row in read_rows(folder, ROOTS, ("root",))}


def load_language(entries: Iterable[Entry], folder: Path = PACKAGED) -> Language:
    """What is known beside the roots: the words of the lexicon, and what abbreviations stand for. Raises BadData."""
    roots = load_roots(folder)
    lines = list(read_rows(folder, SPELLING, ("written", "means")))
    _once(SPELLING, ((at, row["written"]) for at, row in lines))
    spelling = {row["written"]: row["means"] for _, row in lines}
    known = {part for means in spelling.values() for part in means.split() if part.isalpha()}
    for entry in entries:
        for word in entry.words.replace(TOGETHER, " ").split():
            if word.startswith(ROOT):
                roots.add(word.removeprefix(ROOT))
            else:
                known.update(word.split("-"))
    return Language(spelling, roots, known)


def load_taxonomy(categories: Mapping[str, Category], folder: Path = PACKAGED) -> Taxonomy:
    """Raises BadData."""
    lines = list(read_rows(folder, TAXONOMY, ("code", "name", "category")))
    _once(TAXONOMY, ((at, row["code"]) for at, row in lines))
    return Taxonomy(_topic(at, row, categories) for at, row in lines)


def _entry(at: int, row: dict[str, str], categories: Mapping[str, Category], sector_of: Mapping[str, str]) -> Entry:
    category = row["category"]
    if category != NOTHING_MEANT:
        name = category.removeprefix(WHOLE_SECTOR)
        if name not in categories:
            raise BadData(LEXICON, at, f"{name!r} is no category")
        if name not in sector_of:
            raise BadData(LEXICON, at, f"{name!r} has no authority in the matrix, or its kind no sector")
    try:
        weight = float(row["weight"])
    except ValueError:
        raise BadData(LEXICON, at, f"{row['weight']!r} is no weight") from None
    if not -HEAVIEST <= weight <= HEAVIEST:
        raise BadData(LEXICON, at, f"the weight {row['weight']} is not between -{HEAVIEST} and {HEAVIEST}")
    return Entry(row["words"], category, weight)


def _topic(at: int, row: dict[str, str], categories: Mapping[str, Category]) -> Topic:
    try:
        code = _CODE.validate_python(row["code"])
    except ValidationError:
        raise BadData(TAXONOMY, at, f"{row['code']!r} is no code: a main topic, or main topic/sub-topic") from None
    if row["category"] not in categories:
        raise BadData(TAXONOMY, at, f"{row['category']!r} is no category")
    return Topic(code, row["name"], row["category"])


def _once(file: str, lines: Iterable[tuple[int, str]]) -> None:
    first: dict[str, int] = {}
    for at, what in lines:
        if what in first:
            raise BadData(file, at, f"{what!r} stands in line {first[what]} too")
        first[what] = at
