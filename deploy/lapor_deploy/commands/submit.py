"""`lapor submit`: hand in a complaint as a channel would, sealed, on Kafka."""

from __future__ import annotations

import asyncio
import json
import sys
from contextlib import suppress
from pathlib import Path
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
from lapor_deploy.wiring import CHANNELS, key_file

RECEIPT_SECONDS = 30.0
app = typer.Typer()


@app.command()
def submit(
    title: Annotated[str, typer.Option(help="In a few words")],
    text: Annotated[str, typer.Option(help="What happened")],
    category: Annotated[str | None, typer.Option(help="Such as jalan-rusak/kabupaten")] = None,
    area: Annotated[str | None, typer.Option(help="Kemendagri's code, such as 64.07.16.2004")] = None,
    address: Annotated[str | None, typer.Option(help="Where, in words")] = None,
    reporter: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="JSON with name, nik, phone, email (any of them); - for standard input. It goes to the vault only.",
        ),
    ] = None,
    anonymous: Annotated[bool, typer.Option("--anonymous", help="The agency may never ask who it was")] = False,
    secret: Annotated[bool, typer.Option("--secret", help="Nothing of it becomes public")] = False,
    channel: Annotated[str, typer.Option(help="As which channel")] = "app",
    data: DataOption = None,
) -> None:
    """Hand in a complaint as a channel would: sealed, on Kafka. Prints the receipt.

    Who reports it comes from a file, never from the command line: that is kept in the shell's history and shown to
    every user of the machine.
    """
    who = read_reporter(reporter) if reporter else Reporter()
    try:
        body = NewSubmission(
            title=title,
            narrative=text,
            category=category,
            place=Place(area_code=area, address=address),
            anonymous=anonymous,
            secret=secret,
            reporter=who,
        )
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        raise LaporError(f"--{'.'.join(map(str, wrong['loc']))}: {wrong['msg']}", "see `lapor submit --help`") from None
    if channel not in CHANNELS:
        raise LaporError(f"there is no channel `{channel}`", f"take one of {', '.join(CHANNELS)}")
    stack = stack_of(data)
    with Console(stderr=True).status("handing in"):
        answer = asyncio.run(_submit(stack, channel, body))
    if isinstance(answer, ReceiptRefused):
        raise LaporError(f"refused ({answer.reason}): {answer.text_en}", ", ".join(answer.fields) or answer.text_id)
    typer.echo(f"tracking id {answer.tracking_id}")
    typer.echo(f"access code {answer.access_code}   (whoever shows it may add to, amend or withdraw it)")
    typer.echo(f"follow it:  lapor follow {answer.tracking_id}", err=True)


def read_reporter(file: Path) -> Reporter:
    """Of a JSON object in this file (`-`: standard input). Raises LaporError, which never quotes what is in it."""
    try:
        text = sys.stdin.read() if str(file) == "-" else file.read_text(encoding="utf-8")
        # Strictly: a misspelled field would silently be left out.
        unknown = sorted(json.loads(text).keys() - Reporter.model_fields.keys())
        if unknown:
            raise LaporError(f"--reporter: {len(unknown)} unknown fields", "name, nik, phone, email are known")
        return Reporter.model_validate_json(text)
    except OSError as error:
        raise LaporError(f"--reporter: {file} cannot be read ({error.strerror})", "name another file") from None
    except ValidationError as error:
        wrong = error.errors(include_input=False, include_url=False)[0]
        where = ".".join(map(str, wrong["loc"]))
        raise LaporError(f"--reporter: {where}: {wrong['msg']}", "correct the file") from None
    except (ValueError, AttributeError):
        raise LaporError("--reporter: this is no JSON object", 'such as {"name": "...", "email": "..."}') from None


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
