"""lapor escalation ...: what an operator asks this service, from its own database."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar
from uuid import UUID

import asyncpg
import msgspec
import typer
from lapor_chassis.clock import DomainClock
from lapor_chassis.errors import Unreadable
from rich.console import Console
from rich.table import Table

from lapor_escalation import dryrun, postgres
from lapor_escalation.domain.decision import Rules
from lapor_escalation.domain.explain import Deadline, case_lines, deadlines
from lapor_escalation.domain.state import Escalation
from lapor_escalation.settings import rules_of

OVERRIDES, POLICY = "LAPOR_CALENDAR_OVERRIDES", "LAPOR_ESCALATION_POLICY"
app = typer.Typer(name="escalation", help="Deadlines and the ladder.", no_args_is_help=True)


Database = Annotated[
    str, typer.Option(envvar=["LAPOR_ESCALATION_DATABASE_URL", "LAPOR_DATABASE_URL"], show_default=False)
]
T = TypeVar("T")


@app.command()
def explain(
    complaint: Annotated[str, typer.Argument(help="tracking id, or complaint id")],
    state: Annotated[bool, typer.Option("--state", help="all that the service keeps of it, as JSON")] = False,
    database: Database = "",
) -> None:
    """Each deadline of a complaint: from when, which days counted, which not and why, what comes next."""
    found = _ask(database, lambda url: postgres.find(url, complaint))
    if found is None:
        _fail(f"escalation knows no complaint {complaint[:40]}: check the number, or wait until it has arrived")
    if state:
        print(msgspec.json.format(found[2]).decode())
    else:
        show(Console(), *found[:2], _rules(_path(OVERRIDES)))


@app.command()
def recompute(
    dry_run: Annotated[bool, typer.Option("--dry-run", help="only count and show; nothing is changed")] = False,
    overrides: Annotated[
        Path | None, typer.Option(help="the calendar's file to try; default: the one that the service has")
    ] = None,
    sample: Annotated[int, typer.Option(min=0, help="how many deadlines to show")] = 20,
    database: Database = "",
) -> None:
    """What another calendar does to the open deadlines.

    The running service does it by itself, in the background, as soon as the file that LAPOR_CALENDAR_OVERRIDES names
    has changed. This shows what would happen (--dry-run), or how far it has come.
    """
    file, used = overrides or _path(OVERRIDES), _path(OVERRIDES)
    rules = _rules(file)
    now = DomainClock.parse(os.environ.get("LAPOR_CLOCK", "")).now()
    outcome = _ask(
        database, lambda url: dryrun.compare(postgres.open_complaints(url), rules, now, sample=sample if dry_run else 0)
    )
    # In a pipe nothing is cut off.
    console = Console() if Console().is_terminal else Console(width=200)
    if dry_run:
        dryrun.show(console, outcome, rules)
    elif file is not None and file != used:
        put = f"cp {file} {used}" if used else f"start the service with {OVERRIDES}={file}"
        _fail(f"the service counts with another file: {put}; it looks at its file every few seconds")
    else:
        left = outcome.complaints - outcome.counted_so
        print(f"{outcome.counted_so:,} of {outcome.complaints:,} complaints are counted by {rules.calendar.version}")
        print(f"{left:,} are still to come: the running service counts them" if left else "all of them: nothing to do")


def _ask(database: str, question: Callable[[str], Coroutine[Any, Any, T]]) -> T:
    if not database:
        _fail("there is no stack here: start one with `lapor up`, or set LAPOR_ESCALATION_DATABASE_URL")
    try:
        return asyncio.run(question(database))
    except Unreadable as error:
        _fail(str(error))
    except (OSError, TimeoutError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
        _fail(f"the database of escalation does not answer ({type(error).__name__}): is it running?")


def _rules(overrides: Path | None) -> Rules:
    try:
        return rules_of(overrides, _path(POLICY))
    except (OSError, ValueError) as error:
        _fail(f"{OVERRIDES} or {POLICY}: {error}")


def show(console: Console, subject: UUID, state: Escalation, rules: Rules) -> None:
    """One table a deadline, then the alerts."""
    console.print(f"[bold]{state.tracking_id}[/bold] {subject}  {state.closed or 'terbuka / open'}")
    for deadline in deadlines(state, rules):
        console.print(_table(deadline))
    for case in state.cases:
        first, *others = case_lines(case, state)
        console.print("Ombudsman:", first)
        for line in others:
            console.print("          ", line)


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
