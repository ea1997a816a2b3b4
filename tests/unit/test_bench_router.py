"""How the bench counts: on given readings, without the real texts."""

from __future__ import annotations

from pathlib import Path

import pytest
from lapor_router.domain.findings import NOTHING, About

from tests.bench_router import decision, learned
from tests.bench_router.__main__ import main
from tests.bench_router.reads import Read
from tests.bench_router.texts import BadTexts, Row, area_code, read

HEAD = "judul,text,instansi,wilayah_kode"


def read_as(sector: str, *sectors: str, sure: float = 0.9) -> Read:
    """A complaint to a water company, say, as it was read."""
    agency = {"air-minum": "PDAM", "listrik": "PT PLN"}[sector]
    about = About(sectors=tuple((name, sure) for name in sectors)) if sectors else NOTHING
    return Read(Row("", "", agency, None), about, about, None)


@pytest.mark.parametrize(
    ("written", "code"),
    [
        ("33.74", "33.74"),
        ("31.0", "31"),
        ("33.1", "33.10"),
        ("31", "31"),
        ("", None),
        ("x", None),
        ("64.07.16", "64.07"),
    ],
)
def test_codes_that_a_spreadsheet_made_numbers_of(written: str, code: str | None) -> None:
    assert area_code(written) == code


def test_other_columns_are_ignored(tmp_path: Path) -> None:
    file = tmp_path / "a.csv"
    file.write_text(f"x,{HEAD}\n1, Air mati ,sudah lama,PDAM,33.74\n", encoding="utf-8")
    assert read(file) == [Row("Air mati", "sudah lama", "PDAM", "33.74")]


@pytest.mark.parametrize("content", ["", "judul,text\na,b\n", f"{HEAD}\n", "\xff\xfe"])
def test_a_wrong_file_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, content: str
) -> None:
    file = tmp_path / "a.csv"
    file.write_bytes(content.encode("latin-1"))
    with pytest.raises(BadTexts):
        read(file)
    monkeypatch.setattr("sys.argv", ["bench", "--texts", str(file), "--out", str(tmp_path / "out.json")])
    assert main() == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_a_missing_file_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.argv", ["bench", "--texts", str(tmp_path / "none.csv"), "--train", ""])
    assert main() == 1
    assert "none.csv" in capsys.readouterr().err


def test_an_umbrella_says_no_type() -> None:
    names = ("Pemerintah Kota Ambon", "Kementerian Badan Usaha Milik Negara", "bpjs", "PDAM", "PT BUMN Kecil")
    rows = [Row("", "", name, None) for name in names]
    assert [row.typed for row in rows] == [False, False, False, True, True]


def test_ranks() -> None:
    reads = [
        read_as("listrik", "listrik"),
        read_as("listrik", "air-minum", "listrik"),
        read_as("listrik", "pos", "desa", "agama", "listrik"),
        read_as("listrik"),
    ]
    assert learned.ranks((one.row, one.about) for one in reads) == {"top1": 0.25, "top3": 0.5, "n": 4}


def test_coverage_is_the_surest_part_with_few_wrong() -> None:
    sure = [read_as("listrik", "listrik", sure=0.9 + number / 1000) for number in range(60)]
    unsure = [read_as("listrik", "pos", sure=0.5 - number / 1000) for number in range(40)]
    assert learned.coverage([*sure, *unsure], 0.02) == 0.6
    assert learned.coverage([], 0.02) == 0


@pytest.mark.parametrize(
    ("decided", "labelled", "wrong"),
    [
        ("33.74", "33.74", False),
        ("33.74", "33.73", True),
        ("33", "33.74", False),
        ("33.74", "33", False),
        ("32", "33.74", True),
        (None, "33.74", False),
        ("33.74", None, False),
    ],
)
def test_a_province_contradicts_no_regency_of_its_own(
    decided: str | None, labelled: str | None, *, wrong: bool
) -> None:
    assert decision.contradicts(decided, labelled) is wrong


def test_confusion_counts_what_differs() -> None:
    reads = [read_as("listrik", "listrik"), *[read_as("air-minum", "listrik")] * 2, read_as("listrik")]
    assert decision.confusion(reads) == [("air-minum", "listrik", 2), ("listrik", "-", 1)]
