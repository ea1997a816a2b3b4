"""`lapor agency ...`: what an operator does with the register.

Addresses come from the environment, as everywhere: LAPOR_KAFKA_BOOTSTRAP with LAPOR_KAFKA_USERNAME and
LAPOR_KAFKA_PASSWORD of an administrator, LAPOR_ROUTER_DATABASE_URL, and LAPOR_DATA for the credentials.
"""

from __future__ import annotations

from typing import Annotated

import typer
from lapor_contracts.agencies import AgencyEntry
from lapor_contracts.catalogue import topics
from rich.console import Console
from rich.table import Table

from lapor_router import credentials, life_commands
from lapor_router.asking import Replication, Yes, ask_for_many, say_joined
from lapor_router.domain.area import local_day, locate
from lapor_router.domain.register import above, name_on
from lapor_router.domain.rules import Rules
from lapor_router.joining import join as join_agencies
from lapor_router.terminal import (
    administrator,
    clock,
    console,
    data_folder,
    fail,
    register_if_any,
    rules_in_use,
    run,
    with_database,
)  # fmt: skip

agency = typer.Typer(
    help="The register of agencies: who has joined, and how one joins.", no_args_is_help=True, add_completion=False
)
life_commands.mount(agency)


def _chosen(codes: list[str], area: str | None, every: bool, rules: Rules) -> list[AgencyEntry]:
    if sum((bool(codes), area is not None, every)) != 1:
        fail("name the codes of agencies, an --area, or say --all")
    unknown = [code for code in codes if rules.known.get(code) is None]
    if unknown:
        fail(f"no such agency is known: {', '.join(unknown)}")
    if area is not None and locate(area) is None:
        fail(f"there is no area {area[:20]}: a Kemendagri code, such as 64 or 64.07")
    return [entry for entry in rules.known if every or entry.code in codes or (area and _within(entry, area))]


def _within(entry: AgencyEntry, area: str) -> bool:
    return entry.area is not None and (entry.area == area or entry.area.startswith(area + "."))


@agency.command("join")
def join_command(
    codes: Annotated[list[str] | None, typer.Argument(help="Such as 6407-pupr")] = None,
    area: Annotated[str | None, typer.Option(help="All known bodies of an area, such as 64 or 64.07")] = None,
    every: Annotated[bool, typer.Option("--all", help="All known bodies of Indonesia: some 14,000")] = False,
    yes: Yes = False,
    replication: Replication = 1,
) -> None:
    """Topics, access rules, user and credential file; then the event on lapor.agencies.

    Their superiors, administrators and Ombudsman offices join with them: a missed limit that reaches nobody is no
    escalation, and a dispute needs its arbiter.
    """
    rules = rules_in_use()
    chosen = _chosen(codes or [], area, every, rules)
    higher = above(chosen, rules.known)
    ask_for_many(len(chosen) + len(higher), yes=yes)
    data, settings = data_folder(), administrator()
    register = with_database(register_if_any)
    with_them = [entry for entry in higher if register.get(entry.code) is None]
    entries = [*chosen, *with_them]
    with Console(stderr=True).status(f"joining {len(entries)} agencies ..."):
        joined = run(join_agencies(settings, entries, data, replication=replication))
    say_joined(joined, f"{len(entries)} agencies", with_them, data)


@agency.command("list")
def list_command(
    every: Annotated[bool, typer.Option("--all", help="Also those that have not joined")] = False,
) -> None:
    """The register as the router has it."""
    register = with_database(register_if_any)
    now = clock().now()
    table = Table("code", "name", "level", "area", "joined", "left")
    for entry in sorted(rules_in_use().known if every else register, key=lambda entry: entry.code):
        kept = register.get(entry.code)
        dates = (str(kept.joined_on), _leaving(kept)) if kept else ("no", "")
        name = name_on(entry, local_day(now, entry.zone), ())
        table.add_row(entry.code, name, entry.level, entry.area or "Indonesia", *dates)
    console().print(table)
    typer.echo(f"{len(register)} agencies")


def _leaving(entry: AgencyEntry) -> str:
    return f"{entry.left_on or ''}{f' -> {entry.successor}' if entry.successor else ''}"


@agency.command("show")
def show_command(code: str) -> None:
    """All that the register says of one agency, its topics and its credential file."""
    register = with_database(register_if_any)
    entry = register.get(code)
    if entry is None:
        known = rules_in_use().known.get(code)
        fail(f"{code} has not joined: lapor agency join {code}" if known else f"there is no agency {code}")
    for field, value in entry.model_dump(mode="json", exclude={"former_names"}).items():
        typer.echo(f"{field:17} {value if value is not None else '-'}")
    for former in entry.former_names:
        typer.echo(f"{'former name':17} {former.name} ({former.valid_from} to before {former.valid_to})")
    for family in topics():
        if family.family and "agency" in (family.writer, *family.readers):
            verb = "writes" if family.writer == "agency" else "reads"
            typer.echo(f"{verb:17} {family.of(code)}")
    typer.echo(f"{'credentials':17} {credentials.paths(data_folder(), code)[0]}")
