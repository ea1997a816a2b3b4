"""Points to regencies, and which evidence of the place is believed first."""

from __future__ import annotations

import gzip
import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lapor_router.boundaries import BadBoundaries, Boundaries
from lapor_router.domain.area import Area, locate
from lapor_router.domain.findings import Where
from lapor_router.domain.places.gazetteer import Gazetteer
from lapor_router.domain.places.policy import NEAREST_PLACE, POINT
from lapor_router.domain.places.reports import Given, Points, locate_report
from lapor_router.nearest import NearestPlaces
from lapor_router.places import load_gazetteer

SEMARANG, SAMARINDA = (-7.0, 110.4), (-0.5, 117.15)


@cache
def gazetteer() -> Gazetteer:
    return load_gazetteer()


def square(code: object, west: float, south: float, **more: object) -> dict[str, Any]:
    ring = [[west, south], [west + 0.2, south], [west + 0.2, south + 0.2], [west, south + 0.2], [west, south]]
    return {
        "type": "Feature",
        "properties": {"kode": code, "nama": "x"},
        "geometry": {"type": "Polygon", "coordinates": [ring]},
    } | more


def collection(*features: object) -> str:
    return json.dumps({"type": "FeatureCollection", "features": features})


@pytest.fixture
def boundaries(tmp_path: Path) -> Boundaries:
    path = tmp_path / "two.geojson"
    path.write_text(collection(square("33.74", 110.3, -7.1), square("64.72", 117.05, -0.6)), encoding="utf-8")
    return Boundaries.load(path)


def report(points: Points | None, *, code: str | None = None, at: tuple[float, float] | None = None, text: str = "",
           place: str = "", known: tuple[str, ...] = ()) -> Where:  # fmt: skip
    latitude, longitude = at or (None, None)
    return locate_report(Given(code, latitude, longitude, text, place, known), gazetteer(), points)


def code_of(where: Where) -> str | None:
    return where.area.code if where.area else None


def test_inside_and_nearby(boundaries: Boundaries) -> None:
    assert boundaries.regency(*SEMARANG) == (locate("33.74"), 0.0)
    near = boundaries.regency(-7.0, 110.51)
    assert near is not None
    assert near[0] == locate("33.74")
    assert 1_000 < near[1] < 1_200
    assert boundaries.regency(-7.0, 111.0) is None


@settings(deadline=None)  # the first point loads the places
@given(st.floats(), st.floats())
def test_any_numbers_get_an_answer(latitude: float, longitude: float) -> None:
    for points in (Boundaries([], []), NEAREST):
        found = points.regency(latitude, longitude)
        assert found is None or isinstance(found[0], Area)


def test_gzip_and_districts_codes_without_dots(tmp_path: Path) -> None:
    path = tmp_path / "districts.geojson.gz"
    path.write_bytes(gzip.compress(collection(square(337401, 110.3, -7.1)).encode()))
    found = Boundaries.load(path).regency(*SEMARANG)
    assert found == (locate("33.74"), 0.0)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ("{", "JSON"),
        ("[]", "FeatureCollection"),
        ('{"type":"FeatureCollection"}', "list of features"),
        (collection(), "no features"),
        (collection(square("33.74", 110.3, -7.1), {"type": "Feature"}), "feature 2: has no properties"),
        (collection(square(None, 110.3, -7.1)), "feature 1: no code property"),
        (collection(square("33.99", 110.3, -7.1)), "feature 1: '33.99' is no regency"),
        (collection(square("33", 110.3, -7.1)), "feature 1: '33' is no regency"),
        (collection(square("33.74", 110.3, -7.1, geometry=None)), "feature 1: is no Polygon"),
        (collection(square("33.74", 110.3, -7.1, geometry={"type": "Polygon"})), "feature 1: its coordinates"),
        (
            collection(square("33.74", 1, 1, geometry={"type": "Polygon", "coordinates": [[["a", 1]]]})),
            "feature 1: its coordinates",
        ),
        (collection(square("33.74", 430_000, 9_200_000)), "feature 1: its coordinates are no degrees"),
    ],
)
def test_a_bad_file_is_refused_with_file_and_feature(tmp_path: Path, content: str, says: str) -> None:
    path = tmp_path / "bad.geojson"
    path.write_text(content, encoding="utf-8")
    with pytest.raises(BadBoundaries, match=f"bad.geojson: .*{says}|bad.geojson: {says}"):
        Boundaries.load(path)


def test_a_missing_or_damaged_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadBoundaries, match="No such file"):
        Boundaries.load(tmp_path / "none.geojson")
    path = tmp_path / "half.geojson.gz"
    path.write_bytes(gzip.compress(b"x" * 1000)[:30])
    with pytest.raises(BadBoundaries, match="damaged"):
        Boundaries.load(path)
    path.write_bytes(b"no gzip")
    with pytest.raises(BadBoundaries, match="gzip"):
        Boundaries.load(path)


NEAREST = NearestPlaces(load_gazetteer())


@pytest.mark.parametrize(
    ("at", "expected"), [(SEMARANG, "33.74"), (SAMARINDA, "64.72"), ((-6.2, 106.82), "31"), ((3.58, 98.67), "12.71")]
)
def test_without_polygons_the_nearest_place(at: tuple[float, float], expected: str) -> None:
    found = report(NEAREST, at=at)
    assert found.area is not None
    assert found.area.code.startswith(expected)
    assert found.confidence == NEAREST_PLACE
    assert NEAREST.regency(48.85, 2.35) is None


def test_a_code_that_reaches_the_regency_is_believed_before_all(boundaries: Boundaries) -> None:
    found = report(boundaries, code="64.02.01", text="Kota Medan")
    assert (code_of(found), found.source, found.confidence) == ("64.02.01", "code", 1.0)
    elsewhere = report(boundaries, code="64.02.01", at=SEMARANG)
    assert (code_of(elsewhere), elsewhere.source) == ("64.02.01", "code") and elsewhere.confidence < 1


def test_a_province_by_code_is_refined_inside_it_only(boundaries: Boundaries) -> None:
    assert code_of(report(boundaries, code="64", at=SAMARINDA)) == "64.72"
    assert code_of(report(boundaries, code="64", text="warga Kota Bontang")) == "64.74"
    stays = report(boundaries, code="64", at=SEMARANG, text="warga Kota Medan")
    assert (code_of(stays), stays.source) == ("64", "code")
    assert any("Semarang" in line for line in stays.evidence)


def test_a_point_before_words_and_words_make_it_deeper(boundaries: Boundaries) -> None:
    found = report(boundaries, at=SEMARANG, text="Kelurahan Sendangmulyo Kecamatan Tembalang")
    assert (code_of(found), found.source) == ("33.74.10.1011", "point")
    assert found.confidence == POINT


def test_a_point_and_words_that_disagree_are_both_shown(boundaries: Boundaries) -> None:
    found = report(boundaries, at=SEMARANG, text="Kecamatan Palaran Kota Samarinda")
    assert (code_of(found), found.source) == ("33.74", "point")
    assert found.confidence < 0.5
    assert found.others[0].regency == "64.72"
    assert any("tempat lain" in line for line in found.evidence)


def test_what_the_channel_knows_comes_last(boundaries: Boundaries) -> None:
    assert report(None, known=("64",)).source == "channel"
    found = report(boundaries, at=SEMARANG, known=("64",))
    assert code_of(found) == "33.74"


def test_who_answers_where_and_names_a_regency_means_it() -> None:
    in_text = report(None, text="Jalan rusak sejak lama. Kota Samarinda")
    answered = report(None, text="Jalan rusak sejak lama.", place="Kota Samarinda")
    assert code_of(in_text) == code_of(answered) == "64.72"
    assert in_text.confidence < 0.98 < answered.confidence < 1


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("Jalan rusak di Kota Pontianak.", "Kota Samarinda"),
        ("Jalan rusak.", "Kota Samarinda atau Kota Pontianak"),
        ("Jalan rusak.", "Sungai Pinang"),
        ("Jalan rusak.", "Bandung"),
        ("Jalan rusak.", "di depan rumah"),
        ("Jalan rusak.", "Kalimantan Timur"),
    ],
)
def test_an_answer_that_says_two_things_or_too_little_is_not_believed_more(text: str, place: str) -> None:
    found, together = report(None, text=text, place=place), report(None, text=f"{text}\n{place}")
    assert found.confidence == together.confidence < 0.98


def test_nothing_known_is_nowhere() -> None:
    assert report(None) == Where()
    assert report(None, code="99") == Where()


def test_a_point_abroad_is_said_and_the_words_are_read(boundaries: Boundaries) -> None:
    found = report(boundaries, at=(48.85, 2.35), text="di Kota Medan")
    assert (code_of(found), found.source) == ("12.71", "words")
    assert "luar Indonesia" in found.evidence[0]
