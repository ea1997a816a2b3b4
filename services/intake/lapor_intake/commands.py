"""`lapor intake ...`: the service's keys, and erasing a person.

The database's address comes from the environment: LAPOR_INTAKE_DATABASE_URL.
"""

from __future__ import annotations

import asyncio
import os
import time
from pathlib import Path
from typing import Annotated, NoReturn

import asyncpg
import typer
from rich.console import Console

from lapor_intake import erasure
from lapor_intake.keys import BadKey, make_keys

intake = typer.Typer(help="The vault: its keys, and erasing a person.", no_args_is_help=True)
WAIT_SECONDS = 30.0


def _fail(what: str) -> NoReturn:
    typer.echo(f"lapor: {what}", err=True)
    raise typer.Exit(1)


@intake.command("keys")
def keys_command(folder: Annotated[Path, typer.Argument(help="Where the keys are to lie, mode 0600")]) -> None:
    """Make the keys that are not there yet: master, index, access, sealing. None is ever overwritten."""
    try:
        made = make_keys(folder)
    except BadKey as error:
        _fail(str(error))
    except OSError as error:
        _fail(f"{folder}: {error.strerror}")
    for path in made:
        typer.echo(f"made {path}")
    if not made:
        typer.echo(f"all keys are in {folder} already")


@intake.command("erase")
def erase_command(
    tracking_id: str,
    who: Annotated[str, typer.Option(help="Who orders it")],
    why: Annotated[str, typer.Option(help="On what ground; it is kept")],
) -> None:
    """Erase the reporter of a complaint: the key to the identity is destroyed, for all complaints of the reporter."""
    url = os.environ.get("LAPOR_INTAKE_DATABASE_URL") or _fail("LAPOR_INTAKE_DATABASE_URL is not set")
    with Console(stderr=True).status("erasing ..."):
        try:
            outcome, complaints = asyncio.run(_erase(url, tracking_id, who, why))
        except LookupError as error:
            _fail(str(error.args[0]))
        except TimeoutError:
            _fail("it is ordered, but intake has not done it yet: is the service running?")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            _fail(f"intake's database does not answer: {type(error).__name__}")
    typer.echo(f"{outcome}: {complaints} complaints")


async def _erase(url: str, tracking_id: str, who: str, why: str) -> tuple[str, int]:
    conn = await asyncpg.connect(url)
    try:
        number = await erasure.order(conn, tracking_id, who, why)
        deadline = time.monotonic() + WAIT_SECONDS
        while (row := await erasure.outcome(conn, number)) is None:
            if time.monotonic() > deadline:
                raise TimeoutError
            await asyncio.sleep(0.2)
        return row["outcome"], row["complaints"]
    finally:
        await conn.close()
