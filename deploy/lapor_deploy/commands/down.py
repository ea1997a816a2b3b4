"""`lapor down`."""

from __future__ import annotations

import typer
from rich.console import Console

from lapor_deploy import running
from lapor_deploy.commands.options import DataOption
from lapor_deploy.paths import data_dir

app = typer.Typer()


@app.command()
def down(data: DataOption = None) -> None:
    """Stop whatever runs of the stack, in order; also what a killed `lapor up` left behind."""
    folder = data_dir(data)
    console = Console()
    console.print("stopped" if running.down(folder, console) else f"nothing is running in {folder}")
