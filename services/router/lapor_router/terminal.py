"""What the router's commands share: addresses from the environment, one-line failures, plain words on a terminal."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Coroutine
from pathlib import Path
from typing import Any, NoReturn, TypeVar

import asyncpg
import typer
from aiokafka.errors import KafkaError
from confluent_kafka import KafkaException
from lapor_chassis.clock import DomainClock
from lapor_chassis.db import Conn
from lapor_chassis.settings import ServiceSettings
from pydantic import SecretStr, ValidationError
from rich.console import Console

from lapor_router.boundaries import BadBoundaries
from lapor_router.domain.reading import ReportReader
from lapor_router.domain.register import Register
from lapor_router.domain.risk import Risk
from lapor_router.domain.rules import Rules
from lapor_router.learning import storage
from lapor_router.loading import PACKAGED, BadData, load
from lapor_router.postgres import load_register
from lapor_router.readers import gate_of, load_all
from lapor_router.settings import RouterSettings

T = TypeVar("T")
WIDE = 200  # columns in a pipe, where nothing is cut off


def fail(what: str) -> NoReturn:
    """One line on standard error, exit code 1."""
    typer.echo(f"lapor: {' '.join(what.split())}", err=True)
    raise typer.Exit(1)


def given(name: str) -> str:
    value = os.environ.get(name)
    return value or fail(f"{name} is not set: start the stack with `lapor up`, or give the address")


def data_folder() -> Path:
    return Path(os.environ.get("LAPOR_DATA", ".lapor")).resolve()


def settings() -> ServiceSettings:
    """Of the router's database and the broker, as the environment says; nobody has signed in."""
    try:
        return ServiceSettings(
            kafka_bootstrap=given("LAPOR_KAFKA_BOOTSTRAP"),
            database_url=SecretStr(given("LAPOR_ROUTER_DATABASE_URL")),
        )
    except ValidationError as error:
        problem = error.errors(include_input=False)[0]
        fail(f"LAPOR_{'_'.join(map(str, problem['loc'])).upper()}: {problem['msg']}")


def administrator() -> ServiceSettings:
    """As `settings`, signed in as who may make topics and write the register."""
    password = os.environ.get("LAPOR_KAFKA_PASSWORD")
    return settings().model_copy(
        update={
            "kafka_username": os.environ.get("LAPOR_KAFKA_USERNAME"),
            "kafka_password": SecretStr(password) if password else None,
        }
    )


def clock() -> DomainClock:
    try:
        return DomainClock.parse(os.environ.get("LAPOR_CLOCK", ""))
    except ValueError as error:
        fail(f"LAPOR_CLOCK: {error}")


def run(work: Coroutine[Any, Any, T]) -> T:
    """An outage is one line, not a traceback."""
    try:
        return asyncio.run(work)
    except (KafkaException, KafkaError) as error:
        fail(f"the broker does not do it: {str(error)[:200] or type(error).__name__}")
    except asyncpg.UndefinedTableError:
        fail("the router's database is empty: has the router ever run here? see `lapor status`")
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        fail(f"the router's database does not answer ({type(error).__name__}): is the stack up? see `lapor status`")


def with_database(ask: Callable[[Conn], Awaitable[T]]) -> T:
    """`ask` on a connection to the router's own database."""
    url = given("LAPOR_ROUTER_DATABASE_URL")

    async def connected() -> T:
        conn = await asyncpg.connect(url, timeout=10)
        try:
            return await ask(conn)
        finally:
            await conn.close()

    return run(connected())


async def gate(conn: Conn) -> Risk:
    """The running router's: its model, and the operator's risk."""
    try:
        risk = float(os.environ.get("LAPOR_ROUTER_RISK") or RouterSettings.model_fields["router_risk"].default)
    except ValueError:
        fail("LAPOR_ROUTER_RISK: a share, such as 0.02")
    return gate_of(await storage.fresh(conn, None), risk)


async def register_if_any(conn: Conn) -> Register:
    """Empty where the router has never run."""
    try:
        return await load_register(conn)
    except asyncpg.UndefinedTableError:
        return Register()


def rules_folder() -> Path:
    """What the environment names, or the packaged."""
    return Path(os.environ.get("LAPOR_ROUTER_DATA") or PACKAGED)


def boundaries() -> Path | None:
    given = os.environ.get("LAPOR_ROUTER_BOUNDARIES")
    return Path(given) if given else None


def rules_of(folder: Path) -> Rules:
    try:
        return load(folder)
    except BadData as error:
        fail(str(error))


def rules_in_use() -> Rules:
    return rules_of(rules_folder())


def all_of(folder: Path, points: Path | None = None) -> tuple[Rules, ReportReader]:
    """The rules, and what reads reports: it takes a second to load."""
    try:
        return load_all(folder, points)
    except (BadData, BadBoundaries) as error:
        fail(str(error))


def console() -> Console:
    found = Console()
    return found if found.is_terminal else Console(width=WIDE)


def plain(text: str) -> str:
    """A stranger's words: nothing in them moves the cursor, colours or turns the line around."""
    return "".join(letter if letter.isprintable() or letter == "\n" else " " for letter in text)
