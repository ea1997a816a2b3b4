"""`lapor decide ...`: what the router could not decide, and a person's decision about it.

Reads the router's own database (LAPOR_ROUTER_DATABASE_URL); decides on lapor.decisions, signed in as the decider: its
password is in the data folder of the stack, or in the file that LAPOR_DECIDER_KEY_FILE names.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any, get_args

import typer
from lapor_chassis.db import Conn
from lapor_contracts import decisions
from lapor_contracts.base import Event
from pydantic import ValidationError
from rich.console import Console

from lapor_router import decide_tables, deciding
from lapor_router.deciding import Found, Taken
from lapor_router.domain import report
from lapor_router.domain.register import Register, is_member
from lapor_router.domain.rules import Context
from lapor_router.domain.state import RouterState
from lapor_router.postgres import load_register
from lapor_router.terminal import clock, console, data_folder, fail, rules_in_use, run, settings, with_database

decide = typer.Typer(
    help="What waits for a person, and the person's decision.", no_args_is_help=True, add_completion=False
)
FUNCTION = "Pejabat penghubung SP4N-LAPOR!"
_REFUSED = {
    "nothing_to_decide": "nobody is asked about it any more",
    "unknown_agency": "the agency is not, or no longer, in the register",
    "has_it_already": "that agency has it already",
    "secret_has_no_copies": "a secret complaint goes to nobody but its lead",
    "unknown_complaint": "the router knows no such complaint",
}

Asked = Annotated[str, typer.Argument(metavar="ID", help="Tracking id or complaint id")]
By = Annotated[
    str | None,
    typer.Option("--by", envvar="LAPOR_DECIDED_BY", help="The function that decides, never a person's name"),
]
Words = Annotated[str, typer.Option(help="Why: the reporter and the agency read it")]
Wait = Annotated[float, typer.Option(min=0, help="Seconds to wait for the router")]


@decide.command("list")
def list_command(
    limit: Annotated[int, typer.Option(min=1, help="How many, the oldest first")] = 50,
) -> None:
    """What waits for a person, the oldest first: since when, why, and the best candidates."""
    rules, now = rules_in_use(), clock().now()
    waiting, register = with_database(_waiting)
    context = Context(rules, register)
    rows = [(found, deciding.proposals(found.state, context, now)) for found in waiting[:limit]]
    if rows:
        console().print(decide_tables.listed(rows, now))
    over = sum(decide_tables.limit_of(found, now).over for found in waiting)
    typer.echo(
        f"{len(waiting)} wait for a decision, {over} past the limit" + (f"; {limit} shown" * (len(waiting) > limit))
    )


@decide.command("show")
def show_command(
    asked: Asked,
    secret: Annotated[bool, typer.Option("--secret", help="Also the text of a secret complaint")] = False,
) -> None:
    """All of one complaint: what was said, what was tried, who could take it and why."""
    rules, now = rules_in_use(), clock().now()
    found, register = with_database(lambda conn: _found(conn, asked))
    open_ = found.state.phase == "deciding"
    candidates = deciding.proposals(found.state, Context(rules, register), now) if open_ else ()
    console().print(decide_tables.shown(found, candidates, now, with_secret=secret))


@decide.command("route")
def route_command(
    asked: Asked,
    agency: Annotated[str, typer.Argument(help="Its code, such as 6407-pupr")],
    reason: Words,
    copy: Annotated[list[str] | None, typer.Option(help="Who gets a copy; may be repeated")] = None,
    by: By = None,
    wait: Wait = 30.0,
) -> None:
    """To this agency. It binds; a complaint that an agency has is moved."""
    copies = tuple(code for code in dict.fromkeys(copy or ()) if code != agency)

    def make(found: Found, register: Register) -> Event:
        _check_routing(found.state, register, agency, copies)
        return _made(decisions.DecisionRouted, decided_by=_by(by, found), agency=agency, copies=copies, reason=reason)

    after = _decide(asked, make, wait, may_move=True)
    current = after.state.current
    if current is None or current.agency != agency:
        fail(f"{after.state.report.tracking_id}: another decision came between; see `lapor decide show {asked}`")
    typer.echo(f"{after.state.report.tracking_id}: assigned to {agency} ({current.reason}, round {current.round})")


@decide.command("archive")
def archive_command(
    asked: Asked,
    reason: Annotated[str, typer.Option(help="too_general, wrong_format or not_about_government")],
    text: Words,
    by: By = None,
    wait: Wait = 30.0,
) -> None:
    """To the archive, with a reason of the rules."""
    _one_of(decisions.DecisionArchived, reason)
    after = _decide(
        asked,
        lambda found, _: _made(decisions.DecisionArchived, decided_by=_by(by, found), reason=reason, text=text),
        wait,
    )
    _ended(after, "archived", asked)


@decide.command("out-of-scope")
def out_of_scope_command(
    asked: Asked,
    reason: Annotated[str, typer.Option(help="criminal_law, legislation, corruption, personal, political or sara")],
    pointed_to: Annotated[str, typer.Option("--to", help="Which body the reporter is pointed to")],
    text: Words,
    by: By = None,
    wait: Wait = 30.0,
) -> None:
    """Another body's matter by law: the reporter is pointed to it."""
    _one_of(decisions.DecisionOutOfScope, reason)

    def make(found: Found, _: Register) -> Event:
        return _made(
            decisions.DecisionOutOfScope, decided_by=_by(by, found), reason=reason, pointed_to=pointed_to, text=text
        )

    _ended(_decide(asked, make, wait), "out_of_scope", asked)


@decide.command("ask")
def ask_command(
    asked: Asked,
    question: Annotated[str, typer.Option(help="What the reporter is asked")],
    by: By = None,
    wait: Wait = 30.0,
) -> None:
    """Something of the reporter, before deciding: the complaint goes on waiting."""
    after = _decide(
        asked,
        lambda found, _: _made(decisions.DecisionAsked, decided_by=_by(by, found), question=question),
        wait,
    )
    typer.echo(f"{after.state.report.tracking_id}: the reporter is asked; it still waits for a decision")


def _decide(asked: str, make: Callable[[Found, Register], Event], wait: float, *, may_move: bool = False) -> Found:
    """Publishes the decision and waits for the router; the complaint as it is then."""
    found, register = with_database(lambda conn: _found(conn, asked))
    phase = found.state.phase
    if phase != "deciding" and not (may_move and phase == "assigned"):
        fail(f"{found.state.report.tracking_id}: there is nothing to decide, it is {_phase(found.state)}")
    event = make(found, register)
    signed_in = _as_decider()
    event_id = run(deciding.publish(signed_in, found.id, event))
    with Console(stderr=True).status("waiting for the router ..."):
        outcome = with_database(lambda conn: deciding.taken(conn, found.id, event_id, wait))
    _say_if_not(outcome, found, wait)
    return with_database(lambda conn: _found(conn, str(found.id)))[0]


def _say_if_not(outcome: Taken, found: Found, wait: float) -> None:
    number = found.state.report.tracking_id
    if outcome.what == "refused":
        reason = outcome.refused or "-"
        words = f": {_REFUSED[reason]}" if reason in _REFUSED else ""
        fail(f"{number}: the router refused it, {reason} ({outcome.field or '-'}){words}")
    if outcome.what == "parked":
        fail(f"{number}: the complaint is parked, the decision waits with it; see `lapor dlq`")
    if outcome.what == "not_yet":
        fail(
            f"{number}: published, but not taken by the router in {wait:g} s (is it running? see `lapor status`); "
            "it will be, so do not repeat it"
        )


def _check_routing(state: RouterState, register: Register, agency: str, copies: tuple[str, ...]) -> None:
    today = report.question(state, clock().now()).today
    for code in (agency, *copies):
        entry = register.get(code)
        if entry is None:
            fail(f"there is no agency {code} in the register: see `lapor agency list`")
        if not is_member(entry, today):
            fail(f"{code} is no member today: joined {entry.joined_on}, left {entry.left_on or '-'}")
    if copies and state.report.secret:
        fail(_REFUSED["secret_has_no_copies"])
    if state.current and state.current.agency == agency:
        fail(f"{agency} has it already")


def _made(kind: type[Event], **fields: Any) -> Event:
    try:
        return kind(**fields)
    except ValidationError as error:
        problem = error.errors(include_input=False, include_url=False)[0]
        fail(f"{'.'.join(map(str, problem['loc']))}: {problem['msg']}")


def _one_of(kind: type[Event], reason: str) -> None:
    known = get_args(kind.model_fields["reason"].annotation)
    if reason not in known:
        fail(f"--reason must be one of {', '.join(known)}")


def _ended(after: Found, ended: str, asked: str) -> None:
    if after.state.ended != ended:
        fail(f"{after.state.report.tracking_id}: another decision came between; see `lapor decide show {asked}`")
    typer.echo(f"{after.state.report.tracking_id}: {ended.replace('_', ' ')}, the reporter is told why")


def _by(given: str | None, found: Found) -> str:
    arbiter = found.state.arbiter
    return given or (f"Admin SP4N-LAPOR! ({arbiter})" if arbiter else FUNCTION)


def _phase(state: RouterState) -> str:
    return f"{state.phase} ({state.ended})" if state.ended else state.phase


async def _waiting(conn: Conn) -> tuple[list[Found], Register]:
    return await deciding.undecided(conn), await load_register(conn)


async def _found(conn: Conn, asked: str) -> tuple[Found, Register]:
    found = await deciding.find(conn, asked)
    if found is None:
        fail(f"the router knows no complaint {asked[:40]}: check the number, or wait until it has arrived")
    return found, await load_register(conn)


def _as_decider() -> Any:
    given = os.environ.get("LAPOR_DECIDER_KEY_FILE")
    try:
        return deciding.as_decider(settings(), data_folder(), Path(given) if given else None)
    except OSError as error:
        fail(f"no password of the decider ({error.strerror}: {error.filename}): name its file, LAPOR_DECIDER_KEY_FILE")
