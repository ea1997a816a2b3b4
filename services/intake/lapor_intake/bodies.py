"""Bodies of submissions: read with paths of what is wrong, never with what stood there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, TypeVar

from lapor_contracts.submissions import SUBMISSION, Submission
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from lapor_intake.domain.policy import FIELDS_NAMED

B = TypeVar("B", bound=BaseModel)
UNKNOWN = "?"
NUL = "\0"  # PostgreSQL's text cannot hold it
_NUL_IN_JSON = b"\\u0000"
_KINDS = frozenset({"new", "complete", "amend", "reply", "reopen", "withdraw", "rate"})


class BadBody(Exception):  # noqa: N818 - a kind of message
    """`fields` empty: it is no JSON object at all."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__("invalid")
        self.fields = fields


def read_sealed(plain: bytes) -> Submission:
    """What was inside a seal. Raises BadBody."""
    try:
        submission = SUBMISSION.validate_json(plain)
    except ValidationError as error:
        raise BadBody(_paths(error, tagged=True)) from None
    _refuse_nul(submission, plain)
    return submission


def read_body(model: type[B], body: bytes, given: dict[str, Any] | None = None) -> B:
    """An HTTP body; `given`: fields that stand in the path and the headers. Raises BadBody."""
    try:
        raw = from_json(body, allow_inf_nan=False)
    except ValueError:
        raise BadBody(()) from None
    if not isinstance(raw, dict):
        raise BadBody(())
    if doubled := sorted(set(given or {}) & raw.keys()):
        raise BadBody(tuple(doubled))
    try:
        read = model.model_validate({**raw, **(given or {})})
    except ValidationError as error:
        raise BadBody(_paths(error, tagged=False)) from None
    _refuse_nul(read, body)
    return read


def _refuse_nul(read: BaseModel, body: bytes) -> None:
    """Looks into what was kept only: names of fields that nobody knows are input."""
    if _NUL_IN_JSON in body and (paths := tuple(_with_nul(read, ()))):
        raise BadBody(paths[:FIELDS_NAMED])


def _with_nul(value: object, at: tuple[str, ...]) -> Iterator[str]:
    if isinstance(value, str) and NUL in value:
        yield ".".join(at)
    elif isinstance(value, BaseModel):
        for name, inside in value:
            yield from _with_nul(inside, (*at, name))
    elif isinstance(value, tuple):
        for position, inside in enumerate(value):
            yield from _with_nul(inside, (*at, str(position)))


def _paths(error: ValidationError, *, tagged: bool) -> tuple[str, ...]:
    paths: list[str] = []
    for problem in error.errors(include_input=False, include_url=False, include_context=False):
        location = [str(part) for part in problem["loc"]]
        if problem["type"] == "json_invalid":
            return ()
        if tagged and location and location[0] in _KINDS:
            location = location[1:]
        if problem["type"] == "extra_forbidden":
            location[-1:] = [UNKNOWN]  # its name is input too
        path = ".".join(location) or "kind"
        if path not in paths:
            paths.append(path)
    return tuple(paths[:FIELDS_NAMED])
