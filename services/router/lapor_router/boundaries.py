"""Coordinates to regencies: polygons from an operator's GeoJSON file, or without one the nearest known place."""

from __future__ import annotations

import gzip
import json
import math
import re
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import shapely  # type: ignore[import-untyped]

from lapor_router.domain.area import Area, locate
from lapor_router.domain.places.policy import FAR_METRES, POINT

# Names that such files give to Kemendagri's code.
CODE_PROPERTIES = ("kode", "code", "kd_wilayah", "kode_wilayah", "kdppum", "kdpkab", "kode_kab", "kodekab")
METRES_PER_DEGREE = 111_320.0
_REGENCY_CODE = re.compile(r"(\d{2})\.?(\d{2})(?:\D.*|\.?\d{2}(?:\.?\d{4})?)?$")


class BadBoundaries(Exception):  # noqa: N818 - what an operator reads
    """`file: feature 3: what is wrong`."""


class Boundaries:
    """Polygons of regencies, or of what lies inside them. Answers in some 20 microseconds."""

    sure: float = POINT

    def __init__(self, shapes: list[Any], areas: list[Area]) -> None:
        self._areas = areas
        self._shapes = np.array(shapes, dtype=object)
        self._tree = shapely.STRtree(shapes)
        shapely.prepare(self._shapes)

    def __len__(self) -> int:
        return len(self._areas)

    @classmethod
    def load(cls, path: Path) -> Boundaries:
        """`.geojson`, or the same with `.gz`. Raises BadBoundaries."""
        shapes, areas = [], []
        for at, feature in _features(path):
            areas.append(_area(path, at, feature))
            shapes.append(_shape(path, at, feature))
        if not shapes:
            raise BadBoundaries(f"{path}: no features")
        return cls(shapes, areas)

    def regency(self, latitude: float, longitude: float) -> tuple[Area, float] | None:
        """With the distance in metres, 0 inside. None farther than 25 km from every polygon, or for no numbers."""
        if not on_earth(latitude, longitude):
            return None
        point = shapely.Point(longitude, latitude)
        inside = self._tree.query(point, predicate="intersects")
        if len(inside):
            return self._areas[int(inside[0])], 0.0
        near = self._tree.query_nearest(point, max_distance=FAR_METRES / METRES_PER_DEGREE * 1.1)
        if not len(near):
            return None
        line = shapely.shortest_line(point, self._shapes[int(near[0])])
        (x1, y1), (x2, y2) = shapely.get_coordinates(line)
        metres = metres_between(y1, x1, y2, x2)
        return (self._areas[int(near[0])], metres) if metres <= FAR_METRES else None


def _features(path: Path) -> Iterator[tuple[int, Any]]:
    """Features, counted from 1."""
    try:
        raw = path.read_bytes()
        if path.suffix == ".gz" or raw[:2] == b"\x1f\x8b":
            raw = gzip.decompress(raw)
        loaded = json.loads(raw)
    except OSError as error:
        raise BadBoundaries(f"{path}: {error.strerror or 'is no gzip file'}") from None
    except (EOFError, zlib.error):
        raise BadBoundaries(f"{path}: the gzip file ends too early or is damaged") from None
    except (ValueError, RecursionError) as error:
        raise BadBoundaries(f"{path}: is no JSON: {str(error)[:100]}") from None
    if not isinstance(loaded, dict) or loaded.get("type") != "FeatureCollection":
        raise BadBoundaries(f"{path}: is no GeoJSON FeatureCollection")
    features = loaded.get("features")
    if not isinstance(features, list):
        raise BadBoundaries(f"{path}: has no list of features")
    yield from enumerate(features, start=1)


def _area(path: Path, at: int, feature: Any) -> Area:
    properties = feature.get("properties") if isinstance(feature, dict) else None
    if not isinstance(properties, dict):
        raise BadBoundaries(f"{path}: feature {at}: has no properties")
    lower = {str(key).lower(): value for key, value in properties.items()}
    code = next((lower[name] for name in CODE_PROPERTIES if lower.get(name)), None)
    if code is None:
        raise BadBoundaries(f"{path}: feature {at}: no code property ({', '.join(CODE_PROPERTIES)})")
    found = _REGENCY_CODE.fullmatch(str(code).strip())
    area = locate(f"{found[1]}.{found[2]}") if found else None
    if area is None or area.regency is None:
        raise BadBoundaries(f"{path}: feature {at}: {str(code)[:40]!r} is no regency's Kemendagri code")
    return area


def _shape(path: Path, at: int, feature: Mapping[str, Any]) -> Any:
    geometry = feature.get("geometry")
    if not isinstance(geometry, dict) or geometry.get("type") not in {"Polygon", "MultiPolygon"}:
        raise BadBoundaries(f"{path}: feature {at}: is no Polygon and no MultiPolygon")
    try:
        rings = geometry["coordinates"] if geometry["type"] == "MultiPolygon" else [geometry["coordinates"]]
        shape = shapely.multipolygons([_polygon(one) for one in rings])
    except (KeyError, IndexError, TypeError, ValueError, shapely.errors.ShapelyError) as error:
        raise BadBoundaries(f"{path}: feature {at}: its coordinates are wrong: {str(error)[:80]}") from None
    west, south, east, north = shape.bounds
    if not (-180 <= west <= east <= 180 and -90 <= south <= north <= 90):
        raise BadBoundaries(f"{path}: feature {at}: its coordinates are no degrees of longitude and latitude")
    return shape


def _polygon(rings: Any) -> Any:
    return shapely.polygons(_ring(rings[0]), [_ring(hole) for hole in rings[1:]] or None)


def _ring(points: Any) -> Any:
    return shapely.linearrings(np.asarray(points, dtype=float)[:, :2])


def on_earth(latitude: float, longitude: float) -> bool:
    return -90 <= latitude <= 90 and -180 <= longitude <= 180  # false for NaN too


def metres_between(y1: float, x1: float, y2: float, x2: float) -> float:
    """Along a plane: right to some metres at these distances."""
    east = (x2 - x1) * math.cos(math.radians((y1 + y2) / 2))
    return math.hypot(east, y2 - y1) * METRES_PER_DEGREE
