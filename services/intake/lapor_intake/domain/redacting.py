"""The reporter's texts as others may read them."""

from __future__ import annotations

from collections.abc import Callable

from lapor_contracts.base import Place

# Made once for all texts of one reporter: `lapor_contracts.redaction.redactor`.
Redact = Callable[[str], str]
LINE = 200
TEXT = 20_000


def line(text: str, redact: Redact) -> str:
    return _fit(redact(text), LINE)


def text(text: str, redact: Redact) -> str:
    return _fit(redact(text), TEXT)


def maybe(given: str | None, redact: Redact) -> str | None:
    return None if given is None else text(given, redact)


def place(given: Place, redact: Redact) -> Place:
    if given.address is None:
        return given
    return given.model_copy(update={"address": line(given.address, redact)})


def _fit(redacted: str, limit: int) -> str:
    """The placeholder may be longer than what it replaces."""
    return redacted if len(redacted) <= limit else redacted[: limit - 1] + "…"
