"""`lapor submit`: hand in a complaint as a channel would, sealed, on Kafka."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Annotated

import typer
from lapor_chassis.clock import DomainClock
from lapor_contracts.base import Place
from lapor_contracts.receipts import ReceiptAccepted, ReceiptRefused
from lapor_contracts.submissions import NewSubmission, Reporter
from pydantic import ValidationError
from rich.console import Console

from lapor_deploy import channel as channels
from lapor_deploy.commands.options import DataOption, stack_of
from lapor_deploy.errors import LaporError
from lapor_deploy.outsider import Journal
from lapor_deploy.stack import Stack
from lapor_deploy.wiring import key_file

RECEIPT_SECONDS = 30.0
app = typer.Typer()


@app.command()
def submit(
    title: Annotated[str, typer.Option(help="In a few words")],
    text: Annotated[str, typer.Option(help="What happened")],
    category: Annotated[str | None, typer.Option(help="Such as jalan-rusak/kabupaten")] = None,
    area: Annotated[str | None, typer.Option(help="Kemendagri's code, such as 64.07.16.2004")] = None,
    address: Annotated[str | None, typer.Option(help="Where, in words")] = None,
    name: Annotated[str | None, typer.Option(help="Of the reporter; goes to the vault only")] = None,
    email: Annotated[str | None, typer.Option(help="Of the reporter; goes to the vault only")] = None,
    phone: Annotated[str | None, typer.Option(help="Of the reporter; goes to the vault only")] = None,
    anonymous: Annotated[bool, typer.Option("--anonymous", help="The agency may never ask who it was")] = False,
    secret: Annotated[bool, typer.Option("--secret", help="Nothing of it becomes public")] = False,
    channel: Annotated[str, typer.Option(help="As which channel")] = "app",
    data: DataOption = None,
) -> None:
    """Hand in a complaint as a channel would: sealed, on Kafka. Prints the receipt."""
    try:
        body = NewSubmission(
            title=title,
            narrative=text,
            category=category,
            place=Place(area_code=area, address=address),
            anonymous=anonymous,
            secret=secret,
            reporter=Reporter(name=name, email=email, phone=phone),
        )
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        raise LaporError(f"--{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}", "see `lapor submit --help`") from None
    stack = stack_of(data)
    with Console(stderr=True).status("handing in"):
        answer = asyncio.run(_submit(stack, channel, body))
    if isinstance(answer, ReceiptRefused):
        raise LaporError(f"refused ({answer.reason}): {answer.text_en}", ", ".join(answer.fields) or answer.text_id)
    typer.echo(f"tracking id {answer.tracking_id}")
    typer.echo(f"access code {answer.access_code}   (whoever shows it may add to, amend or withdraw it)")
    typer.echo(f"follow it:  lapor follow {answer.tracking_id}", err=True)


async def _submit(stack: Stack, channel: str, body: NewSubmission) -> ReceiptAccepted | ReceiptRefused:
    key = channels.public_key(key_file(stack, "intake", "sealing.public.jwk"))
    journal = Journal()
    reading = asyncio.create_task(journal.follow(stack, f"channel-{channel}", [f"lapor.receipts.{channel}"]))
    try:
        submission = await channels.submit(stack, channel, key, body, DomainClock.parse(stack.clock or ""))
        answered = asyncio.create_task(channels.receipt(journal, submission, RECEIPT_SECONDS))
        await asyncio.wait({answered, reading}, return_when=asyncio.FIRST_COMPLETED)
        if reading.done() and not answered.done():
            answered.cancel()
            reading.result()
        return await answered
    finally:
        reading.cancel()
        with suppress(asyncio.CancelledError, LaporError):
            await reading
