"""`lapor router learn|models|shadow|use|back`: the text model of confirmed outcomes, in the operator's hand.

LAPOR_ROUTER_DATABASE_URL says where the router's own history and its models are. A new model is in shadow until
the operator puts it in use; `use` refuses one that later outcomes have not shown to be better.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from typing import Annotated

import typer
from lapor_chassis.db import Conn
from rich.table import Table

from lapor_router.domain.findings import About
from lapor_router.domain.rules import Rules
from lapor_router.learning import storage
from lapor_router.learning.storage import NoModel, Ready
from lapor_router.postgres import load_register
from lapor_router.terminal import all_of, console, fail, rules_folder, with_database

Number = Annotated[int, typer.Argument(help="As in `lapor router models`")]


def mount(app: typer.Typer) -> None:
    """Adds the commands to `lapor router`."""
    for name, command in COMMANDS.items():
        app.command(name)(command)


def learn_command() -> None:
    """Learn from the outcomes that agencies and arbiters confirmed; the model starts in shadow."""
    typer.echo(with_database(_learn))


def models_command() -> None:
    """The models, the newest first, with what they learned from and how good they were."""
    models = with_database(storage.listed)
    table = Table("model", "state", "outcomes", "from", "to", "tested", "top 1", "top 3", "lexicon alone")
    for model in models:
        tested, alone = model.figures["tested"], model.figures["alone"]
        table.add_row(
            str(model.id),
            "in use" if model.in_use else "shadow",
            str(model.outcomes),
            f"{model.trained_from:%Y-%m-%d}",
            f"{model.trained_to:%Y-%m-%d}",
            str(tested["tested"]),
            f"{tested['top1']:.1%}",
            f"{tested['top3']:.1%}",
            f"{alone['top1']:.1%}",
        )
    console().print(table)
    if not any(model.in_use for model in models):
        typer.echo("the lexicon alone decides")


def shadow_command(number: Number) -> None:
    """How a model would have done since it learned, beside what is in use; exit code 2 where not better."""
    better, sentence = with_database(partial(_compare, number))
    typer.echo(sentence)
    if not better:
        raise typer.Exit(2)


def use_command(
    number: Number,
    unproven: Annotated[bool, typer.Option("--unproven", help="Also where it is not shown to be better")] = False,
) -> None:
    """Put a model in use; running routers take it up within seconds."""
    if not unproven:
        better, sentence = with_database(partial(_compare, number))
        typer.echo(sentence)
        if not better:
            fail("it stays in shadow; put it in use all the same with --unproven")

    async def change(conn: Conn) -> None:
        try:
            await storage.use(conn, number)
        except NoModel as error:
            fail(str(error))

    with_database(change)
    typer.echo(f"model {number} is in use; `lapor router back` takes it out again")


def back_command() -> None:
    """Back to what was in use before: an older model, or the lexicon alone."""

    async def change(conn: Conn) -> int | None:
        try:
            return await storage.back(conn)
        except NoModel as error:
            fail(str(error))

    number = with_database(change)
    typer.echo(f"model {number} is in use again" if number else "the lexicon alone decides again")


async def _learn(conn: Conn) -> str:
    # scikit-learn is loaded by who learns only: the other commands and the service do without it.
    from lapor_router.learning.evaluation import learn  # noqa: PLC0415
    from lapor_router.learning.history import cases  # noqa: PLC0415
    from lapor_router.learning.training import TooFew  # noqa: PLC0415

    rules, reader = all_of(rules_folder())
    found = await cases(conn, reader.lexicon, await _sector_of_agencies(conn, rules))
    try:
        learned = learn(found, sorted(set(rules.sectors.values())), reader.sector_of)
    except TooFew as error:
        fail(f"nothing to learn from yet: {error}")
    number = await storage.save(
        conn,
        learned.trained.model,
        learned.curve,
        since=min(case.when for case in found),
        until=max(case.when for case in found),
        outcomes=len(found),
        figures={"tested": asdict(learned.tested), "alone": asdict(learned.alone)},
    )
    return (
        f"model {number} learned from {len(found)} outcomes; of the newest {learned.tested.tested}, before it saw "
        f"them, {learned.tested.top1:.1%} right (the lexicon alone {learned.alone.top1:.1%}). It is in shadow: "
        f"`lapor router shadow {number}` after some days, then `lapor router use {number}`"
    )


async def _compare(number: int, conn: Conn) -> tuple[bool, str]:
    """On outcomes since both learned."""
    from lapor_router.learning.evaluation import Case, Reader, compare, lexicon_alone  # noqa: PLC0415
    from lapor_router.learning.history import cases  # noqa: PLC0415

    rules, reader = all_of(rules_folder())

    def reads(ready: Ready) -> Reader:
        def read(case: Case) -> About:
            return ready.model.read(case.roots, case.lexicon, reader.sector_of)

        return read

    try:
        new = await storage.load(conn, number)
    except NoModel as error:
        fail(str(error))
    current = await storage.fresh(conn, None)
    models = {model.id: model for model in await storage.listed(conn)}
    since = max(models[ready.id].trained_to for ready in (new, current) if ready is not None)
    later = await cases(conn, reader.lexicon, await _sector_of_agencies(conn, rules), since)
    found = compare(later, reads(new), reads(current) if current else lexicon_alone)
    rival = f"model {current.id}" if current else "the lexicon alone"
    return found.better, (
        f"{found.tested} outcomes since {since:%Y-%m-%d}: only model {number} right {found.only_new} times, only "
        f"{rival} {found.only_old} times; {'better' if found.better else 'not shown to be better'} "
        f"(p = {found.luck:.3f})"
    )


async def _sector_of_agencies(conn: Conn, rules: Rules) -> Callable[[str], str | None]:
    """The type of an agency that is or was in the register, or is in the data files."""
    register = await load_register(conn)

    def sector_of(code: str) -> str | None:
        entry = register.get(code) or rules.known.get(code)
        return rules.sectors.get(entry.kind) if entry else None

    return sector_of


COMMANDS: dict[str, Callable[..., None]] = {
    "learn": learn_command,
    "models": models_command,
    "shadow": shadow_command,
    "use": use_command,
    "back": back_command,
}
