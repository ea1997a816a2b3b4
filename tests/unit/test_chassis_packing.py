"""States that are packed are the same states, whoever wrote them and when."""

from __future__ import annotations

import random
from functools import cache
from uuid import UUID

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapor_chassis.errors import Unreadable, described
from lapor_chassis.packing import Packing
from lapor_chassis.subject import Codec, to_json
from zstandard import train_dictionary

KINDS = ("jalan", "sampah", "sekolah", "puskesmas", "terminal", "pasar")


class Report(msgspec.Struct, frozen=True):
    title: str
    about: tuple[str, ...] = ()


@cache
def dictionary(seed: int) -> bytes:
    chance = random.Random(seed)  # noqa: S311 - samples
    samples: list[bytes | bytearray | memoryview] = [
        msgspec.json.encode(Report(f"keadaan {chance.choice(KINDS)} {chance.random()}", (chance.choice(KINDS),)))
        for _ in range(500)
    ]
    return train_dictionary(1_024, samples).as_bytes()


def row(state: str | None, packed: bytes | None) -> dict[str, object]:
    return {
        "id": UUID(int=1), "partition": 0, "plain": state, "packed": packed, "applied": "{}", "written": "{}",
        "due_at": None, "parked_at": None, "has_waiting": False,
    }  # fmt: skip


@given(st.builds(Report, title=st.text(), about=st.lists(st.text(), max_size=5).map(tuple)))
def test_what_is_packed_comes_back(state: Report) -> None:
    codec = Codec(Report, Packing([dictionary(1)]))
    text, packed = codec.columns(state)
    assert text is None
    assert codec.load(row(text, packed)).state == state


def test_a_row_of_before_is_read_and_packed_when_it_is_next_written() -> None:
    state = Report("jalan", ("rusak",))
    codec = Codec(Report, Packing([dictionary(1)]))
    plain = to_json(state)
    assert codec.load(row(plain, None)).state == state
    assert codec.text(row(plain, None)) == codec.text(row(*codec.columns(state))) == (plain or "").encode()


def test_no_state_is_no_state() -> None:
    codec = Codec(Report, Packing([dictionary(1)]))
    assert codec.columns(None) == (None, None)
    assert codec.load(row(None, None)).state is None


def test_the_newest_dictionary_packs_and_all_are_read() -> None:
    state = Report("sampah")
    old = Codec(Report, Packing([dictionary(1)])).columns(state)
    both = Codec(Report, Packing([dictionary(1), dictionary(2)]))
    assert both.load(row(*old)).state == state
    assert both.columns(state) == Codec(Report, Packing([dictionary(2)])).columns(state) != old


def test_a_dictionary_that_is_not_known_here_stops_the_service_with_a_word_of_what_to_do() -> None:
    newer = Codec(Report, Packing([dictionary(2)])).columns(Report("pasar"))
    with pytest.raises(Unreadable, match="start the version that wrote it"):
        Codec(Report, Packing([dictionary(1)])).load(row(*newer))
    with pytest.raises(Unreadable, match="start the version that wrote it") as stopped:
        Codec(Report).load(row(*newer))
    # And the log says it.
    assert "start the version that wrote it" in described(stopped.value)["reason"]


@pytest.mark.parametrize("dictionaries", [[b"keadaan jalan rusak"], [dictionary(1), dictionary(1)]])
def test_a_dictionary_must_have_a_number_of_its_own(dictionaries: list[bytes]) -> None:
    """Else a row could not say which it needs."""
    with pytest.raises(ValueError, match="number of its own"):
        Packing(dictionaries)


def test_without_a_dictionary_there_is_no_packing() -> None:
    with pytest.raises(ValueError, match="not whole"):
        Packing([])
