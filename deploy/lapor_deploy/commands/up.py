"""`lapor up`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from lapor_chassis.clock import DomainClock, wall_now
from rich.console import Console

from lapor_deploy.commands.options import DataOption
from lapor_deploy.errors import LaporError
from lapor_deploy.install import install, warm_up
from lapor_deploy.paths import data_dir
from lapor_deploy.running import up as bring_up
from lapor_deploy.stack import Stack
from lapor_deploy.wiring import PARTS

app = typer.Typer()


@app.command()
def up(
    data: DataOption = None,
    detach: Annotated[bool, typer.Option("--detach", help="Leave it running; `lapor down` stops it.")] = False,
    new_ports: Annotated[bool, typer.Option("--new-ports", help="Choose other ports than last time.")] = False,
    clock: Annotated[
        str | None,
        typer.Option(envvar="LAPOR_CLOCK", help="A simulated clock, <start>[@<wall anchor>]x<speed>, ISO 8601."),
    ] = None,
) -> None:
    """Broker, database, topics, access rules and services; Ctrl-C stops it all."""
    folder = data_dir(data, simulated=bool(clock))
    install()
    warm_up()
    stack = Stack.create(folder, anchored(clock, _clock_of(folder)) if clock else None)
    console = Console()
    if bring_up(stack, PARTS, console, detach=detach, new_ports=new_ports):
        console.print(f"running; stop it with `lapor down --data {stack.data}`", soft_wrap=True)


def anchored(text: str, kept: DomainClock | None) -> str:
    """The clock with its anchor: as given, as the stack has had it since its first start, else now."""
    start, at, _ = text.partition("@")
    if not at:
        start, _, speed = text.rpartition("x")
        text = f"{start}@{wall_now().isoformat()}x{speed}"
    try:
        clock = DomainClock.parse(text)
    except ValueError as error:
        raise LaporError("LAPOR_CLOCK is no clock", str(error)) from None
    if not at and kept and (kept.start, kept.speed) == (clock.start, clock.speed):
        return str(kept)
    return str(clock)


def _clock_of(folder: Path) -> DomainClock | None:
    """That of the stack in this folder, if there is one and it is simulated."""
    clock = Stack.load(folder).clock if (folder / "stack.json").exists() else None
    return DomainClock.parse(clock) if clock else None
