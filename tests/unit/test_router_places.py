"""Where the words say that it is; every sentence here is made up."""

from __future__ import annotations

import time
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lapor_router.domain.area import locate
from lapor_router.domain.findings import Where
from lapor_router.domain.places.gazetteer import Gazetteer, dotted, number, regency_of
from lapor_router.domain.places.words import find_by_words
from lapor_router.loading import PACKAGED, BadData
from lapor_router.places import FILES, load_channels, load_gazetteer

LONGEST_S = 0.020


@cache
def gazetteer() -> Gazetteer:
    return load_gazetteer()


def where(text: str, *known: str) -> Where:
    return find_by_words(text, gazetteer(), known)


def regency(text: str, *known: str) -> str | None:
    area = where(text, *known).area
    return area.regency if area else None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jalan rusak parah di Kec. Sungai Kunjang samarinda", "64.72"),
        ("PDAM KAB. SLEMAN AIRNYA KERUH SUDAH SEMINGGU", "34.04"),
        ("Kec Taman, Sidoarjo", "35.15"),
        ("wilayah kec. taman kab. pemalang", "33.27"),
        ("kel. rawa makmur kec. palaran", "64.72"),
        ("listrik padam terus di Kecamatan Sape Kab. Bima NTB", "52.06"),
        ("Bupati Banyumas mohon perhatikan jalan desa Kedungbanteng", "33.02"),
        ("Pelayanan Disdukcapil Kota Batu lambat", "35.79"),
        ("Kec. Kota Kab. Kudus PKL semrawut", "33.19"),
        ("belakang pasar Tuban Kab. Badung bising", "51.03"),
    ],
)
def test_level_words_and_agreement_between_levels(text: str, expected: str) -> None:
    assert regency(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("saya tinggal di Tangsel, banjir terus", "36.74"),
        ("RSUD Ulin antrian panjang", "63.71"),
        ("macet di bundaran HI", "31.71"),
        ("air PDAM Tirta Musi tidak mengalir", "16.71"),
        ("BPJS cabang Pematang Siantar antri lama", "12.72"),
        ("di kodya jogja banyak pencurian", "34.71"),
        ("penerangan jalan di TanjungPinang mati", "21.72"),
        ("jalan di Sby rusak", "35.78"),
        ("kota Ujung Pandang kotor", "73.71"),
        ("Jalan Solo km 8 Maguwoharjo", "34.04"),
    ],
)
def test_usual_names_abbreviations_landmarks_and_companies(text: str, expected: str) -> None:
    assert regency(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Jl. Surabaya no 5 banjir terus",
        "Jembatan Barito macet",
        "Desa Sukamaju tidak transparan dana desa",
        "tolong Bapak Presiden gaji honorer",
        "yang bisa air baru itu bagus sekali dan tetap sehat",
        "Nasi Padang di kantin mahal",
        "soto lamongan dekat rumah saya menutup trotoar",
        "kondisi medan jalan yang berat dan nasib malang",
        "kereta ke Jakarta terlambat",
        "mohon dibantu pak Bandung Mawardi",
    ],
)
def test_streets_dishes_people_and_ordinary_words_are_no_places(text: str) -> None:
    assert where(text).area is None


def test_a_city_named_beside_a_street_of_another_city_is_the_place() -> None:
    assert regency("mohon perbaiki jalan bandung di kota malang") == "35.73"
    assert regency("tolong Jl. Melati Raya no 3 Bandung gelap") == "32.73"


def test_where_one_goes_is_not_where_one_is() -> None:
    assert regency("penerbangan ke Denpasar terlambat di bandara Sam Ratulangi") == "71.71"


def test_a_name_of_a_city_and_a_regency_means_the_city_unless_it_says_otherwise() -> None:
    assert regency("trotoar di Bandung rusak") == "32.73"
    assert regency("trotoar di kab Bandung rusak") == "32.04"
    assert regency("jalan di Bogor Kab rusak") == "32.01"


def test_one_mistake_behind_a_level_word_is_understood() -> None:
    found = where("banjir di kecamatan tembalag kota semarang").area
    assert found is not None
    assert found.code == "33.74.10"


def test_it_goes_down_to_the_village_where_the_words_do() -> None:
    found = where("RT 03 Kelurahan Kemiri Muka Kecamatan Beji Kota Depok").area
    assert found is not None
    assert found.path.startswith("Kemiri Muka, Beji, Kota Depok")


def test_two_places_named_alike_surely_are_left_to_a_person() -> None:
    found = where("warga Kota Pontianak dan warga Kabupaten Kolaka")
    assert found.area is None
    assert {area.code for area in found.others} == {"61.71", "74.01"}
    assert found.source == "none"


def test_two_places_of_one_province_leave_the_province() -> None:
    found = where("jalan antara Kab. Banyumas dan Kab. Cilacap")
    assert found.area == locate("33")
    assert {area.code for area in found.others} >= {"33.01", "33.02"}


def test_what_the_channel_knows_decides_between_namesakes() -> None:
    assert where("banjir di kecamatan Sungai Pinang").area is None
    assert regency("banjir di kecamatan Sungai Pinang", "64") == "64.72"
    alone = where("air mati sejak kemarin", "64")
    assert (alone.area, alone.source) == (locate("64"), "channel")


def test_evidence_is_short_and_names_the_places() -> None:
    found = where("Kec. Tembalang, Kel. Sendangmulyo, Kota Semarang, juga di Kota Medan. " * 20)
    assert found.evidence
    assert all(len(line) <= 200 for line in found.evidence)
    assert "kecamatan tembalang" in found.evidence[0]


@given(st.text(max_size=300) | st.text(alphabet="abn kec.kabdesa jl\n'’", max_size=300))
def test_any_text_gets_an_answer(text: str) -> None:
    found = where(text)
    assert 0 <= found.confidence < 1
    assert (found.area is None) == (found.source == "none")


@settings(max_examples=30)
@given(st.lists(st.sampled_from(["Kota Medan", "desa Sukamaju", "kec. X", "yang", "di", "Jl. Solo", "Kab. Agam", "."])))
def test_the_answer_does_not_depend_on_capitals_alone_for_marked_names(words: list[str]) -> None:
    text = " ".join(words)
    marked = [word for word in words if word.startswith(("Kota", "Kab."))]
    if len(set(marked)) == 1 and "Jl. Solo" not in words and "desa Sukamaju" not in words:
        assert regency(text.upper()) == regency(text.lower())


@pytest.mark.parametrize(
    "text",
    [
        "Desa Sukamaju Kec. Tembalang Kota Semarang " * 240,
        "kecamatan tembalag desa sukamajv " * 320,
        "JALAN RUSAK DI KABUPATEN GARUT!!! " * 300,
        "\U0001f6a7 банjir 雨 ج " * 900,
        "di " * 3_400,
        "tanjung " * 1_250,
        " ".join(name for _, name in zip(range(200), gazetteer().starts, strict=False)),
        "x" * 10_000,
    ],
    ids=["marked", "misspelt", "capitals", "scripts", "cues", "beginnings", "200 names", "one word"],
)
def test_no_text_takes_long(text: str) -> None:
    def once() -> float:
        began = time.process_time()
        find_by_words(text[:10_000], gazetteer())
        return time.process_time() - began

    assert min(once() for _ in range(3)) <= LONGEST_S


def test_every_regency_is_found_by_its_full_name() -> None:
    inside = gazetteer().regencies.values()
    areas = [area for codes in inside for code in codes if (area := locate(dotted(code))) is not None]
    missed = [area.path for area in areas if regency(f"Pemda {area.path.split(',')[0]} lambat") != area.code]
    assert not missed


def test_codes_and_numbers() -> None:
    assert [dotted(number(code)) for code in ("33", "33.74", "33.74.01", "33.74.01.1001")] == [
        "33", "33.74", "33.74.01", "33.74.01.1001",
    ]  # fmt: skip
    assert [regency_of(n) for n in (33, 3374, 337401, 3374011001)] == [0, 3374, 3374, 3374]


def test_all_regencies_are_known() -> None:
    assert sum(len(inside) for inside in gazetteer().regencies.values()) == 514
    assert len(gazetteer().regencies) == 38


@pytest.mark.parametrize(
    ("file", "line", "says"),
    [
        ("places_known.csv", "town,99.99,nowhere", "99.99"),
        ("places_known.csv", "village,33.74,x", "kind"),
        ("places_known.csv", "town,33.74:much,x", "share"),
        ("places_known.csv", "town,33.74,x;;y", "empty"),
        ("places_known.csv", "town,33.74,x\ntown,33.73,x", "another place"),
        ("places_known.csv", "town,33.74", "columns"),
        ("places_pairs.csv", "tegal,half", "number"),
        ("places_ordinary.csv", "air,very", "number"),
        ("places_channels.csv", "SMS,64", "channel"),
        ("places_channels.csv", "sms,", "area"),
        ("places_channels.csv", "sms,64 99", "'99' is no area"),
        ("places_channels.csv", "sms,64\nsms,33", "line above"),
    ],
)
def test_a_faulty_data_file_is_refused_with_its_line(tmp_path: Path, file: str, line: str, says: str) -> None:
    for name in FILES:
        text = (PACKAGED / name).read_text(encoding="utf-8").splitlines()[0] + "\n"
        (tmp_path / name).write_text(text + (f"{line}\n" if name == file else ""), encoding="utf-8")
    with pytest.raises(BadData, match=rf"{file}:\d+: .*{says}"):
        load_gazetteer(tmp_path)
        load_channels(tmp_path)


def test_a_file_that_is_not_text_is_refused_by_its_name(tmp_path: Path) -> None:
    for name in FILES:
        (tmp_path / name).write_bytes((PACKAGED / name).read_bytes())
    (tmp_path / "places_short.csv").write_bytes(b"short,long\n\xff\xfe,x\n")
    with pytest.raises(BadData, match=r"^places_short.csv:0: is not UTF-8"):
        load_gazetteer(tmp_path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Lampu jalan di Wamena mati", "95.01"),
        ("Lampu jalan di Oksibil mati", "95.02"),
        ("Lampu jalan di Dobo mati", "81.07"),
        ("Lampu jalan di Krui mati", "18.13"),
        ("Lampu jalan di Tarempa mati", "21.05"),
        ("Antri obat di RSUD dr Harjono", "35.02"),
        ("Tiket di Bandara Mopah selalu habis", "93.01"),
    ],
)
def test_the_capitals_hospitals_and_airports_of_far_regencies(text: str, expected: str) -> None:
    assert regency(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Jembatan di Amanuban Selatan putus", "53.02"),  # no other regency has such a name
        ("Sabu dijual di pondok sawit Bilah Hulu, warga Bilah Hulu resah", "12.10"),  # of words of the language
        ("Mohon listrik Medan jangan padam terus, warga lelah", "12.71"),  # a word too, but written as a name
    ],
)
def test_a_name_that_nothing_else_has_is_enough(text: str, expected: str) -> None:
    assert regency(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Truk batu bara merusak jalan di depan rumah kami",
        "Debu batubara dari pabrik masuk ke rumah",
        "Kelurahan bilang harus lapor dulu, lalu kelurahan minta uang",
        "Desa mengirim berkas saya ke dinas",
        "KUA kecamatan minta biaya lebih",
        "Air bersih mati, pompa air rusak, rambu rambu tambang emas hilang",
        "Tidak ada lagi liang lahat, jangan muna",
        "Kulit saya kena duri sawit, gaji belum dibayar 2 bula",
        "Truk tikung di jalan sempit, mobil kombi ngetem",
        "Antre air hangat, air hangat mati",
        "Saya baru pulang dari Surabaya, jalan rusak",
        "Katong su cape, lampu mati tarus, dorang seng dengar",
    ],
)
def test_what_is_a_word_of_the_language_or_of_a_region_is_no_place(text: str) -> None:
    assert where(text).area is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Rumah saya di Limboto. Anak saya kuliah di Makassar", "75.01"),
        ("Jembatan di Wamena goyang, kalau putus mau ke arah Kurima Yahukimo susah", "95.01"),
        ("Saya warga Namlea, sekarang merantau di Ambon", "81.04"),
        ("KTP saya hilang, belum bisa pulang ke Namlea", "81.04"),
        ("Lampu di Long Bagun padam, keluarga kami di Samarinda menyala 24 jam", "64.11"),
        ("Akta anak di Langowan belum jadi. Saya shift malam, pabrik Bitung", "71.02"),  # beside something specific
        ("KTP di kecamatan Tambun Selatan belum jadi. Temen yg rekam barengan di Kota Bekasi sudah", "32.16"),
        ("Bantuan di Binjai Utara dipotong. Adek saya yang di Stabat terima penuh", "12.75"),
        ("Air di huntap Tondo mati, dulu rumah saya di Jono Oge Sigi", "72.71"),
        ("Cafe di Pondok Aren ribut sampai subuh, yang serupa di Kemang Jakarta sudah disegel", "36.74"),
    ],
)
def test_where_somebody_else_is_or_one_only_goes_is_not_the_place(text: str, expected: str) -> None:
    assert regency(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Bansos di Semarang banyakan salah sasaran", "33.74"),  # Banyakan and Susut are districts
        ("Debit air PDAM Bandung susut sejak kemarau", "32.73"),
        ("Anak saya Marisa ditolak SMP negeri di Surabaya", "35.78"),
        ("Kasongan Bantul jalannya rusak", "34.02"),
        ("di bandara Iskandar Muda Banda Aceh antre", "11.71"),
        ("KRL di stasiun Duri Jakarta Barat selalu penuh", "31.73"),
        ("Kalau malam di Cianjur gelap karena lampu jalan mati", "32.03"),
        ("Wilayah kami di Cianjur belum dapat air bersih", "32.03"),
        ("Saya bekerja di Batam, gaji tiga bulan tidak dibayar", "21.71"),
        ("Suami saya di Sidoarjo dipecat sepihak oleh pabrik", "35.15"),
        ("Polres Batubara lamban", "12.19"),
        ("warga Batu Bara Sumatera Utara resah begal", "12.19"),
    ],
)
def test_what_is_rare_elsewhere_does_not_push_out_what_is_meant(text: str, expected: str) -> None:
    assert regency(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("lpg 3 kg neng jenu tuban angel", "35.23"),  # also words of the language, before the regency that has them
        ("penghulu KUA di Waru, Pamekasan minta lebih. Di kota Surabaya tidak", "35.28"),
        ("sambungan baru daerah Soreang Parepare mahal", "73.72"),  # the capital of Bandung elsewhere
        ("tukang becak di stasiun Madiun ditolak", "35.77"),  # of the city: the regency lies around it
        ("Jl Delima Panam itu berlubang", "14.71"),
    ],
)
def test_what_stands_around_a_name_makes_it_sure(text: str, expected: str) -> None:
    assert regency(text) == expected


def test_a_word_with_a_capital_of_its_own_is_a_guess_for_a_person() -> None:
    found = where("Kepala desa kami di Kodi tidak bagi bantuan Pemerintah")
    assert found.area is None
    assert [area.regency for area in found.others] == ["53.18"]


@pytest.mark.parametrize(
    "text",
    ["Kami mentok, mau lapor ke mana lagi", "beras satu kodi dikirim ke waru", "Mohon KI Pusat jawab"],
)
def test_without_that_it_stays_a_word(text: str) -> None:
    assert where(text).area is None


# What people write that only looks like a place, or names another one beside it.
@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("sebagai warga Negara yang taat, saya minta selokan di Surabaya dikeruk", "35.78"),
        ("karyawan Harian lepas di pabrik Surabaya", "35.78"),
        ("sekitar Natal lampu padam di Denpasar", "51.71"),
        ("Hidup di Negara ini susah, Pak", None),
        ("Motor di Tarik leasing, Pak Polisi diam", None),
        ("Sekitar Juli 2025 saya melapor ke Dinas", None),
        ("Tawuran pelajar Pesanggrahan, batu beterbangan", None),
        ("Longsor di Beji, batu dan lumpur", None),
        ("Warga Purwodadi malang nasibnya. Mohon Bupati Grobogan", "33.15"),
        ("Surabaya, Kediri, Lombok Barat", None),
        ("Solo, Kendal, Ngawi", None),
        ("jalur Bandung, Serang, Jakarta", None),
        ("Jl. Ambarawa Semarang macet", "33.74"),
        ("Jl. Soreang Bandung gelap", "32.73"),
        ("Bapak Beji Batu tidak di tempat", None),
        ("Air PDAM tidak pernah sampai rumah kami di Cibinong", "32.01"),
        ("Maling sempat masuk rumah saya di Samarinda Ulu", "64.72"),
        ("Dulu rumah saya di Cibinong tidak pernah banjir, sekarang iya", "32.01"),
        ("Suami saya kecelakaan di Medan Tembung. Polres Binjai menolak laporan", "12.71"),
        ("Istri saya tinggal di Panakkukang, air mati. Saya KTP Gowa", "73.71"),
        ("Keluarga kami tinggal di Makassar, jalan rusak. Kiriman dari Gowa telat", "73.71"),
        ("Daftar keluarga penerima di Kabupaten Kendal tidak tepat. Semarang sudah diperbaiki", "33.24"),
        ("Pabrik di Serpong dekat Tangerang bising", "36.74"),
    ],
)
def test_what_looks_like_a_place_and_is_none(text: str, expected: str | None) -> None:
    area = where(text).area
    assert (area.regency if area else None) == expected


def test_a_part_of_a_city_that_is_a_district_elsewhere_too_is_divided() -> None:
    found = where("Pabrik di Ulujami belum bayar lembur")
    assert found.area is None
    assert {"31.74", "33.27"} <= {area.regency for area in found.others}
    assert regency("Pabrik di Ulujami Pemalang belum bayar lembur") == "33.27"


def test_dr_is_from_or_a_doctor() -> None:
    assert where("jln dr namlea rusak parah").area is None  # one leaves it
    assert regency("antri di rs dr. namlea, warga namlea capek") == "81.04"
