"""The router's data files: what is in them holds together, and each kind of fault is refused with its line."""

from __future__ import annotations

import csv
import shutil
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lapor_contracts.agencies import AgencyEntry, Level
from lapor_router.domain.area import locate
from lapor_router.domain.existence import by_code, existed
from lapor_router.domain.policy import AUTHORITY_SINCE, FOUNDED
from lapor_router.domain.register import Body, NoArea, Register, above, is_member
from lapor_router.domain.usual import regencies
from lapor_router.loading import PACKAGED, BadData, load, load_times

RULES = load()
PROVINCES = sorted({entry.area for entry in RULES.known if entry.level == "province" and entry.area})
REGENCIES = ("64.01", "64.02", "64.03", "64.07", "64.08", "64.09", "64.11", "64.71", "64.72", "64.74")
ALL_REGENCIES = [code for province in PROVINCES for code in regencies(province)]
CATEGORIES = [category for category in RULES.categories.values() if not category.out_of_scope]
TIMES = by_code(load_times(PACKAGED))
# Since when they have been members, in the data: before it nobody was.
CENTRE_JOINED, KALTIM_JOINED = date(2018, 12, 31), date(2021, 4, 15)


def test_each_regency_has_its_usual_bodies_and_an_inspectorate() -> None:
    for regency in REGENCIES:
        area = locate(regency)
        for kind in ("pupr", "dlh", "disdikbud", "dinkes", "dishub", "disdukcapil", "dinsos", "disnaker", "dpmptsp",
                     "air-minum", "diskominfo"):  # fmt: skip
            entry = RULES.known.find(Body("regency", kind), area, date(2023, 10, 1))
            assert entry is not None, (regency, kind)
            assert entry.zone == "WITA"
            assert entry.superior == f"{regency.replace('.', '')}-inspektorat"
            assert entry.ombudsman_office == "ombudsman-64"
            assert entry.joined_on == date(2021, 4, 15)


@given(st.sets(st.sampled_from(sorted(entry.code for entry in RULES.known)), min_size=1, max_size=4))
@settings(deadline=None)
def test_who_joins_with_its_superiors_can_be_escalated_to_the_top(codes: set[str]) -> None:
    joining = [entry for entry in RULES.known if entry.code in codes]
    with_them = above(joining, RULES.known)
    together = {entry.code for entry in (*joining, *with_them)}
    assert len(together) == len(joining) + len(with_them)
    for entry in (*joining, *with_them):
        assert {entry.superior, entry.ombudsman_office} - {None} <= together
    served = [entry for entry in joining if entry.level != "ombudsman"]
    admins = {f"{entry.area[:2]}-diskominfo" for entry in served if entry.area} | ({"panrb"} if served else set())
    assert admins <= together
    assert all(
        entry.code in admins or any(entry.code in (e.superior, e.ombudsman_office) for e in (*joining, *with_them))
        for entry in with_them
    )


def test_all_of_indonesia_has_its_usual_bodies() -> None:
    assert (len(PROVINCES), len(ALL_REGENCIES)) == (38, 514)
    for province in PROVINCES:
        for area in (province, *regencies(province)):
            level, kind = ("province", "diskominfo") if area == province else ("regency", "disdukcapil")
            entry = RULES.known.find(Body(level, kind), locate(area), date(2026, 1, 1))  # type: ignore[arg-type]
            assert entry is not None and entry.area == area
            office = RULES.known.get(entry.ombudsman_office)
            assert office is not None and office.level == "ombudsman"


def test_the_offices_of_jakarta_are_the_provinces_and_a_state_company_is_one_for_all() -> None:
    south = locate("31.74")
    suku = RULES.known.find(Body("regency", "dishub"), south, date(2026, 1, 1))
    assert suku is not None and suku.name == "Suku Dinas Perhubungan Kota Administrasi Jakarta Selatan"
    for place in (south, None):
        railway = RULES.known.find(Body("state_company", "kai"), place, date(2026, 1, 1))
        assert railway is not None and railway.code == "kai"


def test_two_that_are_each_others_superior_join_once() -> None:
    one = next(iter(RULES.known)).model_copy(update={"code": "satu", "superior": "dua", "ombudsman_office": None})
    two = one.model_copy(update={"code": "dua", "superior": "satu"})
    assert above([one], Register([one, two])) == (two,)


def test_no_address_could_reach_anybody() -> None:
    assert all(entry.email.endswith(".example") for entry in RULES.known)


def was_there(entry: AgencyEntry, day: date) -> bool:
    """It existed, and was a member if its area had joined by then."""
    province = (entry.area or "")[:2]
    _, founded = FOUNDED.get(province, ("", day))
    if entry.level != "regency" and day < founded:
        return False
    joined = KALTIM_JOINED if province == "64" else CENTRE_JOINED
    return existed(entry.code, TIMES, day, day + timedelta(days=1)) and (day < joined or is_member(entry, day))


@settings(deadline=None)
@given(
    category=st.sampled_from(CATEGORIES),
    area=st.sampled_from(ALL_REGENCIES),
    days=st.integers(0, 365 * 20),
)
def test_every_category_area_and_day_has_one_rule_and_bodies_that_existed(category, area, days) -> None:  # type: ignore[no-untyped-def]
    day = AUTHORITY_SINCE + timedelta(days=days)
    place = locate(area)
    in_force = [rule for rule in RULES.matrix if rule.category == category.code and rule.in_force(day)]
    assert len(in_force) == 1
    rule = RULES.matrix.rule_for(category.code, place, day)
    assert rule == in_force[0]
    for body in rule.bodies:
        entry = RULES.known.find(body, place, day)
        assert entry is not None and was_there(entry, day), (rule.id, str(body), area, day)
    assert RULES.sectors[rule.lead.kind]


def test_the_lead_of_every_rule_existed_in_all_of_indonesia_on_its_first_and_last_day() -> None:
    places = [locate(area) for area in ALL_REGENCIES]
    for rule in RULES.matrix:
        last = rule.valid_to - timedelta(days=1) if rule.valid_to else date(2030, 1, 1)
        for day in (rule.valid_from, last):
            for place in places:
                entry = RULES.known.find(rule.lead, place, day)
                assert entry is not None and was_there(entry, day), (rule.id, place, day)


@pytest.mark.parametrize("province", PROVINCES)
def test_where_only_the_province_is_known_no_regency_is_guessed(province: str) -> None:
    place, day = locate(province), date(2026, 1, 1)
    for category in CATEGORIES:
        rule = RULES.matrix.rule_for(category.code, place, day)
        assert rule is not None
        if rule.lead.level == "regency":
            with pytest.raises(NoArea):
                RULES.known.find(rule.lead, place, day)
        else:
            entry = RULES.known.find(rule.lead, place, day)
            assert entry is not None and entry.area in (None, province)


@pytest.mark.parametrize(("province", "before"), [(code, before) for code, (before, _) in FOUNDED.items()])
def test_before_a_province_was_founded_the_one_that_it_was_part_of_answers(province: str, before: str) -> None:
    _, founded = FOUNDED[province]
    place = locate(regencies(province)[0])

    def area(level: Level, kind: str, day: date) -> str | None:
        entry = RULES.known.find(Body(level, kind), place, day)
        assert entry is not None and is_member(entry, day)
        return entry.area

    eve = founded - timedelta(days=1)
    assert (area("province", "pupr", eve), area("province", "pupr", founded)) == (before, province)
    assert (area("vertical", "polda", eve), area("vertical", "polda", founded)) == (before, province)
    assert area("regency", "pupr", eve) == area("regency", "pupr", founded) == place.regency  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("category", "day", "lead"),
    [
        ("kepegawaian/netralitas", date(2024, 9, 3), "kasn"),
        ("kepegawaian/netralitas", date(2024, 9, 4), "bkn"),
        ("sekolah/perguruan-tinggi", date(2014, 10, 26), "kemendikbudristek"),
        ("sekolah/perguruan-tinggi", date(2014, 10, 27), "kemenristekdikti"),
        ("sekolah/perguruan-tinggi", date(2019, 10, 22), "kemenristekdikti"),
        ("sekolah/perguruan-tinggi", date(2019, 10, 23), "kemendikbudristek"),
        ("sekolah/perguruan-tinggi", date(2024, 10, 21), "kemendiktisaintek"),
        ("jalan-rusak/tol", date(2014, 10, 26), "kemenpu"),
        ("jalan-rusak/tol", date(2014, 10, 27), "kemenpupr"),
        ("agama/haji-umrah", date(2025, 9, 7), "kemenag"),
        ("agama/haji-umrah", date(2025, 9, 8), "kemenhaj"),
        ("gizi/makan-bergizi", date(2024, 8, 14), "kemenkes"),
        ("gizi/makan-bergizi", date(2024, 8, 15), "bgn"),
        ("desa/transmigrasi", date(2024, 10, 21), "kementrans"),
    ],
)
def test_who_had_it_on_which_day(category: str, day: date, lead: str) -> None:
    rule = RULES.matrix.rule_for(category, None, day)
    entry = RULES.known.find(rule.lead, None, day) if rule else None
    assert entry is not None and entry.code == lead


def test_ministries_before_and_after_october_2024() -> None:
    before, after = date(2024, 10, 20), date(2024, 10, 21)
    place = locate("64.71")

    def lead(category: str, day: date) -> str | None:
        rule = RULES.matrix.rule_for(category, place, day)
        entry = RULES.known.find(rule.lead, place, day) if rule else None
        return entry.code if entry else None

    assert (lead("jalan-rusak/tol", before), lead("jalan-rusak/tol", after)) == ("kemenpupr", "kemenpu")
    assert (lead("hutan/kawasan", before), lead("hutan/kawasan", after)) == ("klhk", "kemenhut")
    assert lead("tambang/galian-c", date(2019, 1, 1)) == "64-esdm"
    assert lead("tambang/galian-c", date(2021, 6, 1)) == "kemenesdm"
    assert lead("tambang/galian-c", date(2022, 4, 11)) == "64-esdm"


def test_a_renamed_ministry_keeps_its_code_and_has_the_name_of_the_day() -> None:
    entry = RULES.known.get("komdigi")
    assert entry is not None
    assert RULES.name(entry, date(2024, 10, 20)) == "Kementerian Komunikasi dan Informatika"
    assert RULES.name(entry, date(2024, 10, 21)) == "Kementerian Komunikasi dan Digital"


Rows = list[dict[str, str]]


def set_in(file: str, key: str, of: str, **values: str) -> Callable[[Path], int]:
    """Changes one row; gives the number of its line."""

    def edit(folder: Path) -> int:
        rows = _read(folder / file)
        index = next(i for i, row in enumerate(rows) if row[key] == of)
        rows[index] = {**rows[index], **values}
        _write(folder / file, rows)
        return index + 2

    return edit


def add_to(file: str, **values: str) -> Callable[[Path], int]:
    def edit(folder: Path) -> int:
        rows = _read(folder / file)
        rows.append({**rows[-1], **values})
        _write(folder / file, rows)
        return len(rows) + 1

    return edit


FAULTS = {
    "unknown agency body": (
        "matrix.csv", set_in("matrix.csv", "id", "jalan-rusak-provinsi", lead="province:pekerjaan"),
        "no agency of agencies.csv or bodies.csv is province:pekerjaan"),
    "no body": ("matrix.csv", set_in("matrix.csv", "id", "jalan-rusak-provinsi", lead="pupr"), "is no body"),
    "unknown level": ("matrix.csv", set_in("matrix.csv", "id", "jalan-rusak-provinsi", lead="kota:pupr"), "level"),
    "wrong date": (
        "matrix.csv", set_in("matrix.csv", "id", "jalan-rusak-provinsi", valid_from="2014-13-02"), "is no date"),
    "overlap": (
        "matrix.csv", set_in("matrix.csv", "id", "jalan-rusak-tol-pu", valid_from="2024-10-20"), "overlaps with"),
    "gap": (
        "matrix.csv", set_in("matrix.csv", "id", "jalan-rusak-tol-pu", valid_from="2024-10-22"),
        "nothing is in force between"),
    "ends": (
        "matrix.csv", set_in("matrix.csv", "id", "jalan-rusak-provinsi", valid_to="2030-01-01"),
        "nothing is in force after 2030-01-01"),
    "unknown category": (
        "matrix.csv", set_in("matrix.csv", "id", "jalan-rusak-provinsi", category="jalan-rusak/gang"),
        "is not in categories.csv"),
    "category without rule": (
        "categories.csv", add_to("categories.csv", code="jalan-rusak/gang", out_of_scope="", pointed_to=""),
        "has no rule in matrix.csv"),
    "bad category code": ("categories.csv", add_to("categories.csv", code="Jalan Rusak"), "is no category code"),
    "rule for what is out of scope": (
        "matrix.csv", set_in("matrix.csv", "id", "jalan-rusak-provinsi", category="di-luar-cakupan/korupsi"),
        "is out of scope"),
    "agency twice": ("agencies.csv", add_to("agencies.csv", code="6407-pupr"), "stands there twice"),
    "same body twice": (
        "agencies.csv",
        add_to("agencies.csv", code="6407-pu", level="regency", kind="pupr", area="64.07", ombudsman_office=""),
        "is the same body at the same time as 6407-pupr"),
    "no such area": ("agencies.csv", set_in("agencies.csv", "code", "6407-pupr", area="64.99"), "area 64.99"),
    "no such superior": (
        "agencies.csv", set_in("agencies.csv", "code", "6407-pupr", superior="6407-bupati"), "is in neither agencies"),
    "wrong zone": ("agencies.csv", set_in("agencies.csv", "code", "6407-pupr", zone="CET"), "zone"),
    "left before it joined": (
        "agencies.csv", set_in("agencies.csv", "code", "6407-pupr", left_on="2020-01-01"), "left_on"),
    "lead that did not exist yet": (
        "matrix.csv",
        set_in("matrix.csv", "id", "jalan-rusak-tol-pupr", lead="centre:kemenpu"),
        "centre:kemenpu did not exist all the time from 2014-10-27 to 2024-10-21"),
    "copy to who was no more": (
        "matrix.csv", set_in("matrix.csv", "id", "jalan-rusak-provinsi", copies="centre:kasn"),
        "centre:kasn did not exist all the time from 2014-10-02 to now"),
    "time of nobody": ("agency_times.csv", add_to("agency_times.csv", code="kemenko"), "is not in agencies.csv"),
    "time that ends before it begins": (
        "agency_times.csv", set_in("agency_times.csv", "code", "bgn", existed_to="2024-08-15"), "existed_to is not"),
    "former name of nobody": (
        "agency_names.csv", add_to("agency_names.csv", code="kemenko"), "is not in agencies.csv"),
}  # fmt: skip


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_refused_with_file_and_line(name: str, tmp_path: Path) -> None:
    file, edit, words = FAULTS[name]
    line = edit(_copy(tmp_path))
    with pytest.raises(BadData) as caught:
        load(tmp_path / "data")
    assert str(caught.value).startswith(f"{file}:{line}: "), caught.value
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (b"id,category\n\xff\xfe,x\n", "is not UTF-8"),
        (b"id,category,lead,copies,runner_up,legal_basis,valid_from,valid_to,area\na,b\n", "number of columns"),
        (b"category,lead\na,b\n", "'id'"),
    ],
)
def test_a_file_that_is_no_table_is_refused(text: bytes, words: str, tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    (folder / "matrix.csv").write_bytes(text)
    with pytest.raises(BadData, match=words):
        load(folder)


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    (folder / "agencies.csv").unlink()
    with pytest.raises(BadData, match=r"agencies\.csv"):
        load(folder)


def test_the_version_changes_with_the_text(tmp_path: Path) -> None:
    folder = _copy(tmp_path)
    version = load(folder).matrix.version
    assert load(folder).matrix.version == version
    set_in("matrix.csv", "id", "jalan-rusak-provinsi", legal_basis="UU 2/2022")(folder)
    assert load(folder).matrix.version != version


def _copy(tmp_path: Path) -> Path:
    """With three provinces, that it loads fast: the rows of agencies.csv name bodies of these."""
    copied = Path(shutil.copytree(PACKAGED, tmp_path / "data"))
    _write(
        copied / "provinces.csv", [r for r in _read(copied / "provinces.csv") if r["province"] in ("31", "34", "64")]
    )
    return copied


def _read(path: Path) -> Rows:
    with path.open(newline="") as file:
        return list(csv.DictReader(file))


def _write(path: Path, rows: Rows) -> None:
    with path.open("w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
