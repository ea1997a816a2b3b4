"""`lapor access`: who may read and write what, and how the broker's rules compare with the catalogue."""

from __future__ import annotations

import typer
from confluent_kafka.admin import AdminClient
from lapor_chassis import admin
from lapor_contracts import access

from lapor_deploy.commands.administrator import administrator
from lapor_deploy.commands.options import DataOption, stack_of

app = typer.Typer(no_args_is_help=True, help="Access rules and users: make a broker as the catalogue says, compare.")


@app.command()
def apply(data: DataOption = None) -> None:
    """Add the rules and users that are missing. A second time changes nothing; nothing is ever taken away."""
    stack = stack_of(data)
    with administrator(stack) as client:
        added = admin.ensure_standing_access(client)
        missing = _missing_users(client)
        admin.ensure_users(client, {name: stack.kafka_credentials(name).password for name in missing})
    typer.echo(f"{added} rules added, {len(missing)} users made")


@app.command()
def check(data: DataOption = None) -> None:
    """How the broker differs from the catalogue, a line each. Exit code 1 where it does."""
    with administrator(stack_of(data)) as client:
        lines = admin.access_differences(client)
        lines += [f"missing: user {name}" for name in _missing_users(client)]
    for line in lines:
        typer.echo(line)
    typer.echo(f"{len(lines)} differences from the catalogue")
    raise typer.Exit(1 if lines else 0)


def _missing_users(client: AdminClient) -> list[str]:
    """Of the services, the single outsiders, and whoever has a topic."""
    joined = access.members(admin.topic_names(client))
    expected = {*access.standing_principals(), *(access.principal_of(actor, code) for actor, code in joined)}
    return sorted(expected - admin.user_names(client))
