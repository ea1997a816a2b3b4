"""lapor escalation ...: what an operator asks this service, from its own database."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path
from typing import Annotated, NoReturn
from uuid import UUID

import asyncpg
import typer
from rich.console import Console
from rich.table import Table

from lapor_escalation import postgres
from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.explain import Deadline, case_line, deadlines
from lapor_escalation.domain.state import Escalation
from lapor_escalation.settings import rules_of

app = typer.Typer(name="escalation", help="Deadlines and the ladder.", no_args_is_help=True)


@app.callback()
def _group() -> None:
    """Without this, typer would run a lone command without its name."""


@app.command()
def explain(
    complaint: Annotated[str, typer.Argument(help="tracking id, or complaint id")],
    database: Annotated[
        str, typer.Option(envvar=["LAPOR_ESCALATION_DATABASE_URL", "LAPOR_DATABASE_URL"], show_default=False)
    ] = "",
) -> None:
    """Each deadline of a complaint: from when, which days counted, which not and why, what comes next."""
    if not database:
        _fail("there is no stack here: start one with `lapor up`, or set LAPOR_ESCALATION_DATABASE_URL")
    try:
        found = asyncio.run(postgres.find(database, complaint))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        _fail(f"the database of escalation does not answer ({type(error).__name__}): is it running?")
    if found is None:
        _fail(f"escalation knows no complaint {complaint[:40]}: check the number, or wait until it has arrived")
    try:
        rules = rules_of(_path("LAPOR_CALENDAR_OVERRIDES"), _path("LAPOR_ESCALATION_POLICY"))
    except (OSError, ValueError) as error:
        _fail(f"LAPOR_CALENDAR_OVERRIDES or LAPOR_ESCALATION_POLICY: {error}")
    show(Console(), *found, rules)


def show(console: Console, subject: UUID, state: Escalation, rules: Rules) -> None:
    """One table a deadline, then the alerts."""
    console.print(f"[bold]{state.tracking_id}[/bold] {subject}  {state.closed or 'terbuka / open'}")
    for deadline in deadlines(state, rules):
        console.print(_table(deadline))
    for case in state.cases:
        console.print("Ombudsman:", case_line(case, state.lead.zone if state.lead else state.zone))


def _table(deadline: Deadline) -> Table:
    table = Table(title=f"{deadline.whose}  {deadline.limit}", title_justify="left", show_header=False)
    table.add_column(style="dim")
    table.add_column()
    table.add_row("dihitung dari / counted from", deadline.since)
    table.add_row("hari penerimaan / day of receipt", deadline.receipt_day)
    table.add_row("hari yang dihitung / days that count", ", ".join(deadline.counted))
    table.add_row("tidak dihitung / do not count", "\n".join(f"{day}: {why}" for day, why in deadline.not_counted))
    table.add_row("ditunda / on hold", "\n".join(deadline.holds) or "-")
    table.add_row("jatuh tempo / due", deadline.due)
    table.add_row("dikirim / sent", "\n".join(deadline.sent) or "-")
    table.add_row("keadaan / state", deadline.status)
    table.add_row("berikutnya / next", deadline.following)
    table.add_row("kalender / calendar", deadline.counted_with)
    return table


def _path(variable: str) -> Path | None:
    value = os.environ.get(variable)
    return Path(value) if value else None


def _fail(why: str) -> NoReturn:
    print(f"lapor: {why}", file=sys.stderr)
    raise typer.Exit(1)
