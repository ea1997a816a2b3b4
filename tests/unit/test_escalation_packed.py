"""Rows of the database can be read with the very bytes of the dictionary that packed them, and with no others."""

from __future__ import annotations

from hashlib import sha256

import msgspec
from lapor_escalation import packed
from lapor_escalation.recount import counted_with

from tests.packing.states import RULES, walked

RELEASED = {"1.zdict": "a9f3b322f1559634a894d69d77384ffeb4113471d579ef44162816394238ab75"}


def test_a_released_dictionary_never_changes() -> None:
    assert {file.name: sha256(file.read_bytes()).hexdigest() for file in packed.FOLDER.glob("*")} == RELEASED


def test_every_state_of_a_life_comes_back_and_takes_a_fifth_of_its_text() -> None:
    """Stories that the dictionary was not trained on; the first states are the smallest."""
    codec = packed.codec()
    for number in range(90_000, 90_030):
        for state in walked(number):
            text, small = codec.columns(state)
            assert text is None
            assert small is not None
            row = {"state": None, "packed": small}
            assert codec.text(row) == msgspec.json.encode(state)
            assert msgspec.json.decode(codec.text(row) or b"", type=type(state)) == state
            assert len(small) * 5 < len(msgspec.json.encode(state))
            assert counted_with(RULES.calendar) in (codec.text(row) or b"")
