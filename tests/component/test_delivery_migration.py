"""A database of an earlier version: what it holds is there under the new one."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import asyncpg
import pytest
from lapor_chassis import migrations
from lapor_chassis.ids import uuid7

from tests.support.journal import Ground, ground

__all__ = ["ground"]
BEFORE = ("001_delivery.sql", "002_register.sql", "003_parked.sql", "004_lane_alive.sql")


async def test_the_deadlines_of_the_table_of_timers_move_into_the_subjects_rows(
    ground: Ground, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    armed, idle = uuid7(), uuid7()
    due = datetime(2026, 12, 1, 8, 30, tzinfo=UTC)
    conn = await asyncpg.connect(await ground.database())
    try:
        earlier = tmp_path / "sql"
        earlier.mkdir()
        for name in BEFORE:
            (earlier / name).write_bytes((migrations.OWN / name).read_bytes())
        with monkeypatch.context() as patch:
            patch.setattr(migrations, "OWN", earlier)
            assert len(await migrations.migrate(conn)) == len(BEFORE)
        await conn.execute("insert into subject (id, partition) values ($1, 3), ($2, 4)", armed, idle)
        await conn.execute("insert into timer (subject, partition, due_at) values ($1, 3, $2)", armed, due)
        assert "chassis/005_due.sql" in await migrations.migrate(conn)
        found = {row["id"]: row["due_at"] for row in await conn.fetch("select id, due_at from subject")}
        assert found == {armed: due, idle: None}
        assert await conn.fetchval("select to_regclass('timer') is null")
        assert await migrations.migrate(conn) == []
        # Back to the version of before: it would not know what it finds.
        monkeypatch.setattr(migrations, "OWN", earlier)
        with pytest.raises(RuntimeError, match=r"a newer version has changed this database \(chassis/005_due"):
            await migrations.migrate(conn)
    finally:
        await conn.close()
