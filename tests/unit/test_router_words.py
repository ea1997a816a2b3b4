"""Words: tokens, spelling as in a message, and the roots of Indonesian words."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapor_router.domain.stems import Roots
from lapor_router.domain.words import MOST_WORDS, Language, Word, tokens
from lapor_router.lexicon_loading import load_language

LANGUAGE = load_language(())
ROOTS = Roots({
    "adil", "ajar", "alir", "angkat", "atur", "baik", "bakar", "beri", "cari", "cek", "guna", "ikan", "jalan", "kerja",
    "kirim", "lapor", "layan", "lubang", "main", "makan", "pukul", "renang", "rumah", "rusak", "sapu", "sekolah",
    "tambah", "tulis", "tunggu", "urus",
})  # fmt: skip

AFFIXES = [
    ("menyapu", "sapu"),
    ("pemukulan", "pukul"),
    ("memukuli", "pukul"),
    ("ditulis", "tulis"),
    ("penulis", "tulis"),
    ("mengirimkan", "kirim"),
    ("pengiriman", "kirim"),
    ("belajar", "ajar"),
    ("pelajaran", "ajar"),
    ("bekerja", "kerja"),
    ("pekerjaan", "kerja"),
    ("keberangkatan", "angkat"),
    ("memperbaiki", "baik"),
    ("diperbaikinya", "baik"),
    ("penambahan", "tambah"),
    ("melaporkannya", "lapor"),
    ("terurus", "urus"),
    ("mengurusi", "urus"),
    ("ngurus", "urus"),
    ("peraturan", "atur"),
    ("pelayanannya", "layan"),
    ("berikan", "beri"),
    ("perikanan", "ikan"),
    ("makanlah", "makan"),
    ("permainan", "main"),
    ("mengalirkan", "alir"),
    ("kebakaran", "bakar"),
    ("perumahan", "rumah"),
    ("kerusakan", "rusak"),
    ("berlubang", "lubang"),
    ("sejalan", "jalan"),
    ("menggunakan", "guna"),
    ("nyari", "cari"),
    ("mengecek", "cek"),
    ("ngecek", "cek"),
    ("nunggu", "tunggu"),
    ("bersekolah", "sekolah"),
    ("keadilan", "adil"),
    ("berenang", "renang"),
]


@pytest.mark.parametrize(("word", "root"), AFFIXES)
def test_affixes_are_taken_off(word: str, root: str) -> None:
    assert ROOTS.of(word) == root


@pytest.mark.parametrize("word", ["makan", "ikan", "jalan", "beri"])
def test_a_known_root_is_never_cut(word: str) -> None:
    assert ROOTS.of(word) == word


@pytest.mark.parametrize("word", ["bandung", "diponegoro", "kebumen", "pekan", "an", "xyz"])
def test_what_leaves_no_known_root_has_none(word: str) -> None:
    assert ROOTS.of(word) is None


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("jln yg rusak", ["jalan", "yang", "rusak"]),
        ("lampu2 jalan tdk nyala", ["lampu", "jalan", "tidak", "nyala"]),
        ("jalan-jalan berlubang", ["jalan", "berlubang"]),
        ("parahhhh bgt", ["parah", "sangat"]),
        ("e-KTP, KTP-el dan ektp", ["ktp", "ktp", "dan", "ktp"]),
        ("s4mp4h", ["sampah"]),
        ("jalannya rusak", ["jalan", "rusak"]),
        ("gorong-gorong", ["gorong-gorong"]),
        ("trimakasih", ["terima", "kasih"]),
        ("anak perusahaannya", ["anak", "perusahaan"]),
        ("ter-urus", ["terurus"]),
        ("jum'at", ["jumat"]),
        ("sudah 5hari", ["sudah", "hari"]),
    ],
)
def test_spelling_of_messages_is_understood(written: str, read: list[str]) -> None:
    assert [word.lemma for word in LANGUAGE.read(written)] == read


@pytest.mark.parametrize(("slip", "meant"), [("transprtasi", "transportasi"), ("pemerinath", "pemerintah")])
def test_one_slip_in_a_long_word_is_forgiven(slip: str, meant: str) -> None:
    assert LANGUAGE.words(slip) == LANGUAGE.words(meant)


@pytest.mark.parametrize("place", ["karawang", "tarakan", "tabanan", "kendal", "pesawaran", "singkil", "badung"])
def test_a_place_is_no_slip(place: str) -> None:
    assert LANGUAGE.words(place)[0].lemma == place


def test_an_abbreviation_may_mean_several_words() -> None:
    language = Language({"tlg": "tolong", "mohon2": "mohon", "sptjln": "seperti jalan"}, {"jalan"})
    assert language.words("sptjln") == (Word("seperti", "seperti"), Word("jalan", "jalan"))


def test_roots_leave_numbers_out() -> None:
    assert LANGUAGE.roots("Perbaikan 12 jembatan") == ("baik", "jembatan")


def test_only_the_beginning_of_a_very_long_text_is_read() -> None:
    assert len(tokens("jalan rusak " * 3000)) == MOST_WORDS


@given(st.text(max_size=300))
def test_any_text_has_words_and_none_is_empty(text: str) -> None:
    for word in LANGUAGE.read(text):
        assert word.lemma
        assert word.root


@given(st.sampled_from(AFFIXES), st.sampled_from(["", "nya", "lah", "kah"]))
def test_clitics_do_not_hide_a_root(pair: tuple[str, str], clitic: str) -> None:
    word, root = pair
    assert ROOTS.of(word + clitic) == root


@given(st.lists(st.sampled_from(["jln", "rusak", "parahhh", "e-ktp", "lampu2", "di", "Bandung"]), max_size=12))
def test_reading_twice_gives_the_same(words: list[str]) -> None:
    text = " ".join(words)
    assert LANGUAGE.read(text) == LANGUAGE.read(text.upper())
