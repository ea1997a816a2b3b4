"""A million complaints in every database: the services' own rows, again and again under other ids.

Ordinary tables, indexes and transactions; then vacuumed and analysed. The ids are UUIDv7 over the last 300 days. What
a service drops after some days is there for the last of these only; what it keeps of each complaint, for all.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import asyncpg
from lapor_chassis.clock import wall_seconds

from tests.bench.figures import Figure
from tests.bench.load import Run
from tests.bench.whole import Whole

DAY_MS = 86_400_000
DAYS = 300
TEMPLATES = 300  # so many different complaints are repeated
DELIVERY_DAYS = 90  # the notifier keeps sent mails
SUBMISSION_DAYS = 30  # intake remembers the ids of submissions

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
  select row_number() over (order by s.id) - 1 as k, s.id, coalesce({tracking}, chr(1)) as tracking_id
  from subject s where s.state is not null order by s.id limit {templates}
"""
_COLUMNS = """
select attname as name, format_type(atttypid, atttypmod) as type from pg_attribute
where attrelid = $1::text::regclass and attnum > 0 and not attisdropped and attidentity = '' and attgenerated = ''
order by attnum
"""
_LIKE = "replace(replace(t.{name}::text, p.id::text, new.id::text), p.tracking_id, new.tracking_id)::{type}"


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


_REPORTER = "(substr(md5('r' || new.g), 1, 12) || '7' || substr(md5('r' || new.g), 14, 19))::uuid"
_PARTITION = {"partition": "new.partition"}
_TRACKING_ID = {"tracking_id": "new.tracking_id"}
_SUBJECT = Filled("subject", "t.id = p.id", "id", _PARTITION)
# By service: where a complaint's tracking id stands, and the tables.
_TABLES: dict[str, tuple[str, tuple[Filled, ...]]] = {
    "intake": (
        "(select tracking_id from tracking where complaint = s.id)",
        (
            _SUBJECT,
            Filled("tracking", "t.complaint = p.id", "complaint", _TRACKING_ID),
            Filled(
                "reporter", "t.id = (select reporter from identity where complaint = p.id)", None,
                {"id": _REPORTER, "blind_index": "sha256(('r' || new.g)::bytea)"},
            ),
            Filled("identity", "t.complaint = p.id", "complaint", {"reporter": _REPORTER}),
            Filled("edge_seen", "t.id = (select id from edge_seen limit 1)", "id", days=SUBMISSION_DAYS),
        ),
    ),
    "router": ("(s.state->'report'->>'tracking_id')", (_SUBJECT,)),
    "escalation": (
        "(select tracking_id from tracking where subject = s.id)",
        (
            _SUBJECT,
            Filled("tracking", "t.subject = p.id", "subject", _TRACKING_ID),
            Filled(
                "timer", "t.subject = p.id", "subject",
                {**_PARTITION, "due_at": "t.due_at + new.g % 60 * interval '1 day'"},
            ),
        ),
    ),
    "notifier": (
        "(select tracking_id from complaint where id = s.id)",
        (
            _SUBJECT,
            Filled("complaint", "t.id = p.id", "id", _TRACKING_ID),
            Filled("contact", "t.complaint = p.id", "complaint"),
            Filled(
                "delivery", "t.complaint = p.id and t.state = 'sent'", "complaint",
                {"id": "md5(new.g || t.id::text)::uuid", "day": "new.at::date"}, DELIVERY_DAYS,
            ),
        ),
    ),
}  # fmt: skip


def fill(whole: Whole, count: int) -> str:
    """Puts them in; what was put in, in words."""
    began = time.monotonic()
    rows = asyncio.run(_fill_all(whole, count))
    asyncio.run(_execute(whole.stack.admin_database_url(), "checkpoint"))
    size = asyncio.run(_size(whole.stack.admin_database_url()))
    shown = ", ".join(f"{name} {found:,}" for name, found in rows.items())
    return f"rows: {shown}; {size / 1_000_000_000:.1f} GB, {time.monotonic() - began:.0f} s to put in"


def figure(full: Run, empty: Run, note: str) -> Figure:
    return Figure(
        "pipeline_1m", full.rate.per_second, "complaints/s", full.rate.n, f"{full.rate.seconds:.1f} s; {note}",
        empty.rate.per_second,
    )  # fmt: skip


async def _fill_all(whole: Whole, count: int) -> dict[str, int]:
    """Rows by service; two at a time, for that many processors there are at least."""
    turns = asyncio.Semaphore(2)

    async def one(service: str) -> int:
        async with turns:
            return await _fill(whole.stack.database_url(service), service, count)

    # The largest first.
    services = sorted(_TABLES, key=lambda name: -len(_TABLES[name][1]))
    return dict(zip(services, await asyncio.gather(*map(one, services)), strict=True))


async def _fill(url: str, service: str, count: int) -> int:
    tracking, tables = _TABLES[service]
    connection = await asyncpg.connect(url)
    rows = 0
    try:
        await connection.execute(_TEMPLATE.format(tracking=tracking, templates=TEMPLATES))
        templates = await connection.fetchval("select count(*) from template")
        for table in tables:
            columns = {row["name"]: row["type"] for row in await connection.fetch(_COLUMNS, table.name)}
            done = await connection.execute(_insert(table, columns, count, templates))
            rows += int(done.rpartition(" ")[2])
        for table in tables:
            await connection.execute(f"vacuum (analyze) {table.name}")
    finally:
        await connection.close()
    return rows


def _insert(table: Filled, columns: Mapping[str, str], count: int, templates: int) -> str:
    """The statement for one table: its columns as they are now."""
    step = DAYS * DAY_MS // count
    new = _NEW.format(
        templates=templates, oldest=int(wall_seconds() * 1000) - DAYS * DAY_MS, step=step,
        first=count - count * table.days // DAYS + 1, last=count,
    )  # fmt: skip
    values = {name: table.values.get(name, f"t.{name}") for name in columns}
    if table.key:
        values[table.key] = "new.id"
    if "state" in values and table.name == "subject":
        values["state"] = _LIKE.format(name="state", type=columns["state"])
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
