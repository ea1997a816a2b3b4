"""How many dead letters are too many: on core topics the service stops; an outsider's are only counted."""

from __future__ import annotations

from collections import deque
from typing import Any

from lapor_contracts.catalogue import topic as topic_of

from lapor_chassis.batch import Batch
from lapor_chassis.clock import monotonic
from lapor_chassis.errors import TooManyDeadLetters
from lapor_chassis.logging import get_logger

MINUTE = 60.0
log = get_logger("lapor.throttle")


class Window:
    """Counts what happened in the last minute."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._at: deque[float] = deque()

    def over(self, count: int) -> bool:
        now = monotonic()
        self._at.extend([now] * count)
        while self._at and self._at[0] < now - MINUTE:
            self._at.popleft()
        return len(self._at) > self._limit

    @property
    def full(self) -> bool:
        return self.over(0) or len(self._at) == self._limit


class Throttle:
    def __init__(self, core_limit: int, outsider_limit: int) -> None:
        self._core = Window(core_limit)
        self._outsider_limit = outsider_limit
        self._outsiders: dict[str, Window] = {}
        self._said_at: dict[str, float] = {}

    def after(self, batch: Batch[Any]) -> None:
        """After a committed batch with dead letters. Raises TooManyDeadLetters for core topics."""
        by_topic: dict[str, int] = {}
        for dead in batch.dead:
            by_topic[dead.record.topic] = by_topic.get(dead.record.topic, 0) + 1
        for topic, count in by_topic.items():
            if topic_of(topic).kind != "edge" and self._core.over(count):
                raise TooManyDeadLetters(f"too many dead letters from {topic} in a minute: is this the right version?")

    def allows(self, topic: str) -> bool:
        """Whether one more dead letter of this edge topic is kept and answered. Beyond the limit they are
        counted only, with one alarm a minute: reading goes on, so rubbish holds nobody else."""
        window = self._outsiders.setdefault(topic, Window(self._outsider_limit))
        if not window.full:
            window.over(1)
            return True
        now = monotonic()
        if now - self._said_at.get(topic, -MINUTE) >= MINUTE:
            self._said_at[topic] = now
            log.error("an outsider writes too much that cannot be taken: it is only counted for now", topic=topic)
        return False
