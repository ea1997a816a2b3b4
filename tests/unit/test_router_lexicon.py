"""The lexicon: what words, phrases and pairs say, how weights become probabilities, and that no text breaks it."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lapor_router.domain.categories import Category
from lapor_router.domain.findings import NOTHING, About
from lapor_router.domain.lexicon import MAX_GUESSES, Entry, Lexicon
from lapor_router.domain.words import Language

SECTORS = {
    "jalan-rusak/umum": "pekerjaan-umum",
    "jalan-rusak/nasional": "pekerjaan-umum",
    "penerangan-jalan/umum": "perhubungan",
    "transportasi/lalu-lintas": "perhubungan",
    "listrik/gangguan": "listrik",
    "kependudukan/dokumen": "kependudukan",
    "bansos/pkh-sembako": "sosial",
}
CATEGORIES = {code: Category(code, f"id {code}", f"en {code}", "TOPIK") for code in SECTORS}
ENTRIES = (
    Entry("jalan rusak", "jalan-rusak/umum", 3),
    Entry("jalan + ~rusak", "jalan-rusak/umum", 2),
    Entry("jalan nasional", "jalan-rusak/nasional", 2),
    Entry("~aspal", "jalan-rusak/umum", 2),
    Entry("lampu", "penerangan-jalan/umum", 2),
    Entry("lampu", "listrik/gangguan", 1),
    Entry("lampu merah", "transportasi/lalu-lintas", 3),
    Entry("dinas perhubungan", "@transportasi/lalu-lintas", 4),
    Entry("listrik", "listrik/gangguan", 2),
    Entry("kartu keluarga", "kependudukan/dokumen", 4),
    Entry("kartu keluarga sejahtera", "bansos/pkh-sembako", 4),
    Entry("jalan keluar", "-", 0),
    Entry("jalan", "jalan-rusak/umum", 0.5),
    Entry("padam", "listrik/gangguan", 1),
    Entry("padam", "jalan-rusak/umum", -1),
)


def lexicon() -> Lexicon:
    roots = {"rusak", "aspal", "padam", "lampu", "jalan"}
    known = {word for entry in ENTRIES for word in entry.words.split() if word.isalpha()}
    return Lexicon(ENTRIES, Language({"jln": "jalan"}, roots, known), CATEGORIES, SECTORS)


LEXICON = lexicon()


def read(text: str, title: str = "") -> About:
    return LEXICON.read(text, title)


def best(about: About) -> str:
    return about.guesses[0].category


def share(about: About, sector: str) -> float:
    return dict(about.sectors).get(sector, 0.0)


@pytest.mark.parametrize(
    ("text", "category"),
    [
        ("jln yang sudah rusak", "jalan-rusak/umum"),
        ("rusak sekali sudah lama jalannya", "jalan-rusak/umum"),
        ("pengaspalan", "jalan-rusak/umum"),
        ("lampu mati", "penerangan-jalan/umum"),
        ("lampu merah", "transportasi/lalu-lintas"),
        ("kartu keluarga", "kependudukan/dokumen"),
        ("kartu keluarga sejahtera", "bansos/pkh-sembako"),
        ("kepada dinas perhubungan", "transportasi/lalu-lintas"),
        ("jalan nasional rusak", "jalan-rusak/nasional"),
    ],
)
def test_what_it_is_about(text: str, category: str) -> None:
    assert best(read(text)) == category


@pytest.mark.parametrize("text", ["", "   ", "12345", "selamat pagi", "😀😀", "道路が壊れている", "jalan keluar"])
def test_nothing_found_is_nothing(text: str) -> None:
    assert read(text) == NOTHING


def test_a_longer_phrase_takes_its_words_from_a_shorter_one() -> None:
    assert share(read("kartu keluarga sejahtera"), "kependudukan") == 0
    assert share(read("lampu merah"), "listrik") == 0


def test_words_of_a_pair_that_stand_far_apart_are_none() -> None:
    far = "jalan " + "kata " * 30 + "rusak"
    assert share(read("jalan itu kini rusak"), "pekerjaan-umum") > share(read(far), "pekerjaan-umum")


def test_the_title_counts_more() -> None:
    in_text = read("listrik lampu merah")
    in_title = read("lampu merah", title="listrik")
    assert share(in_title, "listrik") > share(in_text, "listrik")


def test_a_landmark_counts_less() -> None:
    assert share(read("depan listrik"), "listrik") < share(read("soal listrik"), "listrik")


def test_another_word_for_the_same_makes_it_surer() -> None:
    assert share(read("listrik padam"), "listrik") > share(read("listrik"), "listrik")


def test_a_word_may_speak_against() -> None:
    assert share(read("jalan rusak padam"), "pekerjaan-umum") < share(read("jalan rusak"), "pekerjaan-umum")


def test_evidence_is_the_lexicons_words_in_both_languages() -> None:
    about = read("JLN YANG AMAT RUSAK di Kampung Melati")
    assert about.source == "words"
    assert about.guesses[0].words == ("jalan rusak",)
    assert about.evidence[0].startswith("Kata “jalan rusak”: id jalan-rusak/umum")
    assert "Words “jalan rusak”: en jalan-rusak/umum" in about.evidence[0]
    assert "melati" not in " ".join(about.evidence).lower()


@pytest.mark.parametrize("words", ["", "~", "+", "jalan +", "jalan rusak + lampu", "a + b + c"])
def test_an_entry_that_is_none_is_refused(words: str) -> None:
    with pytest.raises(ValueError, match="is no word, phrase or pair"):
        Lexicon([Entry(words, "jalan-rusak/umum", 1)], Language({}, ()), CATEGORIES, SECTORS)


def test_an_entry_for_what_has_no_authority_is_refused() -> None:
    with pytest.raises(ValueError, match="no category with an authority"):
        Lexicon([Entry("jalan", "tidak/ada", 1)], Language({}, ()), CATEGORIES, SECTORS)


WORDS = st.lists(
    st.sampled_from(["jalan", "rusak", "lampu", "merah", "kartu", "keluarga", "di", "depan", "listrik", "padam", "x"]),
    max_size=40,
).map(" ".join)


@given(st.one_of(WORDS, st.text(max_size=200)), WORDS)
def test_probabilities_are_probabilities_and_sorted(text: str, title: str) -> None:
    about = read(text, title)
    shares = [part for _, part in about.sectors]
    chances = [guess.probability for guess in about.guesses]
    assert shares == sorted(shares, reverse=True)
    assert chances == sorted(chances, reverse=True)
    assert sum(shares) <= 1 + 1e-9
    assert sum(chances) <= 1 + 1e-9
    assert all(0 < part <= 1 for part in (*shares, *chances))
    assert len(about.guesses) <= MAX_GUESSES
    assert {SECTORS[guess.category] for guess in about.guesses} <= {sector for sector, _ in about.sectors}


@given(WORDS)
def test_capitals_and_what_was_read_before_change_nothing(text: str) -> None:
    assert read(text) == lexicon().read(text.upper())


@given(st.sampled_from(["jalan rusak ", "lampu ", "😀ﷺ ", "A" * 50 + " ", "di ", "ketidakberterimaannya ", "1 "]))
@settings(max_examples=20)
def test_a_text_of_10_000_characters_takes_milliseconds(piece: str) -> None:
    text = (piece * 10_000)[:10_000]
    took = []
    for _ in range(3):
        began = time.thread_time()
        read(text)
        took.append(time.thread_time() - began)
    assert min(took) < 0.005
