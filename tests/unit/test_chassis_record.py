"""Records as hostile or broken senders may write them: a reason each, never what stood there."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st
from lapor_chassis.clock import DomainClock
from lapor_chassis.errors import Invalid
from lapor_chassis.ids import uuid7
from lapor_chassis.record import MAX_BODY_BYTES, Record, headers_from_json, headers_to_json
from lapor_chassis.subject import CORE_PARTITIONS, partition_of
from lapor_contracts.complaints import Amended, Withdrawn
from lapor_contracts.envelope import Envelope, encode

SECRET = "3174012345678901"  # what a message must never quote
SUBJECT = uuid7()
AT = datetime(2026, 1, 5, tzinfo=UTC)
Headers = tuple[tuple[str, bytes | None], ...]
GOOD: Headers = tuple(
    encode(Envelope(id=uuid7(), type=Amended.type, source="urn:x", subject=str(SUBJECT), time=AT, number=3))
)


def record(headers: Headers = GOOD, value: bytes | None = b"{}", topic: str = "lapor.complaints") -> Record:
    return Record(topic, 0, 7, 1_767_571_200_000, str(SUBJECT).encode(), value, headers)


def with_header(name: str, value: bytes | None) -> Headers:
    return (*(h for h in GOOD if h[0] != name), (name, value))


def without_header(name: str) -> Headers:
    return tuple(h for h in GOOD if h[0] != name)


def assert_says_nothing(invalid: Invalid) -> None:
    assert SECRET not in f"{invalid!r} {invalid} {invalid.reason} {invalid.field}"


def test_a_good_one() -> None:
    good = record()
    assert good.fault is None and good.envelope is not None and good.envelope.number == 3
    assert good.subject == SUBJECT
    assert good.event(strict=True) == Amended()
    assert good.received_at(DomainClock()) == AT


@pytest.mark.parametrize(
    ("headers", "reason", "where"),
    [
        ((), "no_header", "ce_specversion"),
        (with_header("ce_specversion", SECRET.encode()), "wrong_spec_version", "ce_specversion"),
        (without_header("ce_id"), "no_header", "ce_id"),
        (without_header("ce_type"), "no_header", "ce_type"),
        (with_header("ce_subject", b""), "no_header", "ce_subject"),
        (with_header("ce_type", None), "null_header", "ce_type"),
        (with_header("ce_type", SECRET.encode() + b"\xff"), "header_not_utf8", "ce_type"),
        (with_header(f"ce_{SECRET}", b"\xff"), "header_not_utf8", None),
        (with_header("traceparent", b"\xff"), "header_not_utf8", "traceparent"),
        (with_header("ce_id", SECRET.encode()), "not_a_uuid", "ce_id"),
        (with_header("ce_time", SECRET.encode()), "not_a_time", "ce_time"),
        (with_header("ce_time", b"2026-01-05T00:00:00"), "not_a_time", "ce_time"),
        (with_header("ce_sequence", b"-1"), "not_a_number", "ce_sequence"),
        (with_header("ce_sequence", b"0"), "not_a_number", "ce_sequence"),
        (with_header("ce_sequence", SECRET.encode()), "not_a_number", "ce_sequence"),
        (with_header("ce_sequence", "٣".encode()), "not_a_number", "ce_sequence"),
        (with_header("ce_sequence", b"9" * 5_000), "bad_header", None),
        (with_header("ce_after", SECRET.encode()), "not_after", "ce_after"),
        (with_header("ce_after", b"lapor.replies=-1"), "not_after", "ce_after"),
        (with_header("ce_after", b"lapor.replies=" + b"9" * 5_000), "bad_header", None),
    ],
)
def test_bad_headers(headers: Headers, reason: str, where: str | None) -> None:
    bad = record(headers)
    assert bad.envelope is None and bad.subject is None
    assert bad.fault is not None
    assert (bad.fault.reason, bad.fault.field) == (reason, where)
    assert_says_nothing(bad.fault)
    with pytest.raises(Invalid):
        bad.event(strict=False)


def test_headers_that_are_not_ours_may_be_anything() -> None:
    assert record((*GOOD, ("x", None), ("y", b"\xff"))).fault is None


def test_a_subject_that_is_no_uuid_is_no_subject() -> None:
    assert record(with_header("ce_subject", SECRET.encode())).subject is None


@pytest.mark.parametrize(
    ("value", "reason", "where"),
    [
        (None, "tombstone", None),
        (b"", "not_json", None),
        (SECRET.encode() + b"{", "not_json", None),
        (b"\xff\xfe", "not_json", None),
        (f'"{SECRET}"'.encode(), "invalid_body:model_type", ""),
        (f'{{"title": ["{SECRET}"]}}'.encode(), "invalid_body:string_type", "title"),
        (f'{{"place": {{"latitude": "x{SECRET}"}}}}'.encode(), "invalid_body:float_parsing", "place.latitude"),
        (f'{{"attachments": [{{"id": "{SECRET}"}}]}}'.encode(), "invalid_body:missing", "attachments.0.media_type"),
        (b" " * (MAX_BODY_BYTES + 1), "too_large", None),
    ],
)
def test_bad_bodies(value: bytes | None, reason: str, where: str | None) -> None:
    with pytest.raises(Invalid) as caught:
        record(value=value).event(strict=False)
    assert (caught.value.reason, caught.value.field or None) == (reason, where or None)
    assert_says_nothing(caught.value)
    assert caught.value.__cause__ is None, "a traceback would quote the input"


def test_no_nul_from_outside() -> None:
    value = b'{"title": "a\\u0000b"}'
    with pytest.raises(Invalid, match="nul_character"):
        record(value=value).event(strict=True)


def test_types_that_are_unknown_or_of_another_topic() -> None:
    unknown = with_header("ce_type", b"id.lapor.complaint.praised.v1")
    assert record(unknown).event(strict=False) is None
    with pytest.raises(Invalid, match="unknown_type"):
        record(unknown).event(strict=True)
    with pytest.raises(Invalid, match="wrong_type_for_topic"):
        record(with_header("ce_type", Withdrawn.type.encode()), topic="lapor.replies").event(strict=False)


@given(st.lists(st.tuples(st.text(max_size=20), st.none() | st.binary(max_size=50))), st.none() | st.binary())
def test_nothing_raises_but_invalid(headers: list[tuple[str, bytes | None]], value: bytes | None) -> None:
    for read in (record(tuple(headers), value), record((*GOOD, *headers), value)):
        try:
            read.event(strict=True)
        except Invalid:
            continue


@given(st.lists(st.tuples(st.text(max_size=20), st.none() | st.binary(max_size=50))))
def test_headers_survive_a_table(headers: list[Any]) -> None:
    assert headers_from_json(headers_to_json(tuple(headers))) == tuple(headers)


@given(st.uuids())
def test_a_complaint_is_where_every_kafka_client_would_put_it(complaint: UUID) -> None:
    partitions = list(range(CORE_PARTITIONS))
    assert partition_of(complaint) == DefaultPartitioner()(str(complaint).encode(), partitions, partitions)
