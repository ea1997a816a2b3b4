"""Headers in and out; what is wrong is named by a code and the header, never by what stood there."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lapor_contracts import envelope as envelopes
from lapor_contracts.envelope import Envelope, Headers, InvalidEnvelope, decode, decode_after, encode

GOOD = Envelope(
    id=UUID("018aedbc-1140-7d3d-8540-21de755d453b"),
    type="id.lapor.complaint.held.v1",
    source="urn:lapor:intake",
    subject="018aedbc-1140-71f3-9e37-79b97f4a7c15",
    time=datetime(2023, 10, 2, tzinfo=UTC),
    number=2,
    after={"lapor.assignments": 1},
)


@given(
    number=st.one_of(st.none(), st.integers(1, 2**31 - 1)),
    after=st.dictionaries(st.from_regex(r"lapor\.[a-z.-]{1,20}", fullmatch=True), st.integers(1, 2**31 - 1)),
    time=st.datetimes(timezones=st.just(UTC)),
    subject=st.text(st.characters(codec="utf-8"), min_size=1),
)
def test_what_is_written_is_read(number: int | None, after: dict[str, int], time: datetime, subject: str) -> None:
    envelope = Envelope(
        id=GOOD.id, type=GOOD.type, source=GOOD.source, subject=subject, time=time, number=number, after=after
    )
    assert decode(encode(envelope)) == envelope


def test_numbers_sort_as_text() -> None:
    texts = [dict(encode(replace(GOOD, number=n)))["ce_sequence"] for n in (1, 9, 10, 99, 100, 2**31 - 1)]
    assert texts == sorted(texts)


def test_unknown_headers_are_ignored() -> None:
    assert decode([*encode(GOOD), ("ce_later", b"1"), ("other", b"\xff"), ("null", None)]) == GOOD


@pytest.mark.parametrize(
    ("header", "value", "reason"),
    [
        ("ce_specversion", b"0.3", "wrong_spec_version"),
        ("ce_id", b"12", "not_a_uuid"),
        ("ce_id", b"", "no_header"),
        ("ce_time", b"2023-10-02T00:00:00", "not_a_time"),
        ("ce_time", b"noon", "not_a_time"),
        ("ce_sequence", b"0", "not_a_number"),
        ("ce_sequence", b"-1", "not_a_number"),
        ("ce_sequence", "١".encode(), "not_a_number"),
        ("ce_sequence", b"99999999999", "not_a_number"),
        ("ce_after", b"lapor.complaints", "not_after"),
        ("ce_after", b"=1", "not_after"),
        ("ce_subject", b"\xff\xfe", "header_not_utf8"),
        ("ce_type", None, "null_header"),
    ],
)
def test_what_is_wrong_is_named(header: str, value: bytes | None, reason: str) -> None:
    headers = [(name, value if name == header else old) for name, old in encode(GOOD)]
    with pytest.raises(InvalidEnvelope) as caught:
        decode(headers)
    assert (caught.value.reason, caught.value.header) == (reason, header)
    assert str(caught.value) == f"{reason}: {header}"


@pytest.mark.parametrize("header", ["ce_specversion", "ce_id", "ce_type", "ce_source", "ce_subject", "ce_time"])
def test_missing_header_is_named(header: str) -> None:
    with pytest.raises(InvalidEnvelope) as caught:
        decode([(name, value) for name, value in encode(GOOD) if name != header])
    assert (caught.value.reason, caught.value.header) == ("no_header", header)


def test_other_zones_are_the_same_instant() -> None:
    headers: Headers = [(n, b"2023-10-02T08:00:00+08:00" if n == "ce_time" else v) for n, v in encode(GOOD)]
    assert decode(headers).time - GOOD.time == timedelta()


def test_what_somebody_writes_at_length_is_read_and_not_kept() -> None:
    kept = envelopes._decode_usual.cache_info
    before = kept().currsize
    written = ",".join(f"lapor.topic-{n}=1" for n in range(1_000))
    assert len(decode_after(written)) == 1_000
    assert kept().currsize == before
    assert decode_after("lapor.complaints=7") is decode_after("lapor.complaints=7")
