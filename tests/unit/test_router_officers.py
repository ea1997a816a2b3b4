"""What officers write and attach goes out without anybody's identity, whatever bytes they send."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lapor_contracts import agency_replies, decisions
from lapor_contracts.agency_replies import AgencyFollowedUp, AgencyResolved
from lapor_contracts.attachments import wrong_fields
from lapor_contracts.base import Attachment

from tests.support.router_life import Life, names

SHA256 = hashlib.sha256(b"foto").hexdigest()
UUID_OF_A_FILE = "0190a1b2-7c3d-7e4f-8a5b-6c7d8e9f0a1b"


def attachment(**changes: Any) -> Attachment:
    fields = {"id": UUID_OF_A_FILE, "media_type": "image/jpeg", "size": 1_000, "sha256": SHA256}
    return Attachment(**{**fields, **changes})


def sent(kind: type[AgencyFollowedUp] | type[AgencyResolved], *attachments: Attachment) -> tuple[Attachment, ...]:
    life = Life()
    life.registered()
    ((_, _, reply),) = life.edge(kind(assignment=1, text="Lihat foto.", attachments=attachments), "6407-pupr")
    return tuple(reply.attachments)


@pytest.mark.parametrize("kind", [AgencyFollowedUp, AgencyResolved])
def test_a_file_name_that_names_somebody_never_leaves_the_router(
    kind: type[AgencyFollowedUp] | type[AgencyResolved],
) -> None:
    named = attachment(id="KTP Budi 6407161203850001.jpg")
    typed = attachment(media_type="image/budi-santoso")
    sized = attachment(size=6407161203850001)
    assert sent(kind, named, typed, attachment(), sized) == (
        attachment(id=SHA256),
        attachment(media_type="application/octet-stream"),
        attachment(),
        attachment(size=0),
    )


@settings(deadline=None)
@given(st.lists(st.builds(
    attachment,
    id=st.text(min_size=1, max_size=200).filter(lambda text: bool(text.strip())),
    media_type=st.sampled_from(["image/png", "x", "budi/santoso", "image/png; name=Budi"]),
    size=st.integers(-(10**20), 10**20),
), max_size=3))  # fmt: skip
def test_no_reference_could_hold_an_identity(attachments: list[Attachment]) -> None:
    out = sent(AgencyFollowedUp, *attachments)
    assert wrong_fields(out) == ()
    assert len(out) == len(attachments)
    assert all(0 <= kept.size <= 10**12 and kept.sha256 == SHA256 for kept in out)


@pytest.mark.parametrize("text", ["\x00", "\x1c", "\x1f \x00\x1e"])
def test_words_that_are_none_stop_nobody(text: str) -> None:
    """A text of control characters alone passes the contract, and would be empty here."""
    life = Life()
    life.registered()
    ((_, _, reply),) = life.edge(AgencyFollowedUp(assignment=1, text=text), "6407-pupr")
    assert reply.text == "-"
    moved = decisions.DecisionRouted(decided_by=text, agency="6407-dpmd", reason=text)
    assert names(life.edge(moved, "decider"))[-1] == ("assignments", "Assigned")


def test_a_character_that_no_database_keeps_hides_no_number() -> None:
    life = Life()
    life.registered()
    ((_, _, reply),) = life.edge(AgencyFollowedUp(assignment=1, text="Hub. 0812\x003456\x007890."), "6407-pupr")
    assert reply.text == "Hub. [disamarkan]."


def test_a_suggestion_that_is_somebodys_number_is_no_suggestion() -> None:
    life = Life()
    life.registered()
    decline = agency_replies.AgencyDeclined(assignment=1, reason="Bukan kami.", suggested="081234567890")
    written = life.edge(decline, "6407-pupr")
    assert written[0][2].suggested is None
    assert "081234567890" not in " ".join(event.model_dump_json() for *_, event in written)
