"""The one place of wiring: used by the process and by tests."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

from lapor_chassis.application import Application
from lapor_chassis.clock import DomainClock
from lapor_chassis.db import Conn
from lapor_chassis.definition import ServiceDefinition
from lapor_chassis.errors import Invalid, is_transient
from lapor_chassis.record import Record
from lapor_chassis.settings import load as load_settings
from lapor_contracts.base import Event
from starlette.routing import Mount

from lapor_intake import erasure, postgres
from lapor_intake.desk import Desk
from lapor_intake.domain.policy import Policy
from lapor_intake.domain.state import IntakeState
from lapor_intake.group import GroupCommit
from lapor_intake.handlers import HANDLERS
from lapor_intake.http import Api, mount
from lapor_intake.keys import BadKey, Keys, load_keys
from lapor_intake.resolving import Resolver
from lapor_intake.sealed import Submissions, on_refused
from lapor_intake.settings import IntakeSettings
from lapor_intake.vault import Vault, WrongKey

NAME = "intake"
MIGRATIONS = Path(__file__).parent / "migrations"
PRUNE_SECONDS = 600.0


def build(
    settings: IntakeSettings, *, clock: DomainClock | None = None, keys: Keys | None = None
) -> Application[IntakeState]:
    """Raises BadKey where a key file is wrong."""
    keys = keys or load_keys(settings)
    clock = clock or DomainClock.parse(settings.clock)
    vault = Vault(keys.master, keys.index)
    desk = Desk(vault, keys.access, Policy(reopen_within=timedelta(days=settings.reopen_days)))

    def refuse(batch: Any, record: Record, invalid: Invalid) -> None:
        assert app.edge is not None  # noqa: S101 - intake has an edge
        app.edge.refuse(batch, record, invalid)

    app: Application[IntakeState]
    submissions = Submissions(desk, keys.sealing, refuse)
    resolver = Resolver(vault, keys.access, keys.notifier, clock)

    async def resolve(conn: Conn, references: Sequence[str]) -> dict[str, Event]:
        return await resolver(conn, references)

    app = Application(
        ServiceDefinition(
            name=NAME,
            state=IntakeState,
            handlers=HANDLERS,
            on_edge=submissions.on_edge,
            on_edge_refused=on_refused,
            prepare_edge=submissions.prepare,
            resolve=resolve,
            migrations=MIGRATIONS,
            lanes=("http", "erasure"),
        ),
        settings,
        clock=clock,
    )

    _add_http(app, settings, desk, keys)
    app.on_started.append(lambda: _check_keys(app, vault, keys))
    app.background(lambda: erasure.run(app.pool, app.lane("erasure"), vault), "erasure")
    app.background(lambda: _prune(app), "prune")
    return app


def _add_http(app: Application[IntakeState], settings: IntakeSettings, desk: Desk, keys: Keys) -> None:
    group = GroupCommit(desk.take, settings.http_waiting)
    public = keys.sealing.as_dict(private=False)
    api = Api(desk, group, lambda: app.pool, app.clock, settings.http_channel, {**public, "alg": "ECDH-ES"})
    app.http.append(Mount("/", app=mount(api)))
    app.background(lambda: group.run(app.lane("http")), "http commits")


async def _check_keys(app: Application[IntakeState], vault: Vault, keys: Keys) -> None:
    async with app.pool.acquire() as conn:
        await vault.check_keys(conn, master=keys.master, index=keys.index, access=keys.access)


async def _prune(app: Application[IntakeState]) -> None:
    """Old answers and forgotten attempts go, a lot at a time."""
    while True:
        try:
            async with app.pool.acquire() as conn:
                while await postgres.prune(conn):
                    pass
        except Exception as error:
            if not is_transient(error):
                raise
        await asyncio.sleep(PRUNE_SECONDS)


def main() -> None:
    settings = load_settings(IntakeSettings)
    try:
        app = build(settings)
        app.run()
    except (BadKey, WrongKey) as error:
        print(f"lapor-intake: {error}", file=sys.stderr)
        sys.exit(1)
