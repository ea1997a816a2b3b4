"""The proof in an alert mail: one entry an event, which anyone may look up by topic and number."""

from __future__ import annotations

from collections.abc import Mapping

from lapor_contracts.alerts import Proof
from lapor_contracts.base import Zone

from lapor_notifier.domain.phrases import LIMIT, NOBODY_TOLD, PROOF, SYSTEM_REMINDED, SYSTEMS_LIMITS, Pair
from lapor_notifier.domain.zones import local_id

LIMITS: Mapping[str, Pair] = {str(rule): pair for rule, pair in LIMIT.items()}


def proof_text(proof: tuple[Proof, ...], zone: Zone) -> str:
    """In the order in which things happened; times in the agency's zone."""
    in_order = sorted(proof, key=lambda entry: (entry.at, entry.topic, entry.number))
    return "\n".join(_entry(place, entry, zone) for place, entry in enumerate(in_order, start=1))


def _entry(place: int, entry: Proof, zone: Zone) -> str:
    return (
        f"{place:2}. {local_id(entry.at, zone)}\n"
        f"    {_what(entry.what)}\n"
        f"    {entry.topic} nomor/number {entry.number}\n"
        f"    {entry.event_id}"
        f"{_position(entry)}"
    )


def _position(entry: Proof) -> str:
    """What escalation said itself had no offset yet when it became proof."""
    if entry.partition is None:
        return ""
    offset = "" if entry.offset is None else f", offset {entry.offset}"
    return f"\n    partisi/partition {entry.partition}{offset}"


def _what(what: str) -> str:
    """`assigned: Dinas PU`, `reminded: first_response`: words that are known get Indonesian, others stay."""
    word, colon, rest = what.partition(":")
    known = _words(word.strip(), rest.strip())
    if known is None:
        return what
    if known is NOBODY_TOLD:
        return f"{known[0]} / {known[1]}"
    limit = LIMITS.get(rest.strip())
    return f"{known[0]} / {known[1]}{colon}" + (f" {limit[0]} / {limit[1]}" if limit else rest)


def _words(word: str, rest: str) -> Pair | None:
    if word == "reminded" and rest in SYSTEMS_LIMITS:
        return SYSTEM_REMINDED
    return NOBODY_TOLD if (word, rest) == ("superior_told", "-") else PROOF.get(word)
