"""The reporter's texts as others may read them."""

from __future__ import annotations

from collections.abc import Sequence

from lapor_contracts.base import Place
from lapor_contracts.redaction import redact

LINE = 200
TEXT = 20_000


def line(text: str, own: Sequence[str]) -> str:
    return _fit(redact(text, own), LINE)


def text(text: str, own: Sequence[str]) -> str:
    return _fit(redact(text, own), TEXT)


def maybe(given: str | None, own: Sequence[str]) -> str | None:
    return None if given is None else text(given, own)


def place(given: Place, own: Sequence[str]) -> Place:
    if given.address is None:
        return given
    return given.model_copy(update={"address": line(given.address, own)})


def _fit(redacted: str, limit: int) -> str:
    """The placeholder may be longer than what it replaces."""
    return redacted if len(redacted) <= limit else redacted[: limit - 1] + "…"
