"""`lapor router ...`: what an operator asks about the rules, of the router's own history."""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Annotated, Any, TextIO

import typer
from lapor_chassis.db import Conn
from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Table
from rich.text import Text

from lapor_router import learn_commands
from lapor_router.domain.rules import Context, Rules
from lapor_router.loading import FILES
from lapor_router.postgres import load_register
from lapor_router.replaying import Change, Judge, Summary, replay
from lapor_router.terminal import clock, console, fail, gate, rules_folder, rules_in_use, rules_of, with_database

router = typer.Typer(
    help="What the router learned, and what other rules would change.", no_args_is_help=True, add_completion=False
)
WAYS = 40  # lines of the table
EVERY = 500  # complaints between two looks at the progress
learn_commands.mount(router)


@dataclass(slots=True)
class Listing:
    """The first changes, and all of them in a file where one is wanted."""

    most: int
    file: TextIO | None
    first: list[Change]

    def add(self, change: Change) -> None:
        if len(self.first) < self.most:
            self.first.append(change)
        if self.file is not None:
            csv.writer(self.file).writerow(_cells(change))


@router.command("replay")
def replay_command(
    rules: Annotated[Path, typer.Option(help="A folder of rules, or one file that replaces the one in use")],
    since: Annotated[str, typer.Option(help="Complaints from this day on, YYYY-MM-DD")],
    limit: Annotated[int, typer.Option(min=0, help="How many changes are listed")] = 20,
    out: Annotated[Path | None, typer.Option(help="All changes, as CSV")] = None,
) -> None:
    """Which past decisions would these rules change? Changes nothing."""
    day = _day(since)
    present, other = rules_in_use(), _other(rules)
    with ExitStack() as stack:
        file = stack.enter_context(_opened(out)) if out else None
        listing, summary = Listing(limit, file, []), Summary()
        with_database(lambda conn: _replay(conn, (present, other), day, summary, listing))
    _report(summary, listing, present, other)


async def _replay(conn: Conn, rules: tuple[Rules, Rules], since: datetime, summary: Summary, listing: Listing) -> None:
    register = await load_register(conn)
    sure_enough = await gate(conn)
    now, other = (Judge(Context(each, register, sure_enough)) for each in rules)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("deciding again ...")
        async for change in replay(conn, now, other, since, summary, clock()):
            if change is not None:
                listing.add(change)
            if summary.complaints % EVERY == 0:
                words = f"{summary.complaints} complaints, {summary.changed} would change"
                progress.update(task, description=words)


def _report(summary: Summary, listing: Listing, present: Rules, other: Rules) -> None:
    screen = console()
    if summary.ways:
        screen.print(_ways(summary.ways))
    if listing.first:
        screen.print(_changes(listing.first))
        if summary.changed > len(listing.first):
            typer.echo(f"... and {summary.changed - len(listing.first)} more: --limit, or --out for all of them")
    for (before, after), count in summary.rules.most_common(WAYS):
        typer.echo(f"the same agency by another rule: {before} -> {after}: {count}")
    typer.echo(
        f"{summary.changed} of {summary.complaints} decisions would change "
        f"({present.matrix.version} -> {other.matrix.version}); nothing was changed"
    )


def _ways(ways: Counter[tuple[str, str, str]]) -> Table:
    table = Table("from", "to", "by rule", "complaints")
    for (before, after, rule), count in ways.most_common(WAYS):
        table.add_row(before, after, rule, str(count))
    rest = ways.total() - sum(count for _, count in ways.most_common(WAYS))
    if rest:
        table.add_row("other", "", "", str(rest))
    return table


def _changes(changes: list[Change]) -> Table:
    table = Table("tracking id", "from", "by rule", "to", "by rule")
    for change in changes:
        table.add_row(*(Text(cell) for cell in _cells(change)[1:]))
    return table


def _cells(change: Change) -> tuple[str, ...]:
    before, after = change.before, change.after
    return (str(change.complaint), change.tracking_id, before.who, before.rule, after.who, after.rule)


def _day(text: str) -> datetime:
    """The start of the day in UTC."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        fail("--since must be a date, YYYY-MM-DD")
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _other(path: Path) -> Rules:
    """A folder as it is; a single file beside the others that are in use."""
    if not path.is_file():
        return rules_of(path)
    if path.name not in FILES:
        fail(f"{path.name} is none of the router's files: {', '.join(FILES)}")
    with tempfile.TemporaryDirectory() as folder:
        together = shutil.copytree(rules_folder(), Path(folder) / "rules", ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copyfile(path, together / path.name)
        return rules_of(together)


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    try:
        with path.open("w", newline="", encoding="utf-8") as file:
            csv.writer(file).writerow(("complaint", "tracking_id", "from", "by_rule", "to", "by_rule_then"))
            yield file
    except OSError as error:
        fail(f"{path}: {error.strerror}")
