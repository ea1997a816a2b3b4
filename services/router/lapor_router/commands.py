"""`lapor agency ...`: what an operator does with the register.

Addresses come from the environment, as everywhere: LAPOR_KAFKA_BOOTSTRAP with LAPOR_KAFKA_USERNAME and
LAPOR_KAFKA_PASSWORD of an administrator, LAPOR_ROUTER_DATABASE_URL, and LAPOR_DATA for the credentials.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import asyncpg
import typer
from aiokafka.errors import KafkaError
from confluent_kafka import KafkaException
from lapor_chassis.settings import ServiceSettings
from lapor_contracts.agencies import AgencyEntry
from lapor_contracts.catalogue import topics
from pydantic import SecretStr, ValidationError
from rich.console import Console
from rich.table import Table

from lapor_router import credentials
from lapor_router.domain.register import Register, above
from lapor_router.domain.rules import Rules
from lapor_router.joining import join as join_agencies
from lapor_router.loading import PACKAGED, BadData, load
from lapor_router.postgres import load_register

agency = typer.Typer(
    help="The register of agencies: who has joined, and how one joins.", no_args_is_help=True, add_completion=False
)
T = TypeVar("T")


def _fail(what: str) -> NoReturn:
    typer.echo(f"lapor: {what}", err=True)
    raise typer.Exit(1)


def _given(name: str) -> str:
    value = os.environ.get(name)
    return value or _fail(f"{name} is not set: start the stack with `lapor up`, or give the address")


def _data() -> Path:
    return Path(os.environ.get("LAPOR_DATA", ".lapor")).resolve()


def _rules() -> Rules:
    try:
        return load(Path(os.environ.get("LAPOR_ROUTER_DATA") or PACKAGED))
    except BadData as error:
        _fail(str(error))


def _settings() -> ServiceSettings:
    password = os.environ.get("LAPOR_KAFKA_PASSWORD")
    try:
        return ServiceSettings(
            kafka_bootstrap=_given("LAPOR_KAFKA_BOOTSTRAP"),
            kafka_username=os.environ.get("LAPOR_KAFKA_USERNAME"),
            kafka_password=SecretStr(password) if password else None,
            database_url=SecretStr(_given("LAPOR_ROUTER_DATABASE_URL")),
        )
    except ValidationError as error:
        problem = error.errors(include_input=False)[0]
        _fail(f"LAPOR_{'_'.join(map(str, problem['loc'])).upper()}: {problem['msg']}")


def _run(work: Coroutine[Any, Any, T]) -> T:
    """An outage is one line, not a traceback."""
    try:
        return asyncio.run(work)
    except (KafkaException, KafkaError, TimeoutError) as error:
        _fail(f"the broker does not do it: {str(error)[:200] or type(error).__name__}")
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        _fail(f"the router's database does not answer ({type(error).__name__}): is the stack up? see `lapor status`")


async def _register(url: str) -> Register:
    conn = await asyncpg.connect(url)
    try:
        return await load_register(conn)
    except asyncpg.UndefinedTableError:
        return Register()
    finally:
        await conn.close()


def _chosen(codes: list[str], every: bool, rules: Rules) -> list[AgencyEntry]:
    if every == bool(codes):
        _fail("name the codes of agencies, or say --all")
    unknown = [code for code in codes if rules.known.get(code) is None]
    if unknown:
        _fail(f"no such agency in agencies.csv: {', '.join(unknown)}")
    return [entry for entry in rules.known if every or entry.code in codes]


@agency.command("join")
def join_command(
    codes: Annotated[list[str] | None, typer.Argument(help="As in agencies.csv, such as 6407-pupr")] = None,
    every: Annotated[bool, typer.Option("--all", help="All of agencies.csv")] = False,
    replication: Annotated[int, typer.Option(help="Replicas of the new topics")] = 1,
) -> None:
    """Topics, access rules, user and credential file; then the event on lapor.agencies.

    Their superiors and Ombudsman offices join with them: a missed limit that reaches nobody is no escalation.
    """
    rules = _rules()
    chosen = _chosen(codes or [], every, rules)
    with_them = above(chosen, rules.known)
    entries = [*chosen, *with_them]
    data, settings = _data(), _settings()
    console = Console(stderr=True)
    with console.status(f"joining {len(entries)} agencies ..."):
        joined = _run(join_agencies(settings, entries, data, replication=replication))
    if with_them:
        typer.echo(f"with their superiors and Ombudsman offices: {', '.join(entry.code for entry in with_them)}")
    typer.echo(
        f"{len(entries)} agencies are in the register ({len(joined.changed)} new or changed, "
        f"{len(joined.topics)} topics made); credentials in {data / 'credentials'}"
    )


@agency.command("list")
def list_command(
    every: Annotated[bool, typer.Option("--all", help="Also those that have not joined")] = False,
) -> None:
    """The register as the router has it."""
    register = _run(_register(_given("LAPOR_ROUTER_DATABASE_URL")))
    table = Table("code", "name", "level", "area", "joined", "left")
    for entry in sorted(_rules().known if every else register, key=lambda entry: entry.code):
        kept = register.get(entry.code)
        dates = (str(kept.joined_on), str(kept.left_on or "")) if kept else ("no", "")
        table.add_row(entry.code, entry.name, entry.level, entry.area or "Indonesia", *dates)
    # In a pipe nothing is cut off.
    console = Console() if Console().is_terminal else Console(width=200)
    console.print(table)
    typer.echo(f"{len(register)} agencies")


@agency.command("show")
def show_command(code: str) -> None:
    """All that the register says of one agency, its topics and its credential file."""
    register = _run(_register(_given("LAPOR_ROUTER_DATABASE_URL")))
    entry = register.get(code)
    if entry is None:
        known = _rules().known.get(code)
        _fail(f"{code} has not joined: lapor agency join {code}" if known else f"there is no agency {code}")
    for field, value in entry.model_dump(mode="json").items():
        typer.echo(f"{field:17} {value if value is not None else '-'}")
    for family in topics():
        if family.family and "agency" in (family.writer, *family.readers):
            verb = "writes" if family.writer == "agency" else "reads"
            typer.echo(f"{verb:17} {family.of(code)}")
    typer.echo(f"{'credentials':17} {credentials.paths(_data(), code)[0]}")
