"""`lapor status`."""

from __future__ import annotations

import json

import typer
from confluent_kafka import KafkaException
from rich.console import Console
from rich.table import Table

from lapor_deploy.commands.options import DataOption
from lapor_deploy.errors import LaporError
from lapor_deploy.lag import GroupLag, group_lags
from lapor_deploy.parts import PartStatus, part_statuses
from lapor_deploy.paths import check_disk, data_dir
from lapor_deploy.running import summary
from lapor_deploy.stack import Stack
from lapor_deploy.wiring import PARTS

app = typer.Typer()


@app.command()
def status(
    data: DataOption = None,
    as_json: bool = typer.Option(False, "--json", help="For programs."),
) -> None:
    """Each part: running, ready; how far each consumer group is behind. Exit code 1 when a part is not ready."""
    stack = Stack.load(data_dir(data))
    parts = part_statuses(stack, PARTS)
    reachable = all(part.ready for part in parts if part.name == "kafka")
    try:
        lags = group_lags(stack) if reachable else []
    except KafkaException as error:
        reason = f"the broker does not tell ({error.args[0].name()})"
        parts.append(PartStatus("consumer groups", "UNKNOWN", False, reason, ""))
        lags = []
    if as_json:
        typer.echo(json.dumps({"parts": [vars(p) for p in parts], "groups": [vars(g) for g in lags]}, indent=1))
    else:
        _print(stack, parts, lags)
    raise typer.Exit(0 if all(part.ready for part in parts) else 1)


def _print(stack: Stack, parts: list[PartStatus], lags: list[GroupLag]) -> None:
    console = Console()
    for line in summary(stack):
        console.print(line, soft_wrap=True)
    table = Table("part", "process", "ready", "log")
    for part in parts:
        ready = "[green]yes[/green]" if part.ready else f"[red]no:[/red] {part.reason}"
        table.add_row(part.name, part.state, ready, part.log)
    console.print(table)
    try:
        check_disk(stack.data)
    except LaporError as error:
        console.print(f"[red]{error}[/red]", soft_wrap=True)
    if lags:
        groups = Table("consumer group", "members", "lag")
        for group in lags:
            groups.add_row(group.group, str(group.members), str(group.lag))
        console.print(groups)
