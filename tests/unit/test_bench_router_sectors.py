"""The type of the body that was addressed, from its name as people write it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.bench_router.sectors import sector_of

NAMES = {
    "Dinas Pekerjaan Umum dan Perumahan Rakyat Kota Ambon": "pekerjaan-umum",
    "Dinas Perumahan, Kawasan Permukiman dan Cipta Karya": "perumahan",
    "Balai Besar Wilayah Sungai Brantas": "pekerjaan-umum",
    "Satuan Polisi Pamong Praja dan Pemadam Kebakaran": "ketertiban",
    "Dinas Pemadam Kebakaran dan Penyelamatan": "kebencanaan",
    "Polres Bantul": "kepolisian",
    "BPJS Kesehatan KC Ambon": "bpjs-kesehatan",
    "badan penyelenggara jaminan sosial ketenaga kerjaan": "bpjs-ketenagakerjaan",
    "Kementerian Pendidikan Dasar dan Menengah": "pendidikan",
    "Dinas Pendidikan": "pendidikan",
    "Kementerian Kebudayaan": "pariwisata",
    "Kementerian Imigrasi dan Pemasyarakatan": "imigrasi",
    "Kementerian Hukum dan HAM": "hukum",
    "Kementerian Kehutanan": "kehutanan",
    "Dinas Lingkungan Hidup dan Kehutanan": "lingkungan",
    "Kementerian Komunikasi dan Digital": "kominfo",
    "Direktorat Jenderal Penyelenggaraan Pos dan Informatika": "kominfo",
    "PT Pos Indonesia (Persero)": "pos",
    "PT PLN (Persero)": "listrik",
    "PT Bank Mandiri (Persero) Tbk": "keuangan",
    "PT Semacam Itu (Persero)": "bumn",
    "Kementerian Agraria dan Tata Ruang / BPN": "pertanahan",
    "Kementerian Desa, PDT, dan Transmigrasi": "desa",
    "Kementerian Kependudukan dan Pembangunan Keluarga/BKKBN": "pemberdayaan",
    "Pemerintah Kota Ambon - Program BPNT Rastra": "sosial",
    "Pemerintah Kota Ambon": "pemerintahan",
    "Pemkot Ambon, Disdukcapil": "kependudukan",
    "Kelurahan Pasar Baru": "pemerintahan",
    "Bagian Sumber Daya Alam": "pemerintahan",
    "Bapak Wali Kota Ambon": "pemerintahan",
    "Menteri Agama": "agama",
    "Perumda Tirta Kencana": "air-minum",
}


@pytest.mark.parametrize(("name", "sector"), NAMES.items())
def test_the_first_function_named_is_the_type(name: str, sector: str) -> None:
    assert sector_of(name) == sector
    assert sector_of(name.upper()) == sector


@pytest.mark.parametrize("name", ["", "bpjs", "BPJS pusat", "..."])
def test_a_name_without_a_function_has_no_type(name: str) -> None:
    assert sector_of(name) is None


@given(st.text(max_size=200))
def test_any_text_has_an_answer(name: str) -> None:
    found = sector_of(name)
    assert found is None or found.replace("-", "").isalpha()
