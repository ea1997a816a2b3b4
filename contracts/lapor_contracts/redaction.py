"""Takes identity out of a text before it leaves the vault or an officer's desk: one rule for all services.

What counts as identity: a NIK (16 digits), an Indonesian phone number, an e-mail address, in the spellings
that people use, and the reporter's own values. Years, dates, amounts of money, coordinates, RT/RW numbers
and tracking ids stay. Where a number could be either, identity wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from lapor_contracts.redaction_numbers import NIK_DIGITS, OWN_DIGITS, Span, ascii_digits, numbers_in

PLACEHOLDER = "[disamarkan]"

# Texts come from strangers: no pattern, here or for numbers, may repeat what repeats, and long rows are not given
# back (`++`): it would try every way to cut them.
_EMAIL = re.compile(r"[\w.%+'-]{1,64}+ ?@ ?[\w-]{1,63}+(?: ?\.[\w-]{1,63}+)++")
_TLD = r"(?:com|co|id|net|org|go|ac|sch|my|web|biz|info|io|me|desa)\b"
_DOT = r"(?:\s{0,2}(?:\.|[(\[{]\s?(?:dot|titik)\s?[)\]}])\s{0,2}|\s(?:dot|titik)\s)"
_EMAIL_SPELLED = re.compile(
    rf"[\w.%+-]{{1,64}}+(?:\s{{0,2}}[(\[{{]\s?at\s?[)\]}}]\s{{0,2}}|\sat\s)[\w-]{{1,63}}+(?:{_DOT}[\w-]{{1,63}}+){{0,3}}{_DOT}{_TLD}",
    re.IGNORECASE,
)
_PLACEHOLDER = re.compile(re.escape(PLACEHOLDER))
_AT = re.compile(r"\bat\b", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_WORD = re.compile(r"[^\W\d_]+")
_SUFFIXES = ("nya", "lah", "kah", "pun", "ku", "mu")
_PART_LETTERS = 4
_NAME_LETTERS = 3
_BARE_DIGITS = 5  # less than that is in every text
_PREFIX = re.compile(r"^(?:00)?62(?=0?\d{7})")
# What goes may lay bare what stood beside it. Texts that people write need three rounds; one that needs more was
# made to hide something, or to keep us busy, and is withheld whole.
_ROUNDS = 8


class _Own(NamedTuple):
    """The reporter's own values, made ready: digits without prefix, names as words in all their forms, parts of
    names; `roots`: one of them stands in a text that names the reporter."""

    numbers: tuple[str, ...]
    names: tuple[tuple[frozenset[str], ...], ...]
    parts: frozenset[str]
    roots: tuple[str, ...]
    emails: tuple[str, ...]


def redact(text: str, own: Iterable[str] = ()) -> str:
    """`text` with each identity replaced by `[disamarkan]`. Doing it again changes nothing. Linear in time.

    `own`: the reporter's name, NIK, phone, e-mail as they were given; a name is matched in full and by
    its parts of four letters or more, without regard to case.
    """
    return redactor(own)(text)


def redactor(own: Iterable[str] = ()) -> Callable[[str], str]:
    """`redact` for several texts of one reporter: the own values are made ready once."""
    mine = _prepare(own)

    def redact_one(text: str) -> str:
        rounds = 0
        while spans := _merged(text, mine):
            rounds += 1
            if rounds > _ROUNDS:
                return PLACEHOLDER
            pieces, at = [], 0
            for start, end in spans:
                pieces += [text[at:start], PLACEHOLDER]
                at = end
            text = "".join(pieces) + text[at:]
        return text

    return redact_one


def _prepare(own: Iterable[str]) -> _Own:
    numbers: list[str] = []
    names: list[tuple[frozenset[str], ...]] = []
    parts: set[str] = set()
    roots: set[str] = set()
    emails: list[str] = []
    for value in own:
        digits = ascii_digits("".join(_DIGITS.findall(value)))
        if "@" in value:
            emails.append(value.strip().casefold())
        elif len(digits) >= OWN_DIGITS:
            bare = digits if len(digits) == NIK_DIGITS else _PREFIX.sub("", digits).lstrip("0")
            numbers.append(bare if len(bare) >= _BARE_DIGITS else digits)
        else:
            words = [word.casefold() for word in _WORD.findall(value)]
            if sum(map(len, words)) >= _NAME_LETTERS:
                names.append(tuple(_forms(word) for word in words))
                roots.add(words[0])
            for word in words:
                if len(word) >= _PART_LETTERS:
                    roots.add(word)
                    parts |= _forms(word)
    return _Own(tuple(numbers), tuple(names), frozenset(parts), tuple(roots), tuple(emails))


def _merged(text: str, own: _Own) -> list[Span]:
    """Where identity stands, in order, without overlaps, never inside an earlier placeholder."""
    taken = [match.span() for match in _PLACEHOLDER.finditer(text)]
    passed = 0
    merged: list[Span] = []
    for start, end in sorted(_found(text, own)):
        while passed < len(taken) and taken[passed][1] <= start:
            passed += 1
        if passed < len(taken) and taken[passed][0] < end:
            continue
        if merged and start < merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def _found(text: str, own: _Own) -> Iterator[Span]:
    if "@" in text:
        yield from (match.span() for match in _EMAIL.finditer(text))
        for email in own.emails:
            yield from (match.span() for match in re.finditer(re.escape(email), text, re.IGNORECASE))
    if _AT.search(text):
        yield from (match.span() for match in _EMAIL_SPELLED.finditer(text))
    yield from numbers_in(text, own.numbers)
    if own.names and _mentions(text.casefold(), own.roots):
        yield from _own_names(text, own)


def _mentions(folded: str, roots: tuple[str, ...]) -> bool:
    return any(root in folded for root in roots)


def _own_names(text: str, own: _Own) -> Iterator[Span]:
    words = [(match.group().casefold(), match.span()) for match in _WORD.finditer(text)]
    for at, (word, (start, end)) in enumerate(words):
        if word in own.parts:
            yield start, end
        for name in own.names:
            if word in name[0] and _follows(words, at, name):
                yield start, words[at + len(name) - 1][1][1]


def _follows(words: list[tuple[str, Span]], at: int, name: tuple[frozenset[str], ...]) -> bool:
    following = words[at : at + len(name)]
    return len(following) == len(name) and all(word in forms for (word, _), forms in zip(following, name, strict=True))


def _forms(word: str) -> frozenset[str]:
    """The word, also with one of Indonesian's endings (rumah Budinya)."""
    return frozenset({word, *(word + suffix for suffix in _SUFFIXES)})
