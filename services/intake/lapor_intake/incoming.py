"""An HTTP request before anything is decided: its size, type, headers, body. Raises Answer."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

from lapor_chassis.clock import wall_now
from lapor_chassis.ids import uuid7
from lapor_chassis.telemetry import child_of, current_span_id
from lapor_contracts.envelope import Envelope
from lapor_contracts.submissions import Keyed, NewSubmission
from pydantic import BaseModel
from starlette.requests import Request as HttpRequest
from starlette.responses import JSONResponse

from lapor_intake.bodies import BadBody, read_body
from lapor_intake.desk import Claim
from lapor_intake.domain.texts import REFUSALS
from lapor_intake.domain.tracking import is_tracking_id
from lapor_intake.problems import NO_CODE, NO_KEY, NOT_JSON, NOT_JSON_TYPE, TOO_LARGE, problem

BODY_BYTES = 256 * 1024
# A client that is still sending hears no answer: somewhat too large is read to its end, and not kept.
DRAINED_BYTES = 4 * BODY_BYTES
_CODE = re.compile(r"[0-9A-HJKMNP-TV-Z]{8}")
# What Crockford's alphabet leaves out is read as what it looks like.
_LOOKALIKES = str.maketrans("OIL", "011", "- ")
Blind = Callable[[str, bytes], bytes]


class Answer(Exception):  # noqa: N818 - not an error of ours
    """The request is answered already."""

    def __init__(self, response: JSONResponse) -> None:
        super().__init__(response.status_code)
        self.response = response


async def read(request: HttpRequest) -> bytes:
    """The body, never more than the limit."""
    kind = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if kind != "application/json":
        raise Answer(problem(415, "not_json", NOT_JSON_TYPE))
    body, seen = bytearray(), 0
    async for chunk in request.stream():
        seen += len(chunk)
        if seen <= BODY_BYTES:
            body += chunk
        elif seen > DRAINED_BYTES:
            raise Answer(problem(413, "too_large", TOO_LARGE, headers={"Connection": "close"}))
    if seen > BODY_BYTES:
        raise Answer(problem(413, "too_large", TOO_LARGE))
    return bytes(body)


def shown_code(request: HttpRequest) -> str:
    """The access code as it is compared; one of a wrong form is a wrong one, like any other."""
    given = request.headers.get("access-code")
    if given is None:
        raise Answer(problem(401, "no_access_code", NO_CODE))
    code = given.upper().translate(_LOOKALIKES)
    if not _CODE.fullmatch(code):
        raise wrong_code()
    return code


def wrong_code() -> Answer:
    return Answer(problem(403, "wrong_access_code", REFUSALS["wrong_access_code"]))


def claim(request: HttpRequest, body: bytes, blind: Blind, code: str = "") -> Claim:
    """The same key for two addresses is two claims; body, address and access code must be the same again."""
    key = request.headers.get("idempotency-key", "")
    if not 8 <= len(key) <= 200:
        raise Answer(problem(400, "no_idempotency_key", NO_KEY))
    where = f"{request.method} {request.url.path}\n".encode()
    return Claim(blind("request-key", where + key.encode()), blind("request-body", code.encode() + b"\n" + body))


def new(body: bytes) -> NewSubmission:
    submission: NewSubmission = _read(NewSubmission, body, None)
    return submission


def keyed(model: type[BaseModel], body: bytes, tracking_id: str, code: str) -> Keyed:
    if not is_tracking_id(tracking_id):
        raise wrong_code()
    read = _read(model, body or b"{}", {"tracking_id": tracking_id, "access_code": code})
    assert isinstance(read, Keyed)  # noqa: S101 - the routes name no other models
    return read


def _read(model: type[Any], body: bytes, given: dict[str, Any] | None) -> Any:
    try:
        return read_body(model, body, given)
    except BadBody as bad:
        if not bad.fields:
            raise Answer(problem(400, "not_json", NOT_JSON)) from None
        raise Answer(problem(422, "invalid", REFUSALS["invalid"], bad.fields)) from None


def cause(request: HttpRequest) -> Envelope:
    """One trace for all that the request causes; the caller's, where it brings one."""
    return Envelope(
        id=uuid7(), type="http", source="urn:lapor:http", subject="", time=wall_now(),
        traceparent=child_of(request.headers.get("traceparent"), current_span_id()),
    )  # fmt: skip
