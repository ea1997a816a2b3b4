"""`lapor route`: whose complaint would it be, and why? A dry run that changes nothing."""

from __future__ import annotations

import os
from datetime import date
from typing import Annotated

import typer
from lapor_chassis.db import Conn

from lapor_router import dryrun
from lapor_router.domain.area import local_day, locate
from lapor_router.domain.authority import decide
from lapor_router.domain.register import Register
from lapor_router.domain.rules import Context, Rules
from lapor_router.domain.state import Report
from lapor_router.learning import storage
from lapor_router.readers import InUse
from lapor_router.settings import RouterSettings
from lapor_router.terminal import (
    all_of,
    boundaries,
    clock,
    fail,
    plain,
    register_if_any,
    rules_folder,
    rules_in_use,
    with_database,
)  # fmt: skip

route = typer.Typer(help="Whose complaint would it be? A dry run that changes nothing.", add_completion=False)
RISK: float = RouterSettings.model_fields["router_risk"].default


@route.callback(invoke_without_command=True)
def route_command(
    category: Annotated[str | None, typer.Option(help="A code, such as jalan-rusak/kabupaten")] = None,
    area: Annotated[str | None, typer.Option(help="A Kemendagri code, such as 64.07.16.2004")] = None,
    text: Annotated[str, typer.Option(help="What the reporter writes; `-` reads it from the input")] = "",
    title: Annotated[str, typer.Option(help="Its title")] = "",
    address: Annotated[str | None, typer.Option(help="The place in the reporter's words")] = None,
    lat: Annotated[float | None, typer.Option(min=-90, max=90, help="Latitude")] = None,
    lon: Annotated[float | None, typer.Option(min=-180, max=180, help="Longitude")] = None,
    day: Annotated[str | None, typer.Option(help="The complaint's day, YYYY-MM-DD; today")] = None,
    secret: Annotated[bool, typer.Option(help="Nobody gets a copy of a secret complaint")] = False,
    risk: Annotated[
        float, typer.Option(envvar="LAPOR_ROUTER_RISK", min=0.0001, max=0.5, help="Share of wrong automatic decisions")
    ] = RISK,
    explain: Annotated[bool, typer.Option("--explain", help="Evidence, rule, legal basis, runner-up")] = False,
) -> None:
    """By the register and the model of the running router; without one, as if all known agencies had joined."""
    if (lat is None) != (lon is None):
        fail("--lat and --lon go together")
    words = typer.get_text_stream("stdin").read() if text == "-" else text
    report = Report(
        title=title, narrative=words, category=category, area_code=area, latitude=lat, longitude=lon, address=address,
        secret=secret,
    )  # fmt: skip
    rules, in_use = _loaded(risk, reads=bool(words or title or address or lat is not None))
    register = _running(in_use) or rules.known
    try:
        of = date.fromisoformat(day) if day else _today(area)
    except ValueError:
        fail("--day must be a date, YYYY-MM-DD")
    question = dryrun.asked(report, in_use.read(report) if in_use else None, of)
    outcome = decide(question, Context(rules, register, in_use.gate if in_use else None))
    for sentence in dryrun.sentences(question, outcome, rules, explain=explain):
        typer.echo(plain(sentence))


def _loaded(risk: float, *, reads: bool) -> tuple[Rules, InUse | None]:
    """What reads texts takes a second to load: only where there is something to read."""
    if not reads:
        return rules_in_use(), None
    rules, reader = all_of(rules_folder(), boundaries())
    return rules, InUse(reader, risk)


def _running(in_use: InUse | None) -> Register | None:
    """The running router's register; `in_use` takes its model. None where there is no router."""
    if not os.environ.get("LAPOR_ROUTER_DATABASE_URL"):
        return None

    async def ask(conn: Conn) -> Register:
        register = await register_if_any(conn)
        if in_use is not None and await conn.fetchval("select to_regclass('model') is not null"):
            in_use.with_model(await storage.fresh(conn, None))
        return register

    return with_database(ask)


def _today(area: str | None) -> date:
    found = locate(area)
    return local_day(clock().now(), found.zone if found else "WIB")
