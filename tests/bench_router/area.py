"""How often the place is right: from words on labelled texts, from points on polygons; and what that costs.

A text's label is the area of the body that was addressed. `python -m tests.bench_router.area` prints it all.
"""

from __future__ import annotations

import csv
import gzip
import json
import random
import subprocess
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import shapely  # type: ignore[import-untyped]
from lapor_router.boundaries import Boundaries
from lapor_router.domain.findings import Where
from lapor_router.domain.places.gazetteer import Gazetteer
from lapor_router.domain.places.reports import Points
from lapor_router.domain.places.words import find_by_words
from lapor_router.nearest import NearestPlaces
from lapor_router.places import load_gazetteer

from tests.bench_router.texts import area_code

Row = Mapping[str, str]
SHARED = Path(__file__).parents[3] / "shared" / "data"
BOUNDARIES, DEV = SHARED / "boundaries", SHARED / "complaints" / "lapor_2017_dev.csv"


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


DISTRICTS, REGENCIES = BOUNDARIES / "kec_full.geojson.gz", BOUNDARIES / "kab_s003.geojson.gz"


def points(
    count: int = 5_000, districts: Path = DISTRICTS, regencies: Path = REGENCIES, seed: int = 7
) -> dict[str, Any]:
    """`point_regency`: share of random points inside districts' polygons whose regency is found; the district's
    code is the truth. `point_regency_without_file`: the same points by the nearest place."""
    drawn = _random_points(districts, count, random.Random(seed))  # noqa: S311 - a sample, no secret
    began = time.perf_counter()
    boundaries = Boundaries.load(regencies)
    loaded = time.perf_counter() - began
    began = time.perf_counter()
    right = _right(boundaries, drawn)
    each = (time.perf_counter() - began) / max(len(drawn), 1)
    return {
        "point_regency": round(right, 4),
        "point_regency_without_file": round(_right(NearestPlaces(load_gazetteer()), drawn), 4),
        "points": len(drawn),
        "point_us": round(each * 1e6, 1),
        "boundaries_s": round(loaded, 2),
    }


def _right(finder: Points, drawn: list[tuple[float, float, str]]) -> float:
    found = 0
    for latitude, longitude, regency in drawn:
        answer = finder.regency(latitude, longitude)
        found += answer is not None and answer[0].regency == regency
    return found / max(len(drawn), 1)


def _random_points(path: Path, count: int, chance: random.Random) -> list[tuple[float, float, str]]:
    """One in a random district each, anywhere inside its polygon."""
    features = json.loads(gzip.decompress(path.read_bytes()))["features"]
    drawn: list[tuple[float, float, str]] = []
    while len(drawn) < count:
        feature = chance.choice(features)
        shape = shapely.geometry.shape(feature["geometry"])
        west, south, east, north = shape.bounds
        for _ in range(200):
            point = shapely.Point(chance.uniform(west, east), chance.uniform(south, north))
            if shape.contains(point):
                drawn.append((point.y, point.x, feature["properties"]["kode"][:5]))
                break
    return drawn


def costs() -> dict[str, float]:
    """Of the gazetteer alone, in a process of its own: seconds to build, MB that it adds."""
    done = subprocess.run([sys.executable, "-c", _COSTS], capture_output=True, text=True, check=True)
    figures: dict[str, float] = json.loads(done.stdout)
    return figures


_COSTS = """
import json, time
from lapor_router.nearest import NearestPlaces
from lapor_router.places import load_gazetteer
def held(): return int(next(l for l in open("/proc/self/status") if l.startswith("VmRSS")).split()[1]) * 1024 / 1e6
before, began = held(), time.perf_counter()
kept = load_gazetteer()
print(json.dumps({"gazetteer_s": round(time.perf_counter() - began, 2), "gazetteer_mb": round(held() - before, 1)}))
"""


def microseconds(texts: Iterable[str], gazetteer: Gazetteer) -> float:
    """Of a text, one thread, the best of three rounds."""
    given = list(texts)
    rounds: list[float] = []
    for _ in range(3):
        began = time.perf_counter()
        for text in given:
            find_by_words(text, gazetteer)
        rounds.append((time.perf_counter() - began) / max(len(given), 1) * 1e6)
    return round(min(rounds), 1)


def main() -> None:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else DEV
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = list(csv.DictReader(file))
    loaded = load_gazetteer()
    texts = [text for text in (f"{row['judul']}\n{row['text']}" for row in rows) if 400 <= len(text) <= 600]
    figures = {"area": measure(rows, loaded), "text_us": microseconds(texts, loaded)} | costs() | points()
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
