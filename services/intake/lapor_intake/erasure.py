"""Erasing a person: ordered by an operator, carried out by the service, told on lapor.contacts."""

from __future__ import annotations

import asyncio
from typing import Any

import asyncpg
from lapor_chassis.batch import Batch
from lapor_chassis.db import Conn, Pool
from lapor_chassis.errors import is_transient
from lapor_chassis.lane import Lane
from lapor_chassis.logging import get_logger
from lapor_contracts.contacts import ContactErased

from lapor_intake import postgres
from lapor_intake.desk import CONTACTS
from lapor_intake.domain.state import IntakeState
from lapor_intake.vault import Vault

POLL_SECONDS = 0.5
_ORDERED = "select exists (select from erasure where done_at is null)"
log = get_logger("lapor.intake.erasure")


async def order(conn: Conn, tracking_id: str, who: str, why: str) -> int:
    """Gives the order's number. Raises LookupError for an unknown tracking id."""
    if not await postgres.complaints_of(conn, [tracking_id]):
        raise LookupError(f"there is no complaint {tracking_id}")
    number: int = await conn.fetchval(
        "insert into erasure (tracking_id, who, why) values ($1, $2, $3) returning id", tracking_id, who, why
    )
    return number


async def outcome(conn: Conn, number: int) -> asyncpg.Record | None:
    """None while it is not done."""
    return await conn.fetchrow("select * from erasure where id = $1 and done_at is not null", number)


async def carry_out(lane: Lane[IntakeState], vault: Vault) -> bool:
    """The oldest order, in one transaction: keys and ciphertexts gone, every complaint told. True: there was one."""
    async with lane.batch() as batch:
        row = await batch.conn.fetchrow(
            "select * from erasure where done_at is null order by id limit 1 for update skip locked"
        )
        if row is None:
            return False
        erased = await _erase(batch, vault, row["tracking_id"])
        await batch.conn.execute(
            "update erasure set done_at = clock_timestamp(), complaints = $2, outcome = $3 where id = $1",
            row["id"],
            erased,
            "erased" if erased else "no identity was kept",
        )
    log.warning("identity erased", order=row["id"], complaints=erased)
    return True


async def _erase(batch: Batch[Any], vault: Vault, tracking_id: str) -> int:
    found = await postgres.complaints_of(batch.conn, [tracking_id])
    complaints = await vault.erase(batch.conn, found[tracking_id])
    subjects = await batch.load(complaints, create=True)
    for complaint in complaints:
        batch.work(subjects[complaint]).emit(CONTACTS, ContactErased())
    return len(complaints)


async def run(pool: Pool, lane: Lane[IntakeState], vault: Vault) -> None:
    """Until cancelled."""
    while True:
        try:
            # Asked before: a batch that finds nothing has four round trips, and writes.
            while await pool.fetchval(_ORDERED) and await carry_out(lane, vault):
                pass
        except Exception as error:
            if not is_transient(error):
                raise
            log.warning("erasing waits", error=type(error).__name__)
        await asyncio.sleep(POLL_SECONDS)
