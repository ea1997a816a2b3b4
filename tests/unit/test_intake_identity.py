"""Identities in one form, tracking ids that notice a slip, access codes that are stored nowhere."""

from __future__ import annotations

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapor_contracts.redaction import redact
from lapor_contracts.submissions import AccessCode, Reporter
from lapor_intake.domain.access import access_code, matches
from lapor_intake.domain.attempts import wait_after
from lapor_intake.domain.identity import Identity, e164, identify, is_nik
from lapor_intake.domain.policy import FREE_ATTEMPTS, LONGEST_WAIT_SECONDS
from lapor_intake.domain.tracking import BODIES, is_tracking_id, tracking_id
from pydantic import TypeAdapter


@pytest.mark.parametrize(
    "written",
    ["081234567890", "0812-3456-7890".replace("-", " "), "+62 812 3456 7890", "6281234567890", "0062 812 34567890",
     "+62 (0)812 3456 7890", "(0812) 34567890", "81234567890"],
)  # fmt: skip
def test_one_phone_in_every_spelling_is_one_number(written: str) -> None:
    assert e164(written) == "+6281234567890"


@pytest.mark.parametrize(
    ("written", "number"),
    [("0541 738123", "+62541738123"), ("+65 6123 4567", "+6561234567"), ("1708170817", None), ("000000000", None),
     ("+00123456789", None), ("0812", None), ("021 5551234567890", None)],
)  # fmt: skip
def test_other_numbers(written: str, number: str | None) -> None:
    assert e164(written) == number


@pytest.mark.parametrize("nik", ["6407160101900001", "6407164101900001", "3174057112850010"])
def test_a_possible_nik(nik: str) -> None:
    assert is_nik(nik)


@pytest.mark.parametrize(
    "nik",
    ["6407163201900001", "6407160113900001", "6407160101900000", "6400160101900001", "0407160101900001",
     "6407167201900001", "64071601019000", "6407160100900001"],
)  # fmt: skip
def test_an_impossible_nik(nik: str) -> None:
    assert not is_nik(nik)
    _, wrong = identify(Reporter(nik=nik.ljust(16, "0")))
    assert wrong == ("nik",)


def test_identity_knows_its_surest_value_and_hides_in_repr() -> None:
    identity, wrong = identify(
        Reporter(name="Siti Aminah", nik="6407160101900001", phone="0812 3456 7890", email="Siti@Example.COM")
    )
    assert not wrong
    assert identity.email == "siti@example.com"
    assert identity.known_by == "nik:6407160101900001"
    assert Identity(phone="+6281234567890").known_by == "phone:+6281234567890"
    assert Identity(email="a@b.id").known_by == "email:a@b.id"
    assert Identity(name="Siti").known_by is None
    assert Identity().empty
    assert not Identity(name="Siti").has_contact
    assert "Siti" not in repr(identity)


numbers = st.integers(0, BODIES - 1)


@given(numbers, st.integers(0, 9), st.integers(0, 9))
def test_every_single_slip_in_a_tracking_id_is_noticed(number: int, at: int, digit: int) -> None:
    right = tracking_id(number)
    assert is_tracking_id(right)
    slipped = right[:at] + str(digit) + right[at + 1 :]
    assert is_tracking_id(slipped) == (slipped == right)


@given(numbers, st.integers(0, 8))
def test_every_swap_of_neighbours_is_noticed(number: int, at: int) -> None:
    right = tracking_id(number)
    swapped = right[:at] + right[at + 1] + right[at] + right[at + 2 :]
    assert is_tracking_id(swapped) == (swapped == right)


@given(numbers)
def test_a_tracking_id_is_ten_digits_unlike_a_phone(number: int) -> None:
    text = tracking_id(number)
    assert len(text) == 10
    assert redact(f"laporan {text} saya") == f"laporan {text} saya"


def test_tracking_ids_differ_and_end_somewhere() -> None:
    assert len({tracking_id(number) for number in range(0, BODIES, BODIES // 1000)}) > 999
    with pytest.raises(ValueError, match="below BODIES"):
        tracking_id(BODIES)
    assert not is_tracking_id("٠١٢٣٤٥٦٧٨٩")
    assert not is_tracking_id("123")


@given(st.uuids(), st.binary(min_size=32, max_size=32))
def test_access_code_has_the_contract_form_and_matches_only_its_complaint(complaint: UUID, key: bytes) -> None:
    code = access_code(key, complaint)
    assert TypeAdapter(AccessCode).validate_python(code) == code
    assert matches(key, complaint, code)
    assert not matches(key, None, code)
    assert not matches(key, complaint, code[:-1] + ("0" if code[-1] != "0" else "1"))
    assert not matches(key[:-1] + bytes([key[-1] ^ 1]), complaint, code)


def test_wrong_codes_wait_longer_and_longer_but_not_for_ever() -> None:
    waits = [wait_after(failures) for failures in range(100)]
    assert waits[:FREE_ATTEMPTS] == [0] * FREE_ATTEMPTS
    assert waits[FREE_ATTEMPTS] > 0
    assert waits == sorted(waits)
    assert waits[-1] == LONGEST_WAIT_SECONDS
