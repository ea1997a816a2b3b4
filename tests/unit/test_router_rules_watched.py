"""The data files change while the router runs: taken when they are good, said once when they are not."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest
from lapor_router import watching
from lapor_router.desk import Desk
from lapor_router.domain.matrix import Matrix
from lapor_router.domain.rules import Question
from lapor_router.loading import BadData
from lapor_router.watching import DataFiles

from tests.support.router_life import NOW, RULES


@dataclass
class Watched:
    """A folder whose file says what loading does; nothing is as slow as the real data."""

    folder: Path
    taken: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    writes: int = 0
    files: DataFiles = field(init=False)

    def write(self, text: str, name: str = "matrix.csv") -> None:
        self.writes += 1
        path = self.folder / name
        path.write_text(text, encoding="utf-8")
        stat = path.stat()
        # The clock of a file system may be coarser than a test is fast.
        os.utime(path, ns=(stat.st_atime_ns, stat.st_mtime_ns + 1_000_000 * self.writes))

    def load(self, folder: Path) -> Any:
        text = (folder / "matrix.csv").read_text(encoding="utf-8")
        if text.startswith("wrong"):
            raise BadData("matrix.csv", 7, text)
        if text.startswith("bug"):
            raise KeyError(text)
        return replace(RULES, matrix=Matrix(RULES.matrix, text)), None

    def looks(self, count: int) -> None:
        async def look() -> None:
            for _ in range(count):
                await self.files.look(lambda rules, _: self.taken.append(rules.matrix.version))

        asyncio.run(look())


@pytest.fixture
def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Watched]:
    made = Watched(tmp_path)
    made.write("one")
    made.files = DataFiles(tmp_path, made.load)

    class Log:
        def error(self, what: str, **more: object) -> None:
            made.said.append(f"{what}: {more}")

        def info(self, what: str, **more: object) -> None: ...

    monkeypatch.setattr(watching, "log", Log())
    yield made


def test_what_did_not_change_is_not_read_again(watched: Watched) -> None:
    watched.looks(5)
    assert watched.taken == []


def test_a_change_is_taken_once_it_stands_still(watched: Watched) -> None:
    watched.write("two, longer")
    watched.looks(1)
    assert watched.taken == []
    watched.write("three, much longer")
    watched.looks(1)
    assert watched.taken == []
    watched.looks(3)
    assert watched.taken == ["three, much longer"]


def test_another_file_counts_too(watched: Watched) -> None:
    watched.write("a,b", "places_short.csv")
    watched.looks(2)
    assert watched.taken == ["one"]


def test_a_wrong_file_is_said_once_with_its_line_and_the_next_good_one_is_taken(watched: Watched) -> None:
    watched.write("wrong: a gap")
    watched.looks(6)
    assert watched.taken == []
    (said,) = watched.said
    assert "matrix.csv:7: wrong: a gap" in said
    watched.write("a good one again")
    watched.looks(3)
    assert watched.taken == ["a good one again"]


def test_whatever_a_file_holds_complaints_go_on(watched: Watched) -> None:
    watched.write("bug with a complaint's words")
    watched.looks(4)
    (said,) = watched.said
    assert "KeyError" in said and "words" not in said


def test_a_folder_that_is_away_for_a_while(watched: Watched) -> None:
    (watched.folder / "matrix.csv").unlink()
    watched.looks(4)
    assert len(watched.said) == 1
    watched.write("back")
    watched.looks(3)
    assert watched.taken == ["back"]


def test_the_desk_decides_by_the_new_ones_and_forgets_what_it_remembered() -> None:
    desk = Desk(RULES)
    desk.register = RULES.known
    asked = Question("jalan-rusak/kabupaten", None, NOW.date(), NOW.date())
    assert desk.decide(asked) is desk.decide(asked)
    before = desk.decide(asked)
    newer: Any = replace(RULES, matrix=Matrix([], "other"))
    no_words: Any = None
    desk.use(newer, no_words)
    after = desk.decide(asked)
    assert (getattr(before, "why", None), getattr(after, "why", None)) == ("no_area", "no_rule")
    assert desk.context.rules is newer and desk.register == RULES.known
