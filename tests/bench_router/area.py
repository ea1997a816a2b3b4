"""How often the place is right: from words on labelled texts, from points on polygons; and what that costs.

A text's label is the area of the body that was addressed. `python -m tests.bench_router.area` prints it all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from lapor_router.domain.findings import Where
from lapor_router.domain.places.gazetteer import Gazetteer
from lapor_router.domain.places.words import find_by_words
from lapor_router.places import load_gazetteer

from tests.bench_router.texts import area_code

Row = Mapping[str, str]


def measure(rows: Iterable[Row], gazetteer: Gazetteer | None = None) -> dict[str, float]:
    """`area` {right, wrong, abstained, n}: shares; rows without a label are left out. Of a row whose label is
    only a province, the province is asked for."""
    loaded = gazetteer or load_gazetteer()
    counts = {"right": 0, "wrong": 0, "abstained": 0}
    for row in rows:
        label = area_code(row["wilayah_kode"].strip())
        if label is not None:
            counts[judged(label, find_by_words(f"{row['judul']}\n{row['text']}", loaded))] += 1
    n = sum(counts.values())
    shares: dict[str, float] = {key: round(count / n, 4) if n else 0.0 for key, count in counts.items()}
    decided = counts["right"] + counts["wrong"]
    return shares | {"n": n, "wrong_of_decided": round(counts["wrong"] / decided, 4) if decided else 0.0}


def judged(label: str, where: Where) -> str:
    area = where.area
    if "." in label:
        if area is None or area.regency is None:
            return "abstained"
        return "right" if area.regency == label else "wrong"
    if area is None:
        return "abstained"
    return "right" if area.province == label else "wrong"
