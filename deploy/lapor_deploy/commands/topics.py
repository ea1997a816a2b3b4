"""`lapor topics`: the catalogue, and how the broker's topics compare with it."""

from __future__ import annotations

import sys
from typing import Annotated

import typer
from lapor_chassis import admin
from lapor_contracts import catalogue
from rich.console import Console
from rich.table import Table

from lapor_deploy.commands.administrator import administrator
from lapor_deploy.commands.options import DataOption, stack_of

app = typer.Typer(no_args_is_help=True, help="The topics: list the catalogue, make a broker as it says, compare.")


@app.command("list")
def list_topics() -> None:
    """The catalogue: every topic, who writes it, who reads it. Needs no broker."""
    table = Table("topic", "kind", "written by", "read by", "parts", "kept", "what")
    for topic in catalogue.topics():
        kept = "compacted" if topic.compacted else f"{topic.retention_days} d"
        table.add_row(
            topic.name, topic.kind, topic.writer, ", ".join(topic.readers), str(topic.partitions), kept, topic.meaning
        )
    # In a pipe there is no width to fit into: a row stays a line.
    Console(width=None if sys.stdout.isatty() else 240).print(table)


@app.command()
def apply(
    replication: Annotated[int, typer.Option(min=1, help="Replicas of each new topic.")] = 1,
    data: DataOption = None,
) -> None:
    """Make the topics that are missing, set what differs. A second time changes nothing."""
    with administrator(stack_of(data)) as client:
        made = admin.ensure_standing_topics(client, replication=replication)
        repaired = admin.repair_topics(client)
    for name in made:
        typer.echo(f"{name}: made")
    for line in repaired:
        typer.echo(line)
    typer.echo(f"{len(made)} topics made, {len(repaired)} settings changed")


@app.command()
def check(data: DataOption = None) -> None:
    """How the broker differs from the catalogue, a line each. Exit code 1 where it does."""
    with administrator(stack_of(data)) as client:
        lines = admin.topic_differences(client)
    for line in lines:
        typer.echo(line)
    typer.echo(f"{len(lines)} differences from the catalogue")
    raise typer.Exit(1 if lines else 0)
