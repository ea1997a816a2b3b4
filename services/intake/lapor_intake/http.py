"""HTTP for channels and reporters. An answer is sent after the commit, never before."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from fastapi import FastAPI
from fastapi.routing import APIRoute
from lapor_chassis.clock import DomainClock
from lapor_chassis.db import Pool
from lapor_chassis.errors import is_transient
from lapor_chassis.logging import get_logger
from lapor_contracts.submissions import Amendment, Completion, NewSubmission, Rating, Reopening, Reply, Withdrawal
from pydantic import BaseModel
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse

from lapor_intake import incoming, problems
from lapor_intake.desk import Accepted, Desk, Request
from lapor_intake.domain.state import IntakeState
from lapor_intake.domain.texts import REFUSALS, STEPS
from lapor_intake.gate import Denied, admit
from lapor_intake.group import GroupCommit, Overloaded, Unavailable
from lapor_intake.incoming import Answer
from lapor_intake.view import shown

ACTIONS: dict[str, type[BaseModel]] = {
    "completions": Completion,
    "amendments": Amendment,
    "replies": Reply,
    "reopenings": Reopening,
    "withdrawals": Withdrawal,
    "ratings": Rating,
}
_STATE = msgspec.json.Decoder(IntakeState)
_FROM_ELSEWHERE = ("tracking_id", "access_code", "kind")
log = get_logger("lapor.intake.http")
Endpoint = Callable[[HttpRequest], Awaitable[JSONResponse]]


@dataclass(frozen=True, slots=True)
class Api:
    """`public_key`: what submissions on Kafka are sealed to."""

    desk: Desk
    group: GroupCommit
    pool: Callable[[], Pool]
    clock: DomainClock
    channel: str
    public_key: dict[str, Any]

    async def submit(self, request: HttpRequest) -> JSONResponse:
        body = await incoming.read(request)
        claim = incoming.claim(request, body, self.desk.vault.blind)
        asked = Request(incoming.new(body), self.channel, claim=claim, cause=incoming.cause(request))
        outcome = await self.group.submit(asked)
        if not isinstance(outcome, Accepted):
            return problems.refused(outcome)
        words = STEPS["held" if outcome.missing else "registered"]
        answer = {
            "tracking_id": outcome.tracking_id,
            "access_code": outcome.access_code,
            "missing": list(outcome.missing),
            "text_id": words.id,
            "text_en": words.en,
        }
        headers = {**problems.NO_STORE, "Location": f"/v1/complaints/{outcome.tracking_id}"}
        return JSONResponse(answer, 200 if outcome.repeated else 201, headers)

    def acting(self, model: type[BaseModel]) -> Endpoint:
        async def act(request: HttpRequest) -> JSONResponse:
            code = incoming.shown_code(request)
            body = await incoming.read(request)
            claim = incoming.claim(request, body, self.desk.vault.blind, code)
            submission = incoming.keyed(model, body, request.path_params["tracking_id"], code)
            outcome = await self.group.submit(
                Request(submission, self.channel, claim=claim, cause=incoming.cause(request))  # type: ignore[arg-type]
            )
            if not isinstance(outcome, Accepted):
                return problems.refused(outcome)
            return JSONResponse({"tracking_id": outcome.tracking_id}, headers=problems.NO_STORE)

        return act

    async def show(self, request: HttpRequest) -> JSONResponse:
        code = incoming.shown_code(request)
        tracking_id = request.path_params["tracking_id"]
        async with self.pool().acquire() as conn, conn.transaction():
            (answer,) = await admit(conn, self.desk.access_key, [(tracking_id, code)])
            row = None
            if isinstance(answer, UUID):
                row = await conn.fetchval("select plain from subject where id = $1", answer)
        if isinstance(answer, Denied):
            status = 429 if answer.wait else 403
            words = REFUSALS["wrong_access_code"]
            return problems.problem(status, "wrong_access_code", words, retry_after=answer.wait)
        state = IntakeState(tracking_id) if row is None else _STATE.decode(row)
        return JSONResponse(shown(state, self.clock.now(), self.desk.policy), headers=problems.NO_STORE)

    async def keys(self, _: HttpRequest) -> JSONResponse:
        return JSONResponse({"keys": [self.public_key]}, headers={"Cache-Control": "public, max-age=300"})


def guarded(endpoint: Endpoint) -> Endpoint:
    """Every failure becomes an answer. A bug is logged by its place only: messages may quote what was sent."""

    async def answer(request: HttpRequest) -> JSONResponse:
        try:
            return await endpoint(request)
        except Answer as ready:
            return ready.response
        except Overloaded:
            return problems.overloaded()
        except Unavailable:
            return problems.unavailable()
        except Exception as error:
            if is_transient(error):
                return problems.unavailable()
            log.error("a request failed", error=type(error).__name__, at=_place(error))
            return problems.problem(500, "bug", problems.BUG)

    return answer


def _place(error: Exception) -> str:
    frame = error.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    return f"{frame.tb_frame.f_code.co_qualname}:{frame.tb_lineno}" if frame else ""


def mount(api: Api) -> FastAPI:
    """The application; its OpenAPI document is at /openapi.json."""
    app = FastAPI(title="SP4N-LAPOR! intake", version="1", docs_url=None, redoc_url=None)
    needed = _header("Idempotency-Key", "The same for a repeated request: it is answered, not done again.")
    code = _header("Access-Code", "What was given with the tracking id.")
    where = {"name": "tracking_id", "in": "path", "required": True, "schema": {"type": "string"}}
    one = "/v1/complaints/{tracking_id}"

    def route(
        method: str, path: str, endpoint: Endpoint, summary: str, model: type[BaseModel] | None = None,
        *parameters: dict[str, Any],
    ) -> None:  # fmt: skip
        app.router.routes.append(_route(method, path, endpoint, summary, _document(model, parameters)))

    route("POST", "/v1/complaints", api.submit, "Hand in a complaint", NewSubmission, needed)
    for name, model in ACTIONS.items():
        route("POST", f"{one}/{name}", api.acting(model), model.__name__, model, where, code, needed)
    route("GET", one, api.show, "What has happened", None, where, code)
    route("GET", "/.well-known/jwks.json", api.keys, "The key that submissions are sealed to")
    app.add_exception_handler(404, _plain(404, "not_found", problems.NOT_FOUND))
    app.add_exception_handler(405, _plain(405, "wrong_method", problems.WRONG_METHOD))
    return app


def _route(method: str, path: str, endpoint: Endpoint, summary: str, document: dict[str, Any]) -> APIRoute:
    return APIRoute(
        path, guarded(endpoint), methods=[method], summary=summary, openapi_extra=document, response_model=None
    )


def _document(model: type[BaseModel] | None, parameters: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Bodies are read by us (their errors must not quote them), so the document is told what they are."""
    document: dict[str, Any] = {"parameters": list(parameters)}
    if model is not None:
        schema = model.model_json_schema()
        for name in _FROM_ELSEWHERE:
            schema["properties"].pop(name, None)
        schema["required"] = [name for name in schema.get("required", []) if name not in _FROM_ELSEWHERE]
        document["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return document


def _header(name: str, description: str) -> dict[str, Any]:
    return {"name": name, "in": "header", "required": True, "description": description, "schema": {"type": "string"}}


def _plain(status: int, code: str, words: Any) -> Callable[[HttpRequest, Exception], Awaitable[JSONResponse]]:
    async def answer(_: HttpRequest, __: Exception) -> JSONResponse:
        return problems.problem(status, code, words)

    return answer
