"""The lexicon, spelling, roots and taxonomy as packaged: what they say, and that a fault is refused with its line."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lapor_router.domain.lexicon import Lexicon
from lapor_router.domain.rules import Rules
from lapor_router.lexicon_loading import LEXICON, ROOTS, SPELLING, TAXONOMY, load_lexicon, load_taxonomy, sectors_of
from lapor_router.loading import PACKAGED, BadData, load


@cache
def rules() -> Rules:
    return load()


@cache
def lexicon() -> Lexicon:
    return load_lexicon(rules().categories, sectors_of(rules()))


# Sentences as anybody could write them, none of a reporter.
SENTENCES = [
    ("Jalan berlubang dan aspal hancur di depan kantor desa", "jalan-rusak/umum"),
    ("jln nasional rusak parah tlg diperbaiki", "jalan-rusak/nasional"),
    ("jalan provinsi penghubung dua kecamatan hancur", "jalan-rusak/provinsi"),
    ("Lampu PJU padam, jalan gelap gulita", "penerangan-jalan/umum"),
    ("traffic light di perempatan mati", "transportasi/lalu-lintas"),
    ("angkot ngetem sembarangan", "transportasi/angkutan-kota"),
    ("jukir liar memungut parkir", "transportasi/terminal-c-parkir"),
    ("KRL sering terlambat di stasiun", "transportasi/kereta-api"),
    ("sampah menumpuk tidak diangkut petugas kebersihan", "sampah/pengangkutan"),
    ("limbah pabrik mencemari sungai", "lingkungan/pencemaran"),
    ("gorong-gorong tersumbat, air menggenang", "banjir/drainase"),
    ("saluran irigasi sawah kering", "irigasi/kabupaten"),
    ("air pdam tidak mengalir tiga hari", "air-minum/perumda"),
    ("listrik padam terus, gardu PLN meledak", "listrik/gangguan"),
    ("token listrik tidak bisa masuk ke meteran", "listrik/pelanggan"),
    ("elpiji 3 kg langka di pangkalan", "energi/lpg"),
    ("blanko e-ktp kosong sudah setahun", "kependudukan/dokumen"),
    ("kartu KIS tidak aktif, faskes menolak", "bpjs/kesehatan"),
    ("klaim JHT jamsostek belum cair", "bpjs/ketenagakerjaan"),
    ("dana PKH dan kartu KKS belum diterima", "bansos/pkh-sembako"),
    ("ada odgj terlantar mengamuk", "sosial/penyandang"),
    ("gaji di bawah UMR dan lembur tidak dibayar", "ketenagakerjaan/pengawasan"),
    ("kartu prakerja gagal", "ketenagakerjaan/program-pusat"),
    ("majikan TKI di Malaysia menahan gaji", "pekerja-migran/pelindungan"),
    ("SMA negeri meminta uang gedung", "sekolah/sma-smk-slb"),
    ("guru madrasah tsanawiyah belum digaji", "sekolah/madrasah"),
    ("dosen kampus mempersulit skripsi", "sekolah/perguruan-tinggi"),
    ("dana PIP belum cair", "pendidikan/pip"),
    ("tunjangan profesi guru terlambat", "pendidikan/guru"),
    ("PPDB zonasi tidak adil", "pendidikan/penerimaan-siswa"),
    ("puskesmas tutup sebelum jam pelayanan", "kesehatan/puskesmas"),
    ("kosmetik tanpa izin edar bpom", "kesehatan/obat-makanan"),
    ("menu MBG basi", "gizi/makan-bergizi"),
    ("seleksi CPNS tidak transparan", "kepegawaian/seleksi"),
    ("antrian paspor di kantor imigrasi", "imigrasi/paspor"),
    ("pengurusan sertifikat tanah di BPN lama", "pertanahan/layanan"),
    ("perpanjang SIM di polres dipersulit", "kepolisian/layanan"),
    ("PKL berjualan di trotoar, satpol pp diam", "ketertiban/pkl-reklame"),
    ("transparansi dana desa", "desa/dana-desa"),
    ("pelunasan biaya haji", "agama/haji-umrah"),
    ("pupuk subsidi langka, petani rugi", "pertanian/umum"),
    ("nelayan tidak dapat kartu nelayan", "perikanan/umum"),
    ("paket dari pt pos belum sampai, nomor resi tidak terlacak", "pos/kiriman"),
    ("npwp online error di djp", "keuangan/pajak-pusat"),
    ("debt collector pinjol mengancam", "keuangan/pinjaman-asuransi"),
    ("pohon tumbang menghalangi, mohon dipangkas", "lingkungan/pohon-taman"),
    ("kebakaran hutan dan kabut asap", "bencana/karhutla"),
    ("tambang pasir galian c merusak", "tambang/galian-c"),
    ("izin usaha lewat OSS gagal terbit NIB", "perizinan/oss"),
]


@pytest.mark.parametrize(("text", "category"), SENTENCES)
def test_plain_sentences_are_understood(text: str, category: str) -> None:
    guesses = lexicon().read(text).guesses
    assert guesses, text
    assert guesses[0].category == category, [(guess.category, guess.words) for guess in guesses]


def test_every_category_with_an_authority_can_be_guessed() -> None:
    with (PACKAGED / LEXICON).open(encoding="utf-8") as file:
        named = {line.split(",")[1].lstrip("@") for line in file}
    assert set(sectors_of(rules())) - named == set()


def test_the_taxonomy_has_all_topics_and_each_means_a_category() -> None:
    taxonomy = load_taxonomy(rules().categories)
    main = [code for code in taxonomy if "/" not in code]
    assert (len(main), len(taxonomy) - len(main)) == (38, 929)
    assert {code.partition("/")[0] for code in taxonomy} == set(main)
    assert taxonomy.category("perhubungan/parkir-liar") == "transportasi/terminal-c-parkir"
    assert taxonomy.category("kesehatan/pelayanan-kesehatan-bpjs") == "bpjs/kesehatan"
    assert taxonomy.category("tidak/ada") is None


def test_no_code_of_the_list_is_one_of_ours_with_another_meaning() -> None:
    taxonomy = load_taxonomy(rules().categories)
    assert [code for code in taxonomy if code in rules().categories and taxonomy[code] != code] == []


FAULTS = [
    (LEXICON, "jalan,jalan-rusak/umum,3\nJALAN TIDAK,ada/ini,2\n", 3, "is no category"),
    (LEXICON, "jalan,di-luar-cakupan/korupsi,3\n", 2, "has no authority"),
    (LEXICON, "jalan,jalan-rusak/umum,berat\n", 2, "is no weight"),
    (LEXICON, "jalan,jalan-rusak/umum,nan\n", 2, "is not between"),
    (LEXICON, "jalan,jalan-rusak/umum,35\n", 2, "is not between"),
    (LEXICON, "jalan,jalan-rusak/umum\n", 2, "filled columns"),
    (LEXICON, ",jalan-rusak/umum,1\n", 2, "filled columns"),
    (LEXICON, "jalan,jalan-rusak/umum,3\njalan,@jalan-rusak/umum,2\n", 3, "stands in line 2 too"),
    (LEXICON, "jalan raya + rusak,jalan-rusak/umum,3\n", 2, "is no word, phrase or pair"),
    (SPELLING, "jln,jalan\njln,jalanan\n", 3, "stands in line 2 too"),
    (TAXONOMY, "Perhubungan!,PERHUBUNGAN,jalan-rusak/umum\n", 2, "is no code"),
    (TAXONOMY, "perhubungan,PERHUBUNGAN,tidak/ada\n", 2, "is no category"),
    (TAXONOMY, "agama,AGAMA,jalan-rusak/umum\nagama,AGAMA,jalan-rusak/umum\n", 3, "stands in line 2 too"),
]


@pytest.mark.parametrize(("file", "rows", "line", "what"), FAULTS)
def test_a_fault_is_refused_with_file_and_line(tmp_path: Path, file: str, rows: str, line: int, what: str) -> None:
    def write(path: Path) -> None:
        header = path.read_text(encoding="utf-8").partition("\n")[0]
        path.write_text(f"{header}\n{rows}", encoding="utf-8")

    with pytest.raises(BadData, match=rf"^{file}:{line}: .*{what}"):
        load_changed(tmp_path, file, write)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        (Path.unlink, "is not in"),
        (lambda path: path.write_text("a,b\n1,2\n", encoding="utf-8"), "the columns are not"),
        (lambda path: path.write_bytes(b"root\n\xff\xfe\n"), "is not UTF-8"),
    ],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, change: Callable[[Path], object], what: str) -> None:
    with pytest.raises(BadData, match=rf"^{ROOTS}:\d: .*{what}"):
        load_changed(tmp_path, ROOTS, change)


def load_changed(folder: Path, file: str, change: Callable[[Path], object]) -> None:
    for name in (LEXICON, SPELLING, ROOTS, TAXONOMY):
        shutil.copy(PACKAGED / name, folder / name)
    change(folder / file)
    load_lexicon(rules().categories, sectors_of(rules()), folder)
    load_taxonomy(rules().categories, folder)


@given(
    st.one_of(
        st.text(max_size=10_000),
        st.lists(st.sampled_from([text for text, _ in SENTENCES]), min_size=1, max_size=300).map(" ".join),
        st.text(alphabet="aegikmnrtu- 2", max_size=10_000),
    )
)
@settings(max_examples=60, deadline=None)
def test_any_text_is_read_in_milliseconds(text: str) -> None:
    took = []
    for _ in range(3):
        began = time.thread_time()
        lexicon().read(text[:10_000], text[:200])
        took.append(time.thread_time() - began)
    assert min(took) < 0.005
