"""`lapor rules check`: whether the router would start on these data files."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lapor_router.terminal import all_of, boundaries, rules_folder

rules = typer.Typer(help="The data files that decide.", no_args_is_help=True, add_completion=False)


@rules.callback()
def _group() -> None:
    """Without this, typer would run a lone command without its name."""


@rules.command("check")
def check_command(
    folder: Annotated[
        Path | None, typer.Argument(help="A folder with the router's data files; else those in use")
    ] = None,
) -> None:
    """File and line of the first fault, exit code 1; or what is in them."""
    loaded, reader = all_of(folder or rules_folder(), boundaries())
    typer.echo(
        f"{sum(1 for _ in loaded.matrix)} rules for {len(loaded.categories)} categories, {len(reader.taxonomy)} topics "
        f"of SP4N-LAPOR!, {len(loaded.known)} agencies: version {loaded.matrix.version}"
    )
