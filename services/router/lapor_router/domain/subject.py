"""SP4N-LAPOR!'s own list of topics: 38 main topics and 929 sub-topics, and the category that each of them means."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Topic:
    """`code`: `perhubungan/parkir-liar`, or `perhubungan` for the main topic itself. `name`: as in the list.
    `category`: of ours."""

    code: str
    name: str
    category: str


class Taxonomy(Mapping[str, str]):
    """From a topic's code to the category that it means."""

    def __init__(self, topics: Iterable[Topic]) -> None:
        self._topics = {topic.code: topic for topic in topics}

    def __getitem__(self, code: str) -> str:
        return self._topics[code].category

    def __iter__(self) -> Iterator[str]:
        return iter(self._topics)

    def __len__(self) -> int:
        return len(self._topics)

    def category(self, code: str) -> str | None:
        """None for a code that is not in the list."""
        topic = self._topics.get(code)
        return topic.category if topic else None

    def topic(self, code: str) -> Topic | None:
        return self._topics.get(code)
