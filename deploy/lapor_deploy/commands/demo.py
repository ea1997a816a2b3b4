"""`lapor demo`."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.console import Console

from lapor_deploy.commands.options import DataOption
from lapor_deploy.paths import data_dir

app = typer.Typer()


@app.command()
def demo(
    data: DataOption = None,
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the stack running afterwards; `lapor down` stops it.")
    ] = False,
) -> None:
    """Three reports of Kampung Sembuan, from submission to the Ombudsman's inbox, in under two minutes."""
    from lapor_deploy.demo.run import demo as run  # noqa: PLC0415 - most commands need none of it
    from lapor_deploy.install import install, warm_up  # noqa: PLC0415

    install()
    warm_up()
    folder = data if data is not None else data_dir().parent / ".lapor" / "demo"
    raise typer.Exit(run(folder.resolve(), Console(highlight=False), keep=keep))
