"""What the commands that let agencies join have in common."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer
from lapor_contracts.agencies import AgencyEntry

from lapor_router.joining import Joined
from lapor_router.terminal import fail

MANY = 500  # agencies at once; a small broker has its limits
TOPICS_EACH = 2

Yes = Annotated[bool, typer.Option("--yes", help=f"Also where more than {MANY} would join")]
Replication = Annotated[int, typer.Option(min=1, help="Replicas of the new topics")]


def ask_for_many(agencies: int, *, yes: bool) -> None:
    """Ends the command where they are many and nobody said that they are meant."""
    if agencies > MANY and not yes:
        fail(f"{agencies} agencies would have {TOPICS_EACH * agencies} topics on this broker: say --yes if you mean it")


def say_joined(joined: Joined, who: str, with_them: Sequence[AgencyEntry], data: Path) -> None:
    """`who`: how many, and of what; `with_them`: who came along."""
    if with_them:
        codes = ", ".join(entry.code for entry in with_them)
        typer.echo(f"with their superiors, administrators and Ombudsman offices: {codes}")
    typer.echo(
        f"{who} are in the register ({len(joined.changed)} new or changed, {len(joined.topics)} topics made); "
        f"credentials in {data / 'credentials'}"
    )
