"""The router's own table: the register of agencies."""

from __future__ import annotations

from collections.abc import Sequence

from lapor_chassis.db import Conn, Pool
from lapor_contracts.agencies import AgencyEntry

from lapor_router.domain.register import Register

CHANNEL = "agency"


async def load_register(conn: Conn | Pool) -> Register:
    rows = await conn.fetch("select entry from agency")
    return Register(AgencyEntry.model_validate_json(row["entry"]) for row in rows)


async def save_agencies(conn: Conn, entries: Sequence[AgencyEntry]) -> list[AgencyEntry]:
    """Inserts or changes rows; gives the entries that are new or were different."""
    known = {entry.code: entry for entry in await load_register(conn)}
    changed = [entry for entry in entries if known.get(entry.code) != entry]
    if changed:
        await conn.execute(
            """insert into agency (code, entry) select * from unnest($1::text[], $2::json[])
               on conflict (code) do update set entry = excluded.entry, changed_at = clock_timestamp()""",
            [entry.code for entry in changed],
            [entry.model_dump_json() for entry in changed],
        )
    return changed
