"""Rows of the database can be read with the very bytes of the dictionary that packed them, and with no others."""

from __future__ import annotations

from hashlib import sha256

import msgspec
from lapor_escalation import packed
from lapor_escalation.recount import counted_with

from tests.packing.states import walked
from tests.packing.variety import as_real
from tests.support.escalation_walk import RULES

RELEASED = {"1.zdict": "06c8a15f856cdea5b815a67a0eb7c302440b0d3faf4a37b5efc954408c30d285"}


def test_a_released_dictionary_never_changes() -> None:
    assert {file.name: sha256(file.read_bytes()).hexdigest() for file in packed.FOLDER.glob("*")} == RELEASED


def test_every_state_of_a_life_comes_back_and_takes_a_quarter_of_its_text() -> None:
    """Stories that the dictionary was not trained on; the first states are the smallest, and gain least."""
    codec, texts, sizes = packed.codec(), 0, 0
    for number in range(90_000, 90_030):
        for made in walked(number):
            text = as_real(msgspec.json.encode(made).decode(), number).encode()
            state = msgspec.json.decode(text, type=type(made))
            plain, small = codec.columns(state)
            assert plain is None
            assert small is not None
            row = {"plain": None, "packed": small}
            assert codec.text(row) == msgspec.json.encode(state)
            assert len(small) * 3 < len(text)
            texts, sizes = texts + len(text), sizes + len(small)
            assert counted_with(RULES.calendar) in (codec.text(row) or b"")
    assert sizes * 4 < texts
