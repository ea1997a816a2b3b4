"""Connections of the pool, which are not cleared after each use."""

from __future__ import annotations

import pytest
from lapor_chassis.db import connect_pool
from lapor_deploy.stack import Stack

pytestmark = pytest.mark.component


async def test_a_transaction_that_was_left_open_is_ended(stack: Stack) -> None:
    pool = await connect_pool(stack.database_url("notifier"), "test", size=1)
    try:
        with pytest.raises(ZeroDivisionError):
            async with pool.acquire() as conn:
                await conn.transaction().start()
                await conn.execute("create table left_open (id int)")
                raise ZeroDivisionError
        assert await pool.fetchval("select to_regclass('left_open')") is None
    finally:
        await pool.close()
