"""`lapor follow`: the life of one complaint as it happens."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated

import typer
from lapor_contracts.complaints import Registered
from rich.console import Console

from lapor_deploy.commands.options import DataOption, stack_of
from lapor_deploy.errors import LaporError
from lapor_deploy.outsider import CORE, Read, consuming, read, read_to_end
from lapor_deploy.stack import Stack
from lapor_deploy.words import local, words

PRINCIPAL = "oversight"
app = typer.Typer()


@app.command()
def follow(
    tracking_id: Annotated[str, typer.Argument(help="As the receipt says it")],
    until_now: Annotated[
        bool, typer.Option("--until-now", help="Show what has happened, do not wait for more")
    ] = False,
    zone: Annotated[str, typer.Option(help="WIB, WITA or WIT")] = "WITA",
    data: DataOption = None,
) -> None:
    """The life of one complaint, as it happens; Ctrl-C ends it."""
    stack, console = stack_of(data), Console(highlight=False)
    try:
        asyncio.run(_follow(stack, console, tracking_id, zone, until_now=until_now))
    except KeyboardInterrupt:
        console.print()


async def _follow(stack: Stack, console: Console, tracking_id: str, zone: str, *, until_now: bool) -> None:
    with console.status("looking for it"):
        complaint = await _complaint(stack, tracking_id)
    if complaint is None:
        raise LaporError(f"no complaint has the tracking id {tracking_id}", "compare it with the receipt")
    events = read_to_end(stack, PRINCIPAL, CORE) if until_now else _endless(stack)
    async for event in events:
        if event.envelope.subject == complaint:
            console.print(
                f"[dim]{local(event.envelope.time, zone)}[/dim]  {words(event.event)}  "
                f"[dim]{event.topic} {event.envelope.number}[/dim]",
                soft_wrap=True,
            )


async def _endless(stack: Stack) -> AsyncIterator[Read]:
    async with consuming(stack, PRINCIPAL, CORE) as consumer:
        while True:
            batch = await consumer.getmany(timeout_ms=200)
            found = [event for records in batch.values() for record in records if (event := read(record))]
            for event in sorted(found, key=lambda event: event.envelope.time):
                yield event


async def _complaint(stack: Stack, tracking_id: str) -> str | None:
    async for event in read_to_end(stack, PRINCIPAL, ["lapor.complaints"]):
        if isinstance(event.event, Registered) and event.event.tracking_id == tracking_id:
            return event.envelope.subject
    return None
