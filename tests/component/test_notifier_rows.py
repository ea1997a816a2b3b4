"""Delivery rows in the real database: leases, settling, days."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import date, timedelta
from uuid import UUID, uuid5

import asyncpg
import pytest
from lapor_chassis.clock import wall_now
from lapor_chassis.db import Pool, connect_pool
from lapor_chassis.ids import uuid7
from lapor_chassis.migrations import migrate
from lapor_contracts import complaints
from lapor_deploy.stack import Stack
from lapor_notifier import postgres, statements
from lapor_notifier.handlers import DELIVERIES
from lapor_notifier.main import MIGRATIONS
from lapor_notifier.postgres import Delivery, Settlement

pytestmark = pytest.mark.component
LONG, SHORT = timedelta(hours=1), timedelta(seconds=-1)


@pytest.fixture
async def pool(stack: Stack) -> AsyncIterator[Pool]:
    made = await connect_pool(stack.database_url("notifier"), "test")
    async with made.acquire() as conn:
        await migrate(conn, MIGRATIONS)
    yield made
    await made.close()


async def queued(pool: Pool, count: int, day: date | None = None) -> UUID:
    """Rows that are due before all others; gives their complaint."""
    complaint = uuid7()
    event = complaints.Held(missing=("place",))
    rows = [
        (
            day or wall_now().date(), uuid5(DELIVERIES, f"{complaint}{n}"), complaint, "lapor.complaints", 2, uuid7(),
            event.type, event.model_dump_json(), "reporter_held", "email", "reporter", None, None, "WITA", None,
        )
        for n in range(count)
    ]  # fmt: skip
    await pool.execute(statements.DELIVERY, *zip(*rows, strict=True))
    await pool.execute("update delivery set next_at = '2000-01-01' where complaint = $1", complaint)
    return complaint


async def leased(pool: Pool, complaint: UUID, *, until: timedelta = LONG, limit: int = 100_000) -> list[Delivery]:
    rows = await postgres.lease(pool, limit=limit, until=until, by="test", all_due=True)
    return [row for row in rows if row.complaint == complaint]


async def still(pool: Pool, *settlements: Settlement) -> set[UUID]:
    async with pool.acquire() as conn, conn.transaction():
        return await postgres.still_leased(conn, settlements)


async def test_two_senders_never_hold_the_same_mail(pool: Pool) -> None:
    complaint = await queued(pool, 60)
    batches = await asyncio.gather(*(leased(pool, complaint, limit=10) for _ in range(6)))
    ids = [row.id for batch in batches for row in batch]
    rest = await leased(pool, complaint)
    assert len(ids) == len(set(ids))
    assert len(set(ids) | {row.id for row in rest}) == len(ids) + len(rest) == 60
    assert await leased(pool, complaint) == []


async def test_a_lease_that_ended_is_given_to_the_next_and_the_first_may_not_settle_it(pool: Pool) -> None:
    complaint = await queued(pool, 1)
    (first,) = await leased(pool, complaint, until=SHORT)
    (second,) = await leased(pool, complaint)
    assert (first.id, first.attempts, second.attempts) == (second.id, 1, 2)
    assert await still(pool, Settlement(first, "sent")) == set()
    assert await still(pool, Settlement(second, "sent")) == {second.id}


async def test_a_settled_mail_is_settled_once_and_forgets_what_it_told(pool: Pool) -> None:
    complaint = await queued(pool, 1)
    (row,) = await leased(pool, complaint)
    await pool.execute(postgres.SETTLE, *postgres.settle_values(Settlement(row, "failed", "refused")))
    assert await still(pool, Settlement(row, "failed", "refused")) == set()
    kept = await pool.fetchrow("select state, reason, attempts, event, settled_at from delivery where id = $1", row.id)
    assert kept is not None
    assert (kept["state"], kept["reason"], kept["attempts"], kept["event"]) == ("failed", "refused", 1, None)
    assert kept["settled_at"] is not None


async def test_what_was_not_tried_is_not_counted_and_comes_after_its_delay(pool: Pool) -> None:
    complaint = await queued(pool, 1)
    (row,) = await leased(pool, complaint)
    put_back = Settlement(row, "waiting", delay=timedelta(hours=1), tried=False)
    await pool.execute(postgres.SETTLE, *postgres.settle_values(put_back))
    assert await leased(pool, complaint) == []
    await pool.execute("update delivery set next_at = now() where complaint = $1", complaint)
    (again,) = await leased(pool, complaint)
    assert again.attempts == row.attempts == 1


async def test_a_new_start_frees_the_leases_of_the_same_instance_only(pool: Pool) -> None:
    complaint = await queued(pool, 1)
    await leased(pool, complaint)
    await postgres.free_leases(pool, "somebody-else")
    assert await leased(pool, complaint) == []
    await postgres.free_leases(pool, "test")
    assert len(await leased(pool, complaint)) == 1


async def test_in_an_outage_only_what_needs_no_sending_is_taken(pool: Pool) -> None:
    complaint, erased = await queued(pool, 1), await queued(pool, 1)
    await pool.execute(statements.ERASED, erased)
    rows = await postgres.lease(pool, limit=100_000, until=LONG, by="test", all_due=False)
    assert erased in {row.complaint for row in rows}
    assert complaint not in {row.complaint for row in rows}


async def test_the_same_message_twice_is_one_row_and_a_recipient_is_either_a_code_or_the_reporter(pool: Pool) -> None:
    complaint = await queued(pool, 1)
    row = await pool.fetchrow("select * from delivery where complaint = $1", complaint)
    assert row is not None
    same = [row[name] for name in (
        "day", "id", "complaint", "topic", "number", "event_id", "event_type", "event", "template", "medium", "role",
        "recipient", "agency", "zone", "ladder",
    )]  # fmt: skip
    await pool.execute(statements.DELIVERY, *([value, value] for value in same))
    assert await pool.fetchval("select count(*) from delivery where complaint = $1", complaint) == 1
    with pytest.raises(asyncpg.CheckViolationError):
        await pool.execute("update delivery set recipient = 'x' where complaint = $1", complaint)


CHANGED = (None, "Isi baru.", None, "64.71", None, None, 1)
REGISTERED = (
    "1234567897", "complaint", "Judul", "Isi.", "banjir/sungai", "64.07", "RT 3", date(2023, 10, 4), 2, True, False,
    wall_now(),
)  # fmt: skip


@pytest.mark.parametrize("order", ["registered first", "changed first"])
async def test_what_a_batch_writes_of_a_complaint_stands_in_any_order(pool: Pool, order: str) -> None:
    """A statement is executed where it was first used, which another complaint may have done."""
    complaint, other = uuid7(), uuid7()
    statements_of_it: list[tuple[str, list[tuple[object, ...]]]] = [
        (statements.REGISTERED, [(complaint, *REGISTERED), (other, *REGISTERED), (complaint, *REGISTERED)]),
        (statements.CHANGED, [(complaint, *CHANGED)]),
    ]
    for sql, rows in statements_of_it if order == "registered first" else reversed(statements_of_it):
        if sql == statements.REGISTERED:
            await pool.execute(sql, *zip(*rows, strict=True))
        else:
            await pool.executemany(sql, rows)
    found = await pool.fetchrow("select * from complaint where id = $1", complaint)
    expected = (complaint, *REGISTERED[:3], "Isi baru.", "banjir/sungai", "64.71", *REGISTERED[6:8], 3, *REGISTERED[9:])
    assert found is not None and tuple(found) == expected
    assert tuple(await pool.fetchrow("select * from complaint where id = $1", other) or ()) == (other, *REGISTERED)


async def test_the_last_contact_of_a_batch_counts(pool: Pool) -> None:
    complaint, erased = uuid7(), uuid7()
    rows = [(erased, "a"), (complaint, None), (erased, None), (complaint, "b")]
    for _ in range(2):
        await pool.execute(statements.CONTACT, *zip(*rows, strict=True))
        kept = await pool.fetch("select * from contact where complaint = any($1::uuid[])", [complaint, erased])
        assert {row["complaint"]: row["sealed"] for row in kept} == {complaint: "b", erased: None}


async def test_days_are_made_ahead_and_old_ones_dropped_unless_mail_still_waits(pool: Pool) -> None:
    old, busy, default = date(2001, 1, 1), date(2001, 1, 2), date(2001, 1, 3)
    late = await queued(pool, 1, default)  # its day came before its partition
    await postgres.make_days(pool, [old, busy, default])
    await postgres.make_days(pool, [old, busy, default])
    done, waiting = await queued(pool, 1, old), await queued(pool, 1, busy)
    await pool.execute(
        "update delivery set state = 'sent', settled_at = now() where complaint = any($1::uuid[])", [done, late]
    )
    assert await postgres.drop_days(pool, date(2001, 2, 1)) == ["delivery_20010101"]
    left = await pool.fetch("select complaint from delivery where complaint = any($1::uuid[])", [done, waiting, late])
    assert [row["complaint"] for row in left] == [waiting]
    await pool.execute("update delivery set state = 'sent', settled_at = now() where complaint = $1", waiting)
    assert await postgres.drop_days(pool, date(2001, 2, 1)) == ["delivery_20010102"]
