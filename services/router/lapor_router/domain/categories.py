"""What a complaint may be about: categories by code, and those that are another body's matter by law."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

Scope = Literal["criminal_law", "legislation", "corruption", "personal", "political", "sara"]


@dataclass(frozen=True, slots=True)
class Category:
    """`out_of_scope`: why SP4N does not handle it; then `pointed_to` says who does."""

    code: str
    name_id: str
    name_en: str
    main_topic: str
    out_of_scope: Scope | None = None
    pointed_to: str = ""

    @property
    def topic(self) -> str:
        return topic_of(self.code)


class Categories(Mapping[str, Category]):
    def __init__(self, categories: Iterable[Category]) -> None:
        self._by_code = {category.code: category for category in categories}

    def __getitem__(self, code: str) -> Category:
        return self._by_code[code]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_code)

    def __len__(self) -> int:
        return len(self._by_code)

    def of_topic(self, topic: str) -> tuple[Category, ...]:
        """All categories under `jalan-rusak`, say."""
        return tuple(category for category in self._by_code.values() if category.topic == topic)


def topic_of(code: str) -> str:
    """`jalan-rusak` of `jalan-rusak/kabupaten`."""
    return code.partition("/")[0]
