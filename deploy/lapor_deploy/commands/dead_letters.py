"""`lapor dlq ...` and `lapor resend`: for every service alike, in its own database."""

from __future__ import annotations

import asyncio
import base64
import getpass
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar

import asyncpg
import typer
from lapor_chassis import operations
from lapor_chassis.db import Conn
from lapor_contracts.catalogue import SERVICES
from lapor_contracts.catalogue import topic as topic_of
from rich.console import Console
from rich.table import Table

from lapor_deploy.commands.options import DataOption, stack_of
from lapor_deploy.errors import LaporError
from lapor_deploy.stack import Stack

T = TypeVar("T")
DONE_SECONDS = 30.0
app = typer.Typer(help="Dead letters: what a service could not process.", no_args_is_help=True)
resend = typer.Typer()
ServiceArgument = Annotated[str, typer.Argument(help=", ".join(SERVICES))]
NumberArgument = Annotated[int, typer.Argument(help="The number in `lapor dlq list`")]
WhoOption = Annotated[str, typer.Option(help="Who orders it; kept")]
WhyOption = Annotated[str, typer.Option(help="Why; kept")]


@app.command("list")
def list_command(
    service: Annotated[str | None, typer.Argument(help="One service; all without it")] = None,
    every: Annotated[bool, typer.Option("--all", help="Also the settled ones")] = False,
    data: DataOption = None,
) -> None:
    """What is open, per service."""
    stack = stack_of(data)
    table = Table("service", "number", "when (UTC)", "topic", "reason", "field", "complaint", "no.", "waits", "status")
    found = 0
    for name in [_known(service)] if service else SERVICES:
        for row in _run(stack, name, lambda conn: operations.dead_letters(conn, all_of_them=every)):
            found += 1
            table.add_row(
                name, str(row["id"]), f"{row['at']:%Y-%m-%d %H:%M:%S}", row["topic"], row["reason"], row["field"] or "",
                str(row["subject"] or ""), str(row["number"] or ""), str(row["waits"]), row["status"],
            )  # fmt: skip
    if found:
        Console(width=None if Console().is_terminal else 220).print(table)
    typer.echo(f"{found} dead letters")


@app.command("show")
def show_command(service: ServiceArgument, number: NumberArgument, data: DataOption = None) -> None:
    """Everything that is kept of one; from an edge topic that is never the body."""
    rows = _run(stack_of(data), _known(service), lambda conn: operations.dead_letters(conn, all_of_them=True))
    row = next((row for row in rows if row["id"] == number), None)
    if row is None:
        raise LaporError(f"{service} has no dead letter {number}", f"see `lapor dlq list {service} --all`")
    for name, value in row.items():
        if name == "headers" and value:
            for header, content in json.loads(value):
                typer.echo(f"  {header}: {base64.b64decode(content or b'').decode(errors='replace')}")
        elif name in ("key", "value") and value is not None:
            typer.echo(f"{name:14} {bytes(value[:2000]).decode(errors='replace')}")
        elif value is not None:
            typer.echo(f"{name:14} {value}")


@app.command("replay")
def replay_command(
    service: ServiceArgument, number: NumberArgument, why: WhyOption, who: WhoOption = "", data: DataOption = None
) -> None:
    """Try it again, and then all that waits behind it, in one transaction of the service."""
    _order(stack_of(data), _known(service), number, "replay", who, why)


@app.command("dismiss")
def dismiss_command(
    service: ServiceArgument, number: NumberArgument, why: WhyOption, who: WhoOption = "", data: DataOption = None
) -> None:
    """Go on without it: its number counts as applied."""
    _order(stack_of(data), _known(service), number, "dismiss", who, why)


def _order(stack: Stack, service: str, number: int, action: str, who: str, why: str) -> None:
    async def order(conn: Conn) -> str | None:
        command = await operations.order(conn, number, action, who or getpass.getuser(), why)
        for _ in range(int(DONE_SECONDS / 0.25)):
            outcome: str | None = await conn.fetchval("select outcome from dead_letter_command where id = $1", command)
            if outcome:
                return outcome
            await asyncio.sleep(0.25)
        return None

    with Console(stderr=True).status(f"{service} carries it out"):
        outcome = _run(stack, service, order)
    if outcome is None:
        raise LaporError("it is ordered, but the service has not done it yet", "is it running? see `lapor status`")
    if outcome.startswith(("still", "was")):
        raise LaporError(f"dead letter {number} {outcome}", f"see `lapor dlq show {service} {number}`")
    typer.echo(f"dead letter {number}: {outcome}")


@resend.command("resend")
def resend_command(
    complaint: Annotated[str, typer.Argument(help="Its id (not the tracking id)")],
    topic: Annotated[str, typer.Argument(help="Such as lapor.assignments")],
    numbers: Annotated[list[int] | None, typer.Argument(help="Which numbers; none on a topic without")] = None,
    service: Annotated[str | None, typer.Option(help="The writer, where the catalogue does not tell")] = None,
    data: DataOption = None,
) -> None:
    """Publish events again from the writer's outbox: for a reader that waits for one."""
    try:
        writer = service or topic_of(topic).writer
    except KeyError:
        raise LaporError(f"{topic} is not in the catalogue", "see `lapor topics list`") from None
    wanted = numbers or []
    found = _run(
        stack_of(data), _known(writer), lambda conn: operations.resend(conn, "lapor resend", complaint, topic, wanted)
    )
    missing = sorted(set(wanted) - set(found))
    if missing:
        raise LaporError(
            f"not in {writer}'s outbox any more: {', '.join(map(str, missing))}",
            f"sent again: {', '.join(map(str, found)) or 'nothing'}",
        )
    typer.echo(f"{len(found)} events are published again by a running {writer} within some seconds")


def _known(service: str) -> str:
    if service not in SERVICES:
        raise LaporError(f"there is no service {service}", f"one of {', '.join(SERVICES)}")
    return service


def _run(stack: Stack, service: str, work: Callable[[Conn], Awaitable[T]]) -> T:
    async def run() -> T:
        conn = await asyncpg.connect(stack.database_url(service))
        try:
            return await work(conn)
        finally:
            await conn.close()

    try:
        return asyncio.run(run())
    except LookupError as error:
        raise LaporError(str(error.args[0]), "see `lapor dlq list`") from None
    except asyncpg.UndefinedTableError:
        raise LaporError(f"{service} has no tables yet", "start the stack once with `lapor up`") from None
    except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        raise LaporError(
            f"{service}'s database does not answer ({type(error).__name__})", "is the stack up? see `lapor status`"
        ) from error
