"""`lapor agency leave|rename|merge|import|export`: what happens to an agency after it has joined."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterable
from datetime import date
from pathlib import Path
from typing import Annotated, TextIO

import typer
from lapor_contracts.agencies import AgencyEntry
from pydantic import ValidationError

from lapor_router.asking import Replication, Yes, ask_for_many, say_joined
from lapor_router.checks import beside_others
from lapor_router.domain import life
from lapor_router.domain.area import local_day
from lapor_router.domain.register import Register, above
from lapor_router.joining import change
from lapor_router.joining import join as join_agencies
from lapor_router.loading import BadData, load_agencies
from lapor_router.postgres import load_register
from lapor_router.terminal import administrator, clock, data_folder, fail, rules_in_use, run, with_database

COLUMNS = (
    "code", "name", "level", "kind", "area", "zone", "email", "superior", "ombudsman_office", "joined_on", "left_on",
)  # fmt: skip
On = Annotated[str | None, typer.Option("--on", help="From this day on, YYYY-MM-DD, also one to come; else today")]
Code = Annotated[str, typer.Argument(help="Such as 6407-pupr")]


def mount(app: typer.Typer) -> None:
    """Adds the commands to `lapor agency`."""
    for name, command in COMMANDS.items():
        app.command(name)(command)


def leave_command(code: Code, on: On = None) -> None:
    """It leaves: its open complaints are routed again by the rules."""

    def leaves(register: Register) -> AgencyEntry:
        entry = _member(register, code)
        return life.left(entry, _day(on, entry), _today(entry))

    entry = _change(leaves)
    typer.echo(f"{code} is a member until before {entry.left_on}; then its open complaints are routed again")


def rename_command(code: Code, name: Annotated[str, typer.Option(help="The new name")], on: On = None) -> None:
    """It has another name; the former one stays for the days before."""
    former = rules_in_use().former_names

    def renames(register: Register) -> AgencyEntry:
        entry = _member(register, code)
        return life.renamed(entry, name.strip(), _day(on, entry), former)

    entry = _change(renames)
    typer.echo(f"{code} is called {entry.name} from {entry.former_names[-1].valid_to} on")


def merge_command(
    code: Code, into: Annotated[str, typer.Option(help="Who has its complaints from then on")], on: On = None
) -> None:
    """It leaves, and its open complaints go to another."""

    def merges(register: Register) -> AgencyEntry:
        entry = _member(register, code)
        return life.merged(entry, _member(register, into), _day(on, entry), register, _today(entry))

    entry = _change(merges)
    typer.echo(f"{code} is a member until before {entry.left_on}; then its open complaints go to {into}")


def import_command(
    file: Annotated[Path, typer.Argument(help="CSV with the columns of agencies.csv")],
    yes: Yes = False,
    replication: Replication = 1,
) -> None:
    """All of them join, or, where anything is wrong with one, none. Dates and names are as the file says."""
    known = rules_in_use().known
    try:
        lines = load_agencies(file)
        register = with_database(load_register)
        for name, line, problem in beside_others(file.name, lines, register, known):
            raise BadData(name, line, problem)
    except BadData as error:
        fail(str(error))
    entries = [entry for _, entry in lines]
    with_them = [entry for entry in above(entries, known) if register.get(entry.code) is None]
    ask_for_many(len(entries) + len(with_them), yes=yes)
    joining = join_agencies(
        administrator(), [*entries, *with_them], data_folder(), replication=replication, entered=life.imported
    )
    joined = run(joining)
    say_joined(joined, f"{len(entries)} agencies of {file.name}", with_them, data_folder())


def export_command(out: Annotated[Path | None, typer.Option(help="A file; else the output")] = None) -> None:
    """The register as CSV, as `import` reads it."""
    register = with_database(load_register)
    if out is None:
        _write(register, sys.stdout)
    else:
        try:
            with out.open("w", newline="", encoding="utf-8") as file:
                _write(register, file)
        except OSError as error:
            fail(f"{out}: {error.strerror}")
    typer.echo(f"{len(register)} agencies", err=True)


def _write(register: Iterable[AgencyEntry], file: TextIO) -> None:
    writer = csv.DictWriter(file, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for entry in sorted(register, key=lambda entry: entry.code):
        values = entry.model_dump(mode="json")
        writer.writerow({column: "" if values[column] is None else values[column] for column in COLUMNS})


def _change(decide: Callable[[Register], AgencyEntry]) -> AgencyEntry:
    """One entry, decided under the register's lock."""
    decided: list[AgencyEntry] = []

    def all_of_it(register: Register) -> list[AgencyEntry]:
        decided.append(decide(register))
        return decided

    try:
        run(change(administrator(), all_of_it, clock().now()))
    except life.Impossible as error:
        fail(str(error))
    except ValidationError as error:
        problem = error.errors(include_input=False)[0]
        fail(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}")
    return decided[0]


def _member(register: Register, code: str) -> AgencyEntry:
    entry = register.get(code)
    if entry is None:
        raise life.Impossible(f"{code} has not joined: see `lapor agency list`")
    return entry


def _today(entry: AgencyEntry) -> date:
    return local_day(clock().now(), entry.zone)


def _day(on: str | None, entry: AgencyEntry) -> date:
    if on is None:
        return _today(entry)
    try:
        return date.fromisoformat(on)
    except ValueError:
        raise life.Impossible("--on must be a date, YYYY-MM-DD") from None


COMMANDS: dict[str, Callable[..., None]] = {
    "leave": leave_command,
    "rename": rename_command,
    "merge": merge_command,
    "import": import_command,
    "export": export_command,
}
