"""The catalogue of topics, loaded from topics.yaml: names, kinds, who writes, who reads, what it holds."""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path
from typing import Literal

import yaml
from pydantic import BaseModel, ConfigDict

from lapor_contracts.events import EVENTS

Kind = Literal["core", "outlet", "edge", "register", "tallies", "dead_letters"]
SERVICES = ("intake", "router", "escalation", "notifier")
OUTSIDE = ("channel", "agency", "ombudsman", "decider", "operator", "oversight")
EACH_SERVICE = "each service"


class Topic(BaseModel):
    """One topic, or with a {…} in its name a family of topics."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    meaning: str
    kind: Kind
    key: str
    writer: str
    readers: tuple[str, ...]
    partitions: int
    retention_days: int
    events: tuple[str, ...]
    numbered: bool | None = None

    @property
    def family(self) -> bool:
        return "{" in self.name

    @property
    def prefix(self) -> str:
        """The name up to the code: `lapor.agency.` of `lapor.agency.{code}`; a plain name is its own prefix."""
        return self.name.partition("{")[0]

    @property
    def has_numbers(self) -> bool:
        return self.kind in ("core", "outlet", "register") if self.numbered is None else self.numbered

    @property
    def compacted(self) -> bool:
        return self.retention_days < 0

    @property
    def stamped_by_broker(self) -> bool:
        """On an edge topic what counts is when the broker got it: nobody can backdate."""
        return self.kind == "edge"

    def of(self, code: str) -> str:
        """The name of the family's topic for `code`."""
        return self.prefix + code

    def matches(self, name: str) -> bool:
        if not self.family:
            return name == self.name
        return re.fullmatch(re.escape(self.prefix) + r"[a-z0-9-]+", name) is not None

    def code_of(self, name: str) -> str:
        """Who it is for or from: the code in a family's topic name."""
        return name.removeprefix(self.prefix)

    @property
    def writers(self) -> tuple[str, ...]:
        return SERVICES if self.writer == EACH_SERVICE else (self.writer,)


def _path() -> Path:
    here = Path(__file__).parent
    packaged = here / "topics.yaml"
    return packaged if packaged.exists() else here.parent / "topics.yaml"


@cache
def topics() -> tuple[Topic, ...]:
    """All topics in the catalogue's order. Raises ValueError where an event has no model."""
    loaded = tuple(Topic(**entry) for entry in yaml.safe_load(_path().read_text())["topics"])
    for topic in loaded:
        for event in topic.events:
            if event not in EVENTS:
                raise ValueError(f"topics.yaml: {topic.name} lists {event}, which has no model")
    return loaded


@cache
def topic(name: str) -> Topic:
    """The topic, or the family that it belongs to. Raises KeyError for a name outside the catalogue."""
    for candidate in topics():
        if candidate.name == name or candidate.matches(name):
            return candidate
    raise KeyError(f"no topic {name} in the catalogue")


def read_by(reader: str, *kinds: Kind) -> tuple[Topic, ...]:
    return tuple(t for t in topics() if reader in t.readers and (not kinds or t.kind in kinds))


def written_by(writer: str, *kinds: Kind) -> tuple[Topic, ...]:
    return tuple(t for t in topics() if writer in t.writers and (not kinds or t.kind in kinds))
