"""The one place of wiring: used by the process and by tests."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

from lapor_chassis.application import Application
from lapor_chassis.batch import Batch
from lapor_chassis.clock import DomainClock
from lapor_chassis.definition import ServiceDefinition
from lapor_chassis.edge import EdgeMessage
from lapor_chassis.inbound import Handler
from lapor_chassis.settings import load as load_settings
from lapor_contracts.base import Event

from lapor_router.boundaries import BadBoundaries
from lapor_router.desk import Desk
from lapor_router.domain.reading import ReportReader
from lapor_router.domain.rules import Rules
from lapor_router.domain.state import RouterState
from lapor_router.handing_over import keep_handing_over
from lapor_router.handlers import EDGE_HANDLERS, HANDLERS, RouterHandler, on_timer
from lapor_router.loading import PACKAGED, BadData
from lapor_router.readers import InUse, load_all
from lapor_router.settings import RouterSettings
from lapor_router.watching import DataFiles

NAME = "router"
MIGRATIONS = Path(__file__).parent / "migrations"


def build(
    settings: RouterSettings, *, clock: DomainClock | None = None, loaded: tuple[Rules, ReportReader] | None = None
) -> Application[RouterState]:
    """Raises BadData or BadBoundaries where a file is wrong."""
    files = DataFiles(settings.router_data or PACKAGED, partial(load_all, boundaries=settings.router_boundaries))
    rules, reader = loaded or files.load()
    desk = Desk(rules, InUse(reader, settings.router_risk))
    app: Application[RouterState]

    async def on_edge(batch: Batch[Any], messages: list[EdgeMessage]) -> None:
        await app.apply_edge(batch, messages)

    definition = ServiceDefinition(
        name=NAME,
        state=RouterState,
        handlers=_bound(desk, HANDLERS),
        edge_handlers=_bound(desk, EDGE_HANDLERS),
        on_timer=partial(on_timer, desk),
        on_edge=on_edge,
        migrations=MIGRATIONS,
    )
    app = Application(definition, settings, clock=clock)
    app.on_started.append(lambda: desk.refresh(app.pool))
    app.background(lambda: desk.keep_fresh(app.pool, settings.register_seconds), "register")
    app.background(lambda: keep_handing_over(desk, app.pool, app.clock, settings.register_seconds), "handing over")
    if settings.router_data is not None:
        app.background(lambda: files.keep_loaded(desk.use, settings.register_seconds), "data files")
    return app


def _bound(desk: Desk, handlers: Mapping[type[Event], RouterHandler]) -> dict[type[Event], Handler]:
    return {event: partial(handler, desk) for event, handler in handlers.items()}


def main() -> None:
    settings = load_settings(RouterSettings)
    try:
        app = build(settings)
    except (BadData, BadBoundaries) as error:
        print(f"lapor-router: {error}", file=sys.stderr)
        sys.exit(1)
    app.run()
