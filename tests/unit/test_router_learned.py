"""What was learned from outcomes, beside the lexicon."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lapor_router.domain.findings import NOTHING, About, Guess
from lapor_router.domain.learned import UNSEEN, Learned
from lapor_router.learning.duplicates import groups_of, joined
from lapor_router.learning.storage import packed, unpacked
from lapor_router.learning.training import Example, TooFew, Trained, fit_linear, train

SECTORS = ("air-minum", "listrik", "pendidikan", "pekerjaan-umum")
WORDS = {
    "air-minum": "air pdam keruh mati pipa meter",
    "listrik": "listrik padam meter token tiang pln",
    "pekerjaan-umum": "jalan lubang aspal rusak jembatan saluran",
}
SECTOR_OF = {"listrik/pelanggan": "listrik", "air-minum/pelanggan": "air-minum", "jalan-rusak/umum": "pekerjaan-umum"}


def lexicon(*said: tuple[str, float]) -> About:
    category = {sector: code for code, sector in SECTOR_OF.items()}
    guesses = tuple(Guess(category[sector], probability) for sector, probability in said)
    return About(guesses, said, "words", ("x",))


def examples(count: int = 240, seed: int = 1) -> list[Example]:
    """Words of the sector among words of none; the lexicon knows half of them, and is wrong at times."""
    chance = random.Random(seed)  # noqa: S311
    found = []
    for number in range(count):
        sector = chance.choice(list(WORDS))
        roots = chance.choices(WORDS[sector].split(), k=3) + chance.choices(
            ["mohon", "bantu", "tolong", "lapor", "warga"], k=4
        )
        said = sector if chance.random() < 0.8 else chance.choice(list(WORDS))
        found.append(Example(tuple(roots), lexicon((said, 0.8)) if chance.random() < 0.5 else NOTHING, sector, number))
    return found


@pytest.fixture(scope="module")
def trained() -> Trained:
    return train(examples(), SECTORS)


def test_learns_what_the_lexicon_does_not_know(trained: Trained) -> None:
    about = trained.model.read(("pipa", "keruh", "mohon"), NOTHING, SECTOR_OF)
    assert about.sectors[0][0] == "air-minum"
    assert about.sectors[0][1] > 0.8
    assert about.source == "learned"


def test_the_curve_is_of_texts_that_the_model_had_not_seen(trained: Trained) -> None:
    assert trained.curve.decided == trained.examples == 240
    assert trained.curve.threshold(0.1) < 1


def test_without_known_words_the_lexicon_is_followed(trained: Trained) -> None:
    about = trained.model.read(("kata", "asing"), lexicon(("listrik", 0.9)), SECTOR_OF)
    assert about.sectors[0][0] == "listrik"
    assert about.guesses[0].category == "listrik/pelanggan"
    nothing = trained.model.read((), NOTHING, SECTOR_OF)
    assert nothing.sectors[0][1] < 0.7


def test_agreement_is_surer_than_disagreement(trained: Trained) -> None:
    words = ("token", "pln", "mohon")
    agreed = trained.model.read(words, lexicon(("listrik", 0.8)), SECTOR_OF)
    disputed = trained.model.read(words, lexicon(("pekerjaan-umum", 0.8)), SECTOR_OF)
    assert agreed.sectors[0][1] > disputed.sectors[0][1]


def test_a_sector_without_an_example_can_still_be_the_lexicons(trained: Trained) -> None:
    about = trained.model.read(("kata", "asing"), About(sectors=(("pendidikan", 0.95),), source="words"), SECTOR_OF)
    assert about.sectors[0][0] == "pendidikan"


def test_the_usual_category_where_the_lexicon_names_none(trained: Trained) -> None:
    model = replace(trained.model, usual={"air-minum": "air-minum/pelanggan"})
    assert model.read(("pipa", "pdam"), NOTHING, SECTOR_OF).guesses[0].category == "air-minum/pelanggan"
    assert trained.model.read(("pipa", "pdam"), NOTHING, SECTOR_OF).guesses == ()


ROOTS = st.lists(st.sampled_from([*" ".join(WORDS.values()).split(), "mohon", "asing", "", "⚡"]), max_size=60)
SAID = st.lists(st.tuples(st.sampled_from(sorted(SECTOR_OF.values())), st.floats(0, 0.33)), max_size=3)


@settings(max_examples=60)
@given(ROOTS, SAID)
def test_any_words_have_probabilities(trained_model: Learned, roots: list[str], said: list[tuple[str, float]]) -> None:
    about = trained_model.read(roots, lexicon(*said), SECTOR_OF)
    shares = [share for _, share in about.sectors]
    assert all(0 <= share <= 1 for share in shares)
    assert sum(shares) <= 1 + 1e-6
    assert shares[0] == max(shares)
    assert len({sector for sector, _ in about.sectors}) == len(shares)
    assert sum(guess.probability for guess in about.guesses) <= 1 + 1e-6


@pytest.fixture(scope="module")
def trained_model(trained: Trained) -> Learned:
    return trained.model


def test_stored_and_loaded_it_says_the_same(trained: Trained) -> None:
    model, curve = unpacked(packed(trained.model, trained.curve))
    assert curve == trained.curve
    for example in examples(20, seed=9):
        assert model.read(example.roots, example.lexicon, SECTOR_OF) == trained.model.read(
            example.roots, example.lexicon, SECTOR_OF
        )


def test_the_same_outcomes_give_the_same_model(trained: Trained) -> None:
    again = train(examples(), SECTORS)
    assert packed(again.model, again.curve) == packed(trained.model, trained.curve)


def test_too_few_outcomes_teach_nothing() -> None:
    with pytest.raises(TooFew):
        train(examples(20), SECTORS)
    with pytest.raises(TooFew):
        train([replace(example, sector="listrik") for example in examples()], SECTORS)
    with pytest.raises(TooFew):
        train([replace(example, group=1) for example in examples()], SECTORS)


def test_two_sectors_are_enough() -> None:
    two = [example for example in examples() if example.sector != "listrik"]
    model = fit_linear(two, SECTORS)
    assert model.bias[SECTORS.index("listrik")] == UNSEEN
    scores, known = model.scores(("aspal", "lubang"))
    assert int(scores.argmax()) == SECTORS.index("pekerjaan-umum")
    assert known == 1


def test_near_duplicates_are_one_group() -> None:
    text = "lampu jalan di depan pasar sudah tiga bulan padam dan belum diperbaiki mohon perhatian dinas terkait"
    other = "antrean di loket pelayanan sangat panjang padahal hanya satu petugas yang melayani warga setiap pagi"
    groups = groups_of([text, other, text.replace("tiga", "empat").upper(), text[:60], ""])
    assert groups[0] == groups[2] == groups[3]
    assert len(set(groups)) == 3


def test_groups_are_joined_by_any_labelling() -> None:
    groups = joined([1, 1, 2, 3], ["a", "b", "b", "c"])
    assert groups[0] == groups[1] == groups[2] != groups[3]
