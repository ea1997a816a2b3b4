"""A migration takes the time that it takes, whatever a statement has otherwise."""

from __future__ import annotations

from pathlib import Path

import asyncpg
from lapor_chassis.migrations import migrate

from tests.support.journal import Ground, ground

__all__ = ["ground"]


async def test_a_migration_may_take_longer_than_any_other_statement(ground: Ground, tmp_path: Path) -> None:
    folder = tmp_path / "slow" / "sql"
    folder.mkdir(parents=True)
    (folder / "001_slow.sql").write_text("create table slow (); select pg_sleep(1.5);", encoding="utf-8")
    conn = await asyncpg.connect(await ground.database(), command_timeout=1)
    try:
        assert (await migrate(conn, folder))[-1] == "slow/001_slow.sql"
    finally:
        await conn.close()
