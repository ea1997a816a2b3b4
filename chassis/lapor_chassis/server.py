"""The HTTP server inside a service's own event loop: health, metrics, and the service's routes."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

GRACE_SECONDS = 3  # for requests that are being answered at a stop
TICK_SECONDS = 1.0


async def listen(routes: Sequence[BaseRoute], host: str, port: int) -> tuple[uvicorn.Server, int]:
    """Listens; the port is chosen where it is 0. Keep its date with `tick`. Raises OSError."""
    config = uvicorn.Config(
        Starlette(routes=list(routes)),
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        lifespan="off",
        timeout_graceful_shutdown=GRACE_SECONDS,
    )
    server = uvicorn.Server(config)
    server.install_signal_handlers = lambda: None  # type: ignore[attr-defined]
    config.load()
    server.lifespan = config.lifespan_class(config)
    await server.startup()
    if server.should_exit:
        raise OSError(f"cannot listen on {host}:{port}")
    return server, int(server.servers[0].sockets[0].getsockname()[1])


async def tick(server: uvicorn.Server) -> None:
    """For ever: the date of its answers. Its own loop wakes ten times a second to see whether it is to stop."""
    while True:
        await server.on_tick(0)
        await asyncio.sleep(TICK_SECONDS)
