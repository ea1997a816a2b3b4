"""References to evidence: none carries a name, whoever sends it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapor_contracts.attachments import wrong_fields
from lapor_contracts.base import Attachment

SHA = "0" * 64


def attachment(reference: str = SHA, media_type: str = "image/jpeg") -> Attachment:
    return Attachment(id=reference, media_type=media_type, size=1, sha256=SHA)


@pytest.mark.parametrize(
    "reference",
    ["KTP Budi 6407160101900001.jpg", "ktp-budi", "Budi.jpg", "081234567890", "b u d i", "budi_1", "0541738123",
     "https://berkas.example/budi", "Ани-1", "٠٨١٢٣"],
)  # fmt: skip
def test_where_no_names_are_known_a_reference_that_says_something_is_wrong(reference: str) -> None:
    assert wrong_fields((attachment(), attachment(reference))) == ("attachments.1.id",)


@pytest.mark.parametrize(
    "reference", ["0192f3a0-7c1e-7b3a-9d2e-1f2a3b4c5d6e", SHA, "A" * 32, "1", "F-20231", "ab123456"]
)
def test_a_reference_that_says_nothing_passes(reference: str) -> None:
    assert wrong_fields((attachment(reference),)) == ()
    assert wrong_fields((attachment(reference),), ("Budi Santoso",)) == ()


@pytest.mark.parametrize("media_type", ["image/budi-santoso", "budi/jpeg", "Budi", "image/jpeg; name=budi.jpg"])
def test_where_no_names_are_known_a_media_type_that_nobody_knows_is_wrong(media_type: str) -> None:
    assert wrong_fields((attachment(media_type=media_type),)) == ("attachments.0.media_type",)


def test_the_reporters_own_values_are_wrong_and_others_pass() -> None:
    own = ("Budi Santoso", "6407160101900001", "+6281234567890", "budi@example.com")
    given = (
        attachment("foto-jalan.jpg"), attachment("foto Budi.jpg"), attachment("6407160101900001"),
        attachment("x", "image/budi"), attachment("x", "image/x-adobe-dng"), attachment("x", "Budi"),
    )  # fmt: skip
    assert wrong_fields(given, own) == (
        "attachments.1.id", "attachments.2.id", "attachments.3.media_type", "attachments.5.media_type",
    )  # fmt: skip


def test_what_replaces_a_wrong_one_passes() -> None:
    assert wrong_fields((attachment(SHA, "application/octet-stream"),)) == ()
    assert wrong_fields(()) == ()


@given(st.text(min_size=1, max_size=200).filter(str.strip))
def test_no_word_passes_where_no_names_are_known(text: str) -> None:
    if wrong_fields((attachment(text),)) == ():
        letters = [letter for letter in text.strip() if letter.isalpha()]
        assert len(letters) <= 2 or all(letter in "abcdefABCDEF" for letter in letters)
