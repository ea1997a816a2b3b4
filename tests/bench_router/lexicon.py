"""How often the lexicon alone names the agency type that the operator addressed, and how fast.

`python -m tests.bench_router.lexicon [csv]`: all rows, and two halves by a hash of the row's number; entries were
written and errors looked at with the first half (A) only, so that B says what they are worth elsewhere.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from functools import cache
from pathlib import Path
from zlib import crc32

from lapor_router.domain.findings import About
from lapor_router.domain.lexicon import Lexicon
from lapor_router.lexicon_loading import load_lexicon, sectors_of
from lapor_router.loading import load

from tests.bench_router.texts import Row, read

DEV = Path(__file__).parents[3] / "shared" / "data" / "complaints" / "lapor_2017_dev.csv"
CHARACTERS = range(400, 601)
ROUNDS = 10


@cache
def lexicon() -> Lexicon:
    rules = load()
    return load_lexicon(rules.categories, sectors_of(rules))


def about(row: Row) -> About:
    return lexicon().read(row.text, row.title)


def roots(row: Row) -> tuple[str, ...]:
    """What a model learns from: the title's roots count twice."""
    language = lexicon().language
    title = language.roots(row.title)
    return (*title, *title, *language.roots(row.text))


def figures(rows: Iterable[Row], reader: Callable[[Row], About] = about) -> dict[str, float]:
    """`top1`, `top3`: the addressed type is the likeliest, or one of the three likeliest."""
    ranks = [_rank(row, reader(row)) for row in rows if row.typed]
    count = len(ranks)
    return {
        "top1": round(sum(rank < 1 for rank in ranks) / count, 4) if count else 0.0,
        "top3": round(sum(rank < 3 for rank in ranks) / count, 4) if count else 0.0,
        "n": count,
    }


def half(number: int) -> str:
    """`A` or `B`, of the row with that number."""
    return "AB"[crc32(str(number).encode()) % 2]


def microseconds(rows: Sequence[Row]) -> float:
    """Of processor time for a text of about 500 characters, the best of some rounds."""
    chosen = [row for row in rows if len(row.whole) in CHARACTERS]
    spent = []
    for _ in range(ROUNDS):
        began = time.process_time()
        for row in chosen:
            about(row)
        spent.append(time.process_time() - began)
    return round(min(spent) / len(chosen) * 1e6, 1) if chosen else 0.0


def _rank(row: Row, found: About) -> int:
    named = [sector for sector, _ in found.sectors]
    return named.index(row.sector) if row.sector in named else len(named) + 3


def main() -> None:
    rows = read(Path(sys.argv[1]) if len(sys.argv) > 1 else DEV)
    halves = {name: [row for number, row in enumerate(rows) if half(number) == name] for name in "AB"}
    print(
        json.dumps(
            {
                "type_lexicon": figures(rows),
                "half_a": figures(halves["A"]),
                "half_b": figures(halves["B"]),
                "microseconds": microseconds(rows),
            },
            indent=2,
        )
    )


if __name__ == "__main__":
    main()
