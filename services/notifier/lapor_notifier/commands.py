"""`lapor notifier ...`: what an operator asks this service, from its own database."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated, NoReturn
from uuid import UUID

import asyncpg
import typer
from rich.console import Console
from rich.table import Table

from lapor_notifier import postgres
from lapor_notifier.domain.zones import local_id
from lapor_notifier.keys import make_keys

TRACKING_DIGITS = 10
app = typer.Typer(name="notifier", help="Mails: who was told what, and whether it went out.", no_args_is_help=True)


def _fail(what: str) -> NoReturn:
    typer.echo(f"lapor: {what}", err=True)
    raise typer.Exit(1)


@app.command()
def deliveries(
    complaint: Annotated[str, typer.Argument(help="tracking id, or complaint id")],
    database: Annotated[
        str, typer.Option(envvar=["LAPOR_NOTIFIER_DATABASE_URL", "LAPOR_DATABASE_URL"], show_default=False)
    ] = "",
) -> None:
    """Every message about a complaint: to which role, its state, how often it was tried. Never an address."""
    if not database:
        _fail("there is no stack here: start one with `lapor up`, or set LAPOR_NOTIFIER_DATABASE_URL")
    try:
        found = asyncio.run(_listed(database, complaint))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        _fail(f"the notifier's database does not answer ({type(error).__name__}): is it running?")
    if found is None:
        _fail(f"the notifier knows no complaint {complaint[:40]}: check the number, or wait until it has arrived")
    console = Console()
    if not console.is_terminal:
        console = Console(width=200)  # in a pipe nothing is cut off
    console.print(_table(found))
    typer.echo(f"{len(found)} messages")


async def _listed(database: str, complaint: str) -> list[postgres.Listed] | None:
    conn = await asyncpg.connect(database, timeout=10)
    try:
        subject = await _subject(conn, complaint)
        return None if subject is None else await postgres.listed(conn, subject)
    except asyncpg.UndefinedTableError:
        return None
    finally:
        await conn.close()


async def _subject(conn: asyncpg.Connection[asyncpg.Record], complaint: str) -> UUID | None:
    if complaint.isdigit() and len(complaint) == TRACKING_DIGITS:
        return await postgres.complaint_id_of(conn, complaint)
    try:
        return await postgres.known_id(conn, UUID(complaint))
    except ValueError:
        return None


def _table(found: list[postgres.Listed]) -> Table:
    table = Table("queued", "message", "to", "state", "attempts", "because of", "settled")
    for row in found:
        table.add_row(
            local_id(row.queued_at, "WIB"),
            row.template,
            f"{row.role} {row.recipient or ''}".strip(),
            f"{row.state}{': ' + row.reason if row.reason else ''}",
            str(row.attempts),
            f"{row.topic} {row.number}",
            local_id(row.settled_at, "WIB") if row.settled_at else "",
        )
    return table


@app.command()
def keys(folder: Annotated[Path, typer.Argument(help="made if it is not there")]) -> None:
    """The key pair for contacts: the private one for this service, the public one for intake."""
    try:
        made = make_keys(folder)
    except (OSError, ValueError) as error:
        _fail(f"{folder}: {error}")
    for path in made:
        typer.echo(f"made {path}")
    if not made:
        typer.echo("nothing to do: the keys are there")
