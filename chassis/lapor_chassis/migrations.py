"""Plain SQL files, applied in order, once each, under an advisory lock."""

from __future__ import annotations

import hashlib
from pathlib import Path

from lapor_chassis.db import Conn

LOCK = 7_013_001  # any number, the same for all instances of a service
OWN = Path(__file__).parent / "sql"
LOCK_SECONDS = 60  # behind a long reader: whoever waits for a table makes all others wait for it too
DAY_SECONDS = 86_400.0  # a large table may have to be written anew: no statement's usual time is enough


async def migrate(connection: Conn, *folders: Path) -> list[str]:
    """Applies what is missing of the chassis' tables and then of `folders`; gives the names applied.

    Raises RuntimeError where a file that was applied has been changed since, or a newer version has applied more.
    """
    async with connection.transaction():
        await connection.execute("select pg_advisory_xact_lock($1)", LOCK, timeout=DAY_SECONDS)
        await connection.execute(
            """create table if not exists migration
                 (name text primary key, sha256 text not null, at timestamptz not null default now())"""
        )
        done = {row["name"]: row["sha256"] for row in await connection.fetch("select name, sha256 from migration")}
        applied = []
        files = _files(OWN, *folders)
        known = {name for name, _ in files}
        kinds = {name.partition("/")[0] for name in known}
        if newer := [name for name in done if name not in known and name.partition("/")[0] in kinds]:
            raise RuntimeError(f"a newer version has changed this database ({min(newer)}): start that version")
        for name, sql in files:
            digest = hashlib.sha256(sql.encode()).hexdigest()
            if name not in done:
                await connection.execute(f"set local lock_timeout = '{LOCK_SECONDS}s'")
                await connection.execute(sql, timeout=DAY_SECONDS)
                await connection.execute("insert into migration (name, sha256) values ($1, $2)", name, digest)
                applied.append(name)
            elif done[name] != digest:
                raise RuntimeError(f"migration {name} was changed after it had been applied: write a new file")
        return applied


def _files(*folders: Path) -> list[tuple[str, str]]:
    found = []
    for folder in folders:
        prefix = "chassis" if folder == OWN else folder.parent.name
        found += [(f"{prefix}/{path.name}", path.read_text()) for path in sorted(folder.glob("[0-9]*.sql"))]
    return found
