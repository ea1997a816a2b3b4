"""An agency joins: topics, access rules, user and credential file first, then the event on lapor.agencies.

Everything may be repeated; a second time changes nothing but what differs.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import asyncpg
from aiokafka.errors import KafkaTimeoutError
from lapor_chassis import admin
from lapor_chassis.clock import DomainClock
from lapor_chassis.migrations import migrate
from lapor_chassis.register import RegisterWriter
from lapor_chassis.settings import ServiceSettings
from lapor_contracts.agencies import AgencyEntry

from lapor_router import credentials
from lapor_router.domain.life import joined_again
from lapor_router.domain.register import Register
from lapor_router.postgres import load_register, save_agencies

REGISTER = "lapor.agencies"
Entered = Callable[[AgencyEntry, AgencyEntry | None], AgencyEntry]
MIGRATIONS = Path(__file__).parent / "migrations"


@dataclass(frozen=True, slots=True)
class Joined:
    """`topics`: made now; `changed`: entries that are new or different in the register."""

    topics: list[str]
    changed: list[AgencyEntry]


async def join(
    settings: ServiceSettings,
    entries: Sequence[AgencyEntry],
    data: Path,
    *,
    replication: int = 1,
    entered: Entered = joined_again,
) -> Joined:
    """`settings`: the router's database, and an administrator of the broker. `data`: where credentials are kept.
    `entered`: what an entry becomes beside the one that is in the register.

    Raises KafkaException, KafkaError, OSError, asyncpg's errors.
    """
    codes = [entry.code for entry in entries]
    passwords = {code: credentials.password(data, code) for code in codes}
    client = admin.admin_client(
        settings.kafka_bootstrap,
        settings.kafka_username,
        settings.kafka_password.get_secret_value() if settings.kafka_password else None,
        tls=settings.kafka_tls,
    )
    try:
        created = await asyncio.to_thread(admin.join_agencies, client, passwords, replication=replication)
    except TimeoutError as error:
        raise KafkaTimeoutError(str(error)) from error  # or it would be taken for the database's
    for code in codes:
        credentials.write(data, code, settings.kafka_bootstrap, tls=settings.kafka_tls)

    def joined(register: Register) -> list[AgencyEntry]:
        return [entered(entry, register.get(entry.code)) for entry in entries]

    return Joined(created, await change(settings, joined, DomainClock.parse(settings.clock).now()))


async def change(
    settings: ServiceSettings, decide: Callable[[Register], Sequence[AgencyEntry]], now: datetime
) -> list[AgencyEntry]:
    """What `decide` makes of the register as it is under the writer's lock, in one transaction with its events;
    gives what is new or different. What `decide` raises changes nothing."""
    conn = await asyncpg.connect(settings.database_url.get_secret_value())
    try:
        await migrate(conn, MIGRATIONS)
        async with RegisterWriter(conn, settings, REGISTER, "router") as writer:
            async with conn.transaction():
                changed = await save_agencies(conn, decide(await load_register(conn)))
                await writer.put([(entry.code, entry) for entry in changed], now)
            await writer.publish()
        return changed
    finally:
        await conn.close()
