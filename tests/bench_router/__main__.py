"""`python -m tests.bench_router --out build/router.json [--texts a.csv [--train b.csv]]`: see `make bench-router`.

Only counts and shares are printed and kept, never a text.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from tests.bench_router import area, decision, learned, speed
from tests.bench_router.parts import Parts, parts
from tests.bench_router.reads import Read
from tests.bench_router.texts import BadTexts, Row, read

REPOSITORY = Path(__file__).parents[2]
DEV = REPOSITORY.parent / "shared" / "data" / "complaints" / "lapor_2017_dev.csv"
RISK, WIDER_RISK = 0.02, 0.05
CONFUSIONS = 25


def main() -> int:
    arguments = _arguments()
    texts = arguments.texts or DEV
    began = time.monotonic()
    try:
        rows = read(texts)
        training = read(arguments.train) if arguments.train else None
    except BadTexts as error:
        print(f"bench-router: {error}", file=sys.stderr)
        return 1
    loaded = parts()
    figures = measure(rows, training, loaded, folds=arguments.texts is None, risk=arguments.risk)
    if area.DISTRICTS.is_file() and area.REGENCIES.is_file():
        figures |= area.points()
    figures |= speed.measured(texts.resolve(), REPOSITORY)
    figures["seconds"] = round(time.monotonic() - began)
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    arguments.out.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    show(figures)
    return 0


def measure(
    rows: Sequence[Row], training: Sequence[Row] | None, loaded: Parts, *, folds: bool, risk: float
) -> dict[str, Any]:
    """`folds`: learn from the rows themselves, in folds; else from `training`, or not at all."""
    alone = learned.read_alone(rows, loaded)
    if training is not None:
        reads = learned.read_after(rows, training, loaded)
    else:
        reads = learned.read_in_folds(rows, loaded) if folds else alone
    typed = [one for one in reads if one.row.typed]
    figures: dict[str, Any] = {
        "rows": len(rows),
        "rows_without_type": sum(row.sector is None for row in rows),
        "rows_to_umbrellas": sum(row.sector is not None and not row.typed for row in rows),
        "area": area.measure([_columns(row) for row in rows], loaded.gazetteer),
        "type_lexicon": learned.ranks((one.row, one.lexicon) for one in typed),
        "type_learned": learned.ranks((one.row, one.about) for one in typed),
        "risk": risk,
        "decision": decision.figures(typed, loaded, risk),
        "decision_lexicon": decision.figures([_alone(one) for one in typed], loaded, risk),
        f"decision_at_{WIDER_RISK:.0%}": decision.figures(typed, loaded, WIDER_RISK),
        "type_decision": decision.by_type(typed, risk),
        f"type_decision_at_{WIDER_RISK:.0%}": decision.by_type(typed, WIDER_RISK),
        "coverage_at_2%": learned.coverage(typed, 0.02),
        "coverage_at_5%": learned.coverage(typed, 0.05),
    }
    labelled = [one for one in reads if one.row.sector is not None]
    figures["with_umbrellas"] = {
        "type_lexicon": learned.ranks((one.row, one.lexicon) for one in labelled),
        "type_learned": learned.ranks((one.row, one.about) for one in labelled),
        "type_decision": decision.by_type(labelled, risk),
    }
    figures["confusion"] = decision.confusion(typed)[:CONFUSIONS]
    return figures


def _columns(row: Row) -> dict[str, str]:
    return {"judul": row.title, "text": row.text, "wilayah_kode": row.area or ""}


def _alone(one: Read) -> Read:
    return Read(one.row, one.lexicon, one.lexicon, None)


def show(figures: dict[str, Any]) -> None:
    table = Table("figure", "value")
    for key, value in figures.items():
        if key == "confusion":
            continue
        shown = ", ".join(f"{name} {part}" for name, part in value.items()) if isinstance(value, dict) else str(value)
        table.add_row(key, shown)
    Console(width=160).print(table)
    wrong = Table("addressed", "read as", "rows")
    for addressed, seen, count in figures["confusion"]:
        wrong.add_row(addressed, seen, str(count))
    Console(width=160).print(wrong)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="bench_router")
    parser.add_argument("--out", type=Path, default=Path("build/router.json"))
    parser.add_argument("--texts", type=_path, help="a csv with the columns judul,text,instansi,wilayah_kode")
    parser.add_argument("--train", type=_path, help="another one to learn from; without it nothing is learned")
    parser.add_argument("--risk", type=float, default=RISK)
    return parser.parse_args()


def _path(given: str) -> Path | None:
    """make passes an empty string for what was not given."""
    return Path(given) if given else None


if __name__ == "__main__":
    sys.exit(main())
