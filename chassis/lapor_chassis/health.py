"""Liveness and readiness by progress: a loop that stands still is seen, not only a process that is gone."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

Check = Callable[[], str | None]


@dataclass
class Health:
    """`ready`: may it be given work; `live`: should it be killed. Each check gives what is wrong, or None."""

    ready: dict[str, Check] = field(default_factory=dict)
    live: dict[str, Check] = field(default_factory=dict)

    def routes(self, registry: CollectorRegistry) -> list[Route]:
        async def ready(_: Request) -> JSONResponse:
            return _answer({**self.live, **self.ready})

        async def live(_: Request) -> JSONResponse:
            return _answer(self.live)

        async def metrics(_: Request) -> Response:
            return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)

        return [Route("/health/ready", ready), Route("/health/live", live), Route("/metrics", metrics)]


def _answer(checks: dict[str, Check]) -> JSONResponse:
    wrong = {name: problem for name, check in checks.items() if (problem := check()) is not None}
    return JSONResponse({"status": "wrong" if wrong else "ok", "problems": wrong}, status_code=503 if wrong else 200)
