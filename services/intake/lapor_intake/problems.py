"""Answers that say what is wrong, as problem+json (RFC 9457), in Indonesian and English, never quoting input."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from starlette.responses import JSONResponse

from lapor_intake.desk import Refused
from lapor_intake.domain.texts import AGAIN_LATER, REFUSALS, Words

NO_STORE = {"Cache-Control": "no-store"}
_STATUS = {
    "invalid": 422,
    "key_reused": 422,
    "not_possible_now": 409,
    "wrong_access_code": 403,
    "parked": 503,
}
NOT_JSON = Words("Isi kiriman bukan objek JSON.", "The body is not a JSON object.")
NOT_JSON_TYPE = Words("Content-Type harus application/json.", "The Content-Type must be application/json.")
TOO_LARGE = REFUSALS["too_large"]
NO_KEY = Words(
    "Header Idempotency-Key (8-200 karakter) diperlukan.", "The header Idempotency-Key (8-200 characters) is needed."
)
NO_CODE = Words("Header Access-Code diperlukan.", "The header Access-Code is needed.")
BUSY = Words("Sistem sedang sibuk; coba lagi sebentar.", "The system is busy; try again in a moment.")
DOWN = Words(
    "Sistem sedang terganggu; kirim lagi dengan Idempotency-Key yang sama.",
    "There is an outage; send it again with the same Idempotency-Key.",
)
BUG = Words("Kesalahan pada sistem kami.", "An error of ours.")
NOT_FOUND = Words("Alamat ini tidak ada.", "There is nothing at this address.")
WRONG_METHOD = Words("Metode ini tidak dapat dipakai di sini.", "This method cannot be used here.")


def problem(
    status: int, code: str, words: Words, fields: Sequence[str] = (), *, headers: Mapping[str, str] | None = None,
    retry_after: int = 0,
) -> JSONResponse:  # fmt: skip
    """`retry_after` in seconds; 0: not of time."""
    body: dict[str, object] = {
        "type": f"urn:lapor:problem:{code}",
        "title": words.en,
        "status": status,
        "detail": words.id,
        "text_id": words.id,
        "text_en": words.en,
        "code": code,
    }
    if fields:
        body["fields"] = list(fields)
    all_headers = {**NO_STORE, **(headers or {})}
    if retry_after:
        all_headers["Retry-After"] = str(retry_after)
    return JSONResponse(body, status, all_headers, media_type="application/problem+json")


def refused(refusal: Refused) -> JSONResponse:
    status = _STATUS.get(refusal.reason, 422)
    if refusal.reason == "wrong_access_code" and refusal.wait:
        status = 429
    return problem(status, refusal.reason, refusal.words, refusal.fields, retry_after=refusal.wait)


def unavailable() -> JSONResponse:
    return problem(503, "unavailable", DOWN, retry_after=2)


def overloaded() -> JSONResponse:
    return problem(503, "overloaded", BUSY, retry_after=1)


def parked() -> JSONResponse:
    return problem(503, "parked", AGAIN_LATER, retry_after=60)
