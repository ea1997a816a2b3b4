"""The HTTP server inside a service's own event loop: health, metrics, and the service's routes."""

from __future__ import annotations

from collections.abc import Sequence

import uvicorn
from starlette.applications import Starlette
from starlette.routing import BaseRoute

GRACE_SECONDS = 3  # for requests that are being answered at a stop


async def listen(routes: Sequence[BaseRoute], host: str, port: int) -> tuple[uvicorn.Server, int]:
    """Listens; the port is chosen where it is 0. Run the server's `main_loop`. Raises OSError."""
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
