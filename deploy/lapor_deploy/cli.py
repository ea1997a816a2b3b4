"""The command `lapor`. Each group of commands is a module of `lapor_deploy.commands`, loaded only when used.

Commands that belong to one service come from its package, through the entry point group `lapor.commands`.
"""

from __future__ import annotations

import os
import sys
from typing import Annotated

import typer

from lapor_deploy.errors import LaporError
from lapor_deploy.paths import explain_os_error

app = typer.Typer(
    name="lapor",
    help="SP4N-LAPOR!: run the system and look inside it.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _root() -> None:
    """Without this, typer would run a lone command without its name."""


@app.command()
def install(
    relock: Annotated[bool, typer.Option("--relock", help="For maintainers: resolve anew, write the lock.")] = False,
) -> None:
    """Fetch Kafka's jars (once) and check each against the lock."""
    from lapor_deploy import install as jars  # noqa: PLC0415 - jgo takes 0.3 s to import
    from lapor_deploy.embedded.jars import jars_dir  # noqa: PLC0415

    if relock:
        typer.echo(f"{jars.relock()} jars locked")
        return
    fetched = jars.install()
    jars.warm_up()
    if fetched:
        typer.echo(f"{fetched} jars installed in {jars_dir()}")


def main() -> None:
    """Run the command; a LaporError is one line on standard error and exit code 1."""
    try:
        app()
    except LaporError as error:
        _fail(error)
    except OSError as error:
        explained = explain_os_error(error)
        if explained is None or os.environ.get("LAPOR_TRACEBACK"):
            raise
        _fail(explained)


def _fail(error: LaporError) -> None:
    print(f"lapor: {error}", file=sys.stderr)
    sys.exit(1)
