"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lapor_deploy.paths import data_dir
from lapor_deploy.stack import Stack

DataOption = Annotated[
    Path | None,
    typer.Option("--data", help="The data folder of the stack (default: LAPOR_DATA, else .lapor here)."),
]


def stack_of(data: Path | None) -> Stack:
    """The stack of the data folder. Raises LaporError where there is none."""
    return Stack.load(data_dir(data))
