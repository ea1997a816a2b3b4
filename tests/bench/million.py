"""A million complaints in every database: the services' own rows, again and again under other ids.

Ordinary tables, indexes and transactions; then vacuumed and analysed. The ids are UUIDv7 over the last 300 days. What
a service drops after some days is there for the last of these only; what it keeps of each complaint, for all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import asyncpg
from lapor_chassis.clock import wall_seconds

from tests.bench.figures import Figure
from tests.bench.load import Run
from tests.bench.watch import Stuck
from tests.bench.whole import Whole

DAY_MS = 86_400_000
DAYS = 300
TEMPLATES = 300  # so many different complaints are repeated
DELIVERY_DAYS = 90  # the notifier keeps sent mails
SUBMISSION_DAYS = 30  # intake remembers the ids of submissions

# Rows are copied as they are but for ids and keys: what a state says is its template's.
# The complaint that is like template `k`: its id, its tracking id (scattered, as the real ones are), its partition.
_NEW = """
with new as (
  select g, g % {templates} as k, (g % 8)::smallint as partition,
    (lpad(to_hex({oldest} + g * {step}), 12, '0') || '7' || substr(md5(g::text), 1, 3) || '8'
      || substr(md5(g::text), 4, 15))::uuid as id,
    '8' || lpad((g * 387420489 % 1000000000)::text, 9, '0') as tracking_id,
    to_timestamp(({oldest} + g * {step}) / 1000.0) as at
  from generate_series({first}::bigint, {last}::bigint) g)
"""
# Its own complaints, the first ones: their mails have been sent.
_TEMPLATE = """
create temporary table template as
  select row_number() over (order by id) - 1 as k, id from subject where num_nonnulls(plain, packed) = 1
  order by id limit {templates}
"""
_COLUMNS = """
select attname as name from pg_attribute
where attrelid = $1::text::regclass and attnum > 0 and not attisdropped and attidentity = '' and attgenerated = ''
order by attnum
"""


@dataclass(frozen=True)
class Filled:
    """A table. `like`: which of its rows belongs to the template. `key`: the column with the complaint's id.

    `values`: of the columns that are not as in the template's row. `days`: only complaints of so many last days.
    """

    name: str
    like: str
    key: str | None = None
    values: Mapping[str, str] = field(default_factory=dict)
    days: int = DAYS


_REPORTER = "overlay(new.id::text placing substr(md5('r' || new.g), 1, 12) from 25)::uuid"
_PARTITION = {"partition": "new.partition"}
_TRACKING_ID = {"tracking_id": "new.tracking_id"}
_SUBJECT = Filled("subject", "t.id = p.id", "id", _PARTITION)
_TABLES: dict[str, tuple[Filled, ...]] = {
    "intake": (
        _SUBJECT,
        Filled("tracking", "t.complaint = p.id", "complaint", _TRACKING_ID),
        Filled(
            "reporter", "t.id = (select reporter from identity where complaint = p.id)", None,
            {"id": _REPORTER, "blind_index": "sha256(('r' || new.g)::bytea)"},
        ),
        Filled("identity", "t.complaint = p.id", "complaint", {"reporter": _REPORTER}),
        Filled("edge_seen", "t.id = (select id from edge_seen limit 1)", "id", days=SUBMISSION_DAYS),
    ),
    "router": (_SUBJECT,),
    "escalation": (
        Filled("subject", "t.id = p.id", "id", {**_PARTITION, "due_at": "t.due_at + new.g % 60 * interval '1 day'"}),
        Filled("tracking", "t.subject = p.id", "subject", _TRACKING_ID),
    ),
    "notifier": (
        _SUBJECT,
        Filled("complaint", "t.id = p.id", "id", _TRACKING_ID),
        Filled("contact", "t.complaint = p.id", "complaint"),
        Filled(
            "delivery", "t.complaint = p.id and t.state = 'sent'", "complaint",
            {"id": "md5(new.g || t.id::text)::uuid", "day": "new.at::date"}, DELIVERY_DAYS,
        ),
    ),
}  # fmt: skip


def fill(whole: Whole, count: int) -> str:
    """Puts them in; what was put in, in words."""
    began = time.monotonic()
    rows = asyncio.run(_fill_all(whole, count, int(wall_seconds() * 1000) - DAYS * DAY_MS))
    asyncio.run(_execute(whole.stack.admin_database_url(), "checkpoint"))
    size = asyncio.run(_size(whole.stack.admin_database_url()))
    shown = ", ".join(f"{name} {found:,}" for name, found in rows.items())
    return f"rows: {shown}; {size / 1_000_000_000:.1f} GB, {time.monotonic() - began:.0f} s to put in"


def figure(full: Run, empty: Run, note: str) -> Figure:
    return Figure(
        "pipeline_1m", full.rate.per_second, "complaints/s", full.rate.n, f"{full.rate.seconds:.1f} s; {note}",
        empty.rate.per_second,
    )  # fmt: skip


async def _fill_all(whole: Whole, count: int, oldest: int) -> dict[str, int]:
    """Rows by service, two at a time: there are as many processors. `oldest`: the time of the first id, ms."""
    turns = asyncio.Semaphore(2)

    async def one(service: str) -> int:
        async with turns:
            return await _fill(whole, service, count, oldest)

    # The largest first.
    services = sorted(_TABLES, key=lambda name: -len(_TABLES[name]))
    return dict(zip(services, await asyncio.gather(*map(one, services)), strict=True))


async def _fill(whole: Whole, service: str, count: int, oldest: int) -> int:
    connection = await asyncpg.connect(whole.stack.database_url(service))
    rows = 0
    try:
        await connection.execute(_TEMPLATE.format(templates=TEMPLATES))
        templates = await connection.fetchval("select count(*) from template")
        for table in _TABLES[service]:
            began = time.monotonic()
            columns = [row["name"] for row in await connection.fetch(_COLUMNS, table.name)]
            done = await connection.execute(_insert(table, columns, count, templates, oldest))
            put_in = int(done.rpartition(" ")[2])
            if not put_in:
                raise Stuck(f"no row was put into {service}.{table.name}: its template was not found")
            rows += put_in
            await connection.execute(f"vacuum (analyze) {table.name}")
            whole.say(f"  {service}.{table.name} {put_in} rows, {time.monotonic() - began:.1f} s")
    finally:
        await connection.close()
    return rows


def _insert(table: Filled, columns: Sequence[str], count: int, templates: int, oldest: int) -> str:
    """The statement for one table: its columns as they are now."""
    step = DAYS * DAY_MS // count
    new = _NEW.format(
        templates=templates, oldest=oldest, step=step,
        first=count - count * table.days // DAYS + 1, last=count,
    )  # fmt: skip
    values = {name: table.values.get(name, f"t.{name}") for name in columns}
    if table.key:
        values[table.key] = "new.id"
    names, expressions = ", ".join(values), ", ".join(values.values())
    return f"""{new} insert into {table.name} ({names}) select {expressions}
        from new join template p on p.k = new.k join {table.name} t on {table.like}"""


async def _execute(url: str, sql: str) -> None:
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(sql)
    finally:
        await connection.close()


async def _size(url: str) -> int:
    """Bytes of all databases of the services."""
    connection = await asyncpg.connect(url)
    try:
        sql = "select sum(pg_database_size(datname)) from pg_database where datname like 'lapor\\_%'"
        return int(await connection.fetchval(sql))
    finally:
        await connection.close()
