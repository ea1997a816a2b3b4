"""What the benchmark puts in: persons that intake takes, agencies that the rules lead to, copies that differ in ids."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import pytest
from lapor_contracts.complaints import Registered
from lapor_intake.domain.identity import identify
from lapor_router.loading import load

from tests.bench import million, people, replicas
from tests.bench.wire import Headers

DAY = date(2026, 1, 5)


def test_every_complaint_is_by_a_person_of_its_own_whom_intake_takes() -> None:
    reporters = [people.complaint(number).reporter for number in (*range(3_000), 9_998, 9_999, 2_000_000)]
    assert all(identify(reporter)[1] == () for reporter in reporters)
    assert len({reporter.nik for reporter in reporters}) == len(reporters)


def test_the_rules_lead_to_thirty_agencies_and_give_nobody_a_copy() -> None:
    rules = load()
    assert len(set(people.AGENCIES)) == 30
    for agency, category, area in people.LEADS:
        rule = rules.matrix.rule_for(category, None, DAY)
        found = rules.known.get(agency)
        assert rule is not None and found is not None, agency
        assert (rule.lead.level, rule.lead.kind, rule.copies) == ("regency", found.kind, ())
        assert found.area == area[:5]


class Message:
    """Of intake, as a client gives it."""

    def __init__(self, topic: str, subject: UUID, value: str) -> None:
        self._topic, self._value = topic, value.encode()
        ids = [("ce_id", b"old"), ("ce_subject", str(subject).encode()), ("ce_sequence", b"0000000001")]
        self._headers: Headers = [*ids]

    def topic(self) -> str:
        return self._topic

    def value(self) -> bytes:
        return self._value

    def headers(self) -> Headers:
        return self._headers


def test_a_replica_differs_from_its_original_in_its_ids_alone() -> None:
    subject = UUID("01890000-0000-7000-8000-000000000001")
    body = Registered(
        tracking_id="1234567890", channel="web", report_type="complaint", title="T", narrative="N", anonymous=False,
        place=people.complaint(1).place, secret=False, has_contact=True, complete=True,
        received_at="2026-01-05T08:00:00+07:00",
    ).model_dump_json()  # fmt: skip
    original = [Message("lapor.complaints", subject, body), Message("lapor.contacts", subject, '{"sealed":"x"}')]
    rows = list(replicas.replicas([original], 2))  # type: ignore[list-item]
    assert [row.topic for row in rows] == ["lapor.complaints", "lapor.contacts"] * 2
    assert rows[0].key == rows[1].key != rows[2].key == rows[3].key
    assert rows[0].value == body.replace("1234567890", str(replicas.FIRST_TRACKING_ID)).encode()
    assert rows[1].value == original[1].value()
    for row in rows:
        headers = dict(row.headers)
        assert (headers["ce_subject"], headers["ce_sequence"]) == (row.key, b"0000000001")
    assert len({dict(row.headers)["ce_id"] for row in rows}) == 4


@pytest.mark.parametrize("service", million._TABLES)
def test_a_row_like_another_keeps_all_but_ids_and_keys(service: str) -> None:
    for table in million._TABLES[service]:
        columns = ["what_it_says", *table.values, *([table.key] if table.key else [])]
        sql = million._insert(table, columns, 1_000_000, 300, 0)
        assert f"insert into {table.name}" in sql
        assert "t.what_it_says" in sql
        assert not [name for name in columns[1:] if f"t.{name}," in sql or sql.endswith(f"t.{name}")]
        first = 1 if table.days == million.DAYS else 1_000_000 - 1_000_000 * table.days // million.DAYS + 1
        assert f"generate_series({first}::bigint, 1000000::bigint)" in sql
