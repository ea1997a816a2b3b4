"""In which order a service hears what is written: by number within a topic, and never before what was known."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Letter:
    """`at`: the minute in which it was written."""

    topic: str
    number: int
    after: Mapping[str, int]
    event: Any
    at: int


@dataclass
class Inbox:
    hear: Callable[[Letter, int], None]
    heard: dict[str, int] = field(default_factory=dict)
    waiting: list[Letter] = field(default_factory=list)

    def take(self, letter: Letter, now: int) -> None:
        """A repeat is nothing. What waits is tried again, the one that came first before the others."""
        if self._is_next(letter):
            self._hear(letter, now)
        elif letter.number > self.heard.get(letter.topic, 0) and letter not in self.waiting:
            self.waiting.append(letter)
        while True:
            self.waiting = [one for one in self.waiting if one.number > self.heard.get(one.topic, 0)]
            ready = next((one for one in self.waiting if self._is_next(one)), None)
            if ready is None:
                return
            self._hear(ready, now)

    def _hear(self, letter: Letter, now: int) -> None:
        self.heard[letter.topic] = letter.number
        self.hear(letter, now)

    def _is_next(self, letter: Letter) -> bool:
        return letter.number == self.heard.get(letter.topic, 0) + 1 and all(
            self.heard.get(topic, 0) >= number for topic, number in letter.after.items()
        )
