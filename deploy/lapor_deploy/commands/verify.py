"""`lapor verify`: is anything lost or twice? From the topics alone."""

from __future__ import annotations

import asyncio

import typer
from rich.console import Console

from lapor_deploy import verification
from lapor_deploy.commands.options import DataOption, stack_of

app = typer.Typer()


@app.command()
def verify(data: DataOption = None) -> None:
    """Check every number and every tally, from the topics alone. Exit code 1 where something is wrong."""
    stack, console = stack_of(data), Console(stderr=True)
    with console.status("reading every core topic"):
        report = asyncio.run(verification.verify(stack))
    for problem in report.problems:
        typer.echo(problem)
    typer.echo(
        f"{report.complaints} complaints, {report.events} events, {report.tallies} tallies; "
        f"{report.repeats} repeats on the topics (harmless); {len(report.problems)} problems"
    )
    raise typer.Exit(1 if report.problems else 0)
