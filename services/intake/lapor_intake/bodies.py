"""Bodies of submissions: read with paths of what is wrong, never with what stood there."""

from __future__ import annotations

from typing import Any, TypeVar

from lapor_contracts.submissions import SUBMISSION, Submission
from pydantic import BaseModel, ValidationError
from pydantic_core import from_json

from lapor_intake.domain.policy import FIELDS_NAMED

B = TypeVar("B", bound=BaseModel)
UNKNOWN = "?"
_KINDS = frozenset({"new", "complete", "amend", "reply", "reopen", "withdraw", "rate"})


class BadBody(Exception):  # noqa: N818 - a kind of message
    """`fields` empty: it is no JSON object at all."""

    def __init__(self, fields: tuple[str, ...]) -> None:
        super().__init__("invalid")
        self.fields = fields


def read_sealed(plain: bytes) -> Submission:
    """What was inside a seal. Raises BadBody."""
    try:
        return SUBMISSION.validate_json(plain)
    except ValidationError as error:
        raise BadBody(_paths(error, tagged=True)) from None


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
        return model.model_validate({**raw, **(given or {})})
    except ValidationError as error:
        raise BadBody(_paths(error, tagged=False)) from None


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
