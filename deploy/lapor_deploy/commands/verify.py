"""`lapor verify`: is anything lost or twice? From the topics alone."""

from __future__ import annotations

import asyncio
from typing import Annotated

import typer
from rich.console import Console

from lapor_deploy import verification
from lapor_deploy.commands.options import DataOption, stack_of

app = typer.Typer()


@app.command()
def verify(
    everything: Annotated[
        bool | None,
        typer.Option(
            "--all/--oversight",
            help="Outlets and contacts too, as the administrator, or what oversight may read (default: all).",
        ),
    ] = None,
    data: DataOption = None,
) -> None:
    """Check every number and every tally, from the topics alone. Exit code 1 where something is wrong."""
    stack, console = stack_of(data), Console(stderr=True)
    if everything is None:
        everything = stack.has_admin
    with console.status("reading " + ("every numbered topic" if everything else "every topic that oversight may read")):
        report = asyncio.run(verification.verify(stack, everything=everything))
    for problem in report.problems:
        typer.echo(problem)
    typer.echo(
        f"{report.topics} topics, {report.complaints} complaints, {report.events} events, {report.tallies} tallies; "
        f"{report.repeats} repeats on the topics (harmless); {len(report.problems)} problems"
    )
    if report.expired or report.trimmed:
        typer.echo(
            f"past what the topics keep, so not checked: the first events of {report.expired} complaints, "
            f"the tallies of {report.trimmed} partitions"
        )
    raise typer.Exit(1 if report.problems else 0)
