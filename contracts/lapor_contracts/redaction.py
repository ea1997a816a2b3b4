"""Takes identity out of a text before it leaves the vault or an officer's desk: one rule for all services.

What counts as identity: a NIK (16 digits), an Indonesian phone number, an e-mail address, in the spellings
that people use, and the reporter's own values. Years, dates, amounts of money, coordinates, RT/RW numbers
and tracking ids stay. Where a number could be either, identity wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise
from typing import NamedTuple

PLACEHOLDER = "[disamarkan]"

NIK_DIGITS = 16
# 0 or 62, then 8 and 8 to 11 digits more (Kominfo's numbering plan, PM 14/2018: mobile numbers).
_MOBILE = re.compile(r"(?:0062|620?|0)8[1-9]\d{7,10}")
_MOBILE_BARE = re.compile(r"8[1-35-9]\d{8,10}")
_MOBILE_DIGITS = 16  # 0062 and 12 digits
# A number that stands in one piece is the whole number; what follows it is something else.
_WHOLE_MOBILE = 10
# PPKKCC DDMMYY SSSS: province, regency, district; the day is 40 higher for women; serial.
_NIK = re.compile(r"[1-9]\d(?!00)\d\d(?!00)\d\d(?:[04][1-9]|[1256]\d|[37][01])(?:0[1-9]|1[0-2])\d\d\d{4}")

_GLUE = r"[\s.\-‐‑‒–—/_()·\u200b-\u200d\u2060\ufeff]"
_CLUSTER = re.compile(rf"\d+(?:{_GLUE}{{1,3}}\d+)*")
_GROUP = re.compile(r"\d+")
_LANDLINE = re.compile(
    r"(?<![\d.,])\(?(?:\+62[ .-]?\(?0?|0)[2-79]\d{1,2}\)?[ .\-–]{0,3}"
    r"(?:\d{5,8}|\d{3,4}[ .\-–]\d{3,5})(?![\d,]|[./]\d)"
)
_RT_RW = re.compile(r"\b(?:rt|rw)\b[ .:]*(?:\d+[ /,.-]*)*$", re.IGNORECASE)
_MONEY_BEFORE = re.compile(r"(?:rp|idr|usd|\$)[.\s]{0,2}$", re.IGNORECASE)
_MONEY_AFTER = re.compile(r"\s?(?:rupiah|ribu|juta|miliar|milyar|triliun|,-|,00\b)", re.IGNORECASE)
_AMOUNT = re.compile(r"\d{1,3}(?:\.\d{3}){1,4}")
_DECIMAL = re.compile(r"\d{1,3}\.\d{4,}")
_EMAIL = re.compile(r"[\w.%+'-]{1,64} ?@ ?[\w-]{1,63}(?: ?\.[\w-]{1,63})+")
_TLD = r"(?:com|co|id|net|org|go|ac|sch|my|web|biz|info|io|me|desa)\b"
_DOT = r"(?:\s{0,2}(?:\.|[(\[{]\s?(?:dot|titik)\s?[)\]}])\s{0,2}|\s(?:dot|titik)\s)"
_EMAIL_SPELLED = re.compile(
    rf"[\w.%+-]{{1,64}}(?:\s{{0,2}}[(\[{{]\s?at\s?[)\]}}]\s{{0,2}}|\sat\s)[\w-]{{1,63}}(?:{_DOT}[\w-]{{1,63}}){{0,3}}{_DOT}{_TLD}",
    re.IGNORECASE,
)
_AT = re.compile(r"\bat\b", re.IGNORECASE)
_DIGIT = re.compile(r"\d")
_WORD = re.compile(r"[^\W\d_]+")
_SUFFIXES = ("nya", "lah", "kah", "pun", "ku", "mu")
_PART_LETTERS = 4
_NAME_LETTERS = 3
_OWN_DIGITS = 7
_PREFIX = re.compile(r"^(?:00)?62(?=0?\d{7})")
_YEAR = re.compile(r"(?:19|20)\d\d")

Span = tuple[int, int]


class _Group(NamedTuple):
    """Digits in one piece; `text` in ASCII digits."""

    start: int
    end: int
    text: str


class _Own(NamedTuple):
    """The reporter's own values, made ready: digits without prefix, names as words in all their forms, parts of
    names; `roots`: one of them stands in a text that names the reporter."""

    numbers: tuple[str, ...]
    names: tuple[tuple[frozenset[str], ...], ...]
    parts: frozenset[str]
    roots: tuple[str, ...]
    emails: tuple[str, ...]


def redact(text: str, own: Iterable[str] = ()) -> str:
    """`text` with each identity replaced by `[disamarkan]`. Doing it again changes nothing.

    `own`: the reporter's name, NIK, phone, e-mail as they were given; a name is matched in full and by
    its parts of four letters or more, without regard to case.
    """
    return redactor(own)(text)


def redactor(own: Iterable[str] = ()) -> Callable[[str], str]:
    """`redact` for several texts of one reporter: the own values are made ready once."""
    mine = _prepare(own)

    def redact_one(text: str) -> str:
        while spans := _merged(text, mine):
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
        digits = _ascii("".join(_GROUP.findall(value)))
        if "@" in value:
            emails.append(value.strip().casefold())
        elif len(digits) >= _OWN_DIGITS:
            numbers.append(digits if len(digits) == NIK_DIGITS else _PREFIX.sub("", digits).lstrip("0"))
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
    taken = [match.span() for match in re.finditer(re.escape(PLACEHOLDER), text)]
    merged: list[Span] = []
    for start, end in sorted(_found(text, own)):
        if any(start < stop and begin < end for begin, stop in taken):
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
    if _DIGIT.search(text):
        yield from _numbers(text, own)
    if own.names and _mentions(text.casefold(), own.roots):
        yield from _own_names(text, own)


def _mentions(folded: str, roots: tuple[str, ...]) -> bool:
    return any(root in folded for root in roots)


def _numbers(text: str, own: _Own) -> Iterator[Span]:
    for match in _LANDLINE.finditer(text):
        if not _RT_RW.search(text, max(0, match.start() - 40), match.start()):
            yield match.span()
    for cluster in _CLUSTER.finditer(text):
        groups = [
            _Group(match.start(), match.end(), _ascii(match.group()))
            for match in _GROUP.finditer(text, cluster.start(), cluster.end())
        ]
        if sum(len(group.text) for group in groups) < _OWN_DIGITS:
            continue
        yield from (_with_sign(text, span) for span in _in_cluster(text, groups))
        yield from (_with_sign(text, span) for span in _own_numbers(groups, own.numbers))


def _ascii(digits: str) -> str:
    return digits if digits.isascii() else "".join(str(int(digit)) for digit in digits)


def _with_sign(text: str, span: Span) -> Span:
    """The plus and the bracket before a number go with it."""
    start, end = span
    while start and text[start - 1] in "+(":
        start -= 1
    return start, end


def _in_cluster(text: str, groups: list[_Group]) -> Iterator[Span]:
    whole = "".join(group.text for group in groups)
    if len(whole) == NIK_DIGITS and not _ordinary(text[groups[0].start : groups[-1].end]):
        yield groups[0].start, groups[-1].end
        return
    at = 0
    while at < len(groups):
        size = _nik_at(groups, at) or _mobile_at(text, groups, at)
        if size:
            yield groups[at].start, groups[at + size - 1].end
        at += size or 1


def _ordinary(text: str) -> bool:
    """Years, amounts of money, or decimal numbers, side by side."""
    words = [word.lstrip("-") for word in text.split()]
    return len(words) > 1 and any(all(kind.fullmatch(word) for word in words) for kind in (_YEAR, _AMOUNT, _DECIMAL))


def _nik_at(groups: list[_Group], at: int) -> int:
    """How many groups from `at` on are a NIK; 0: none."""
    digits = ""
    for count, group in enumerate(groups[at : at + NIK_DIGITS], 1):
        digits += group.text
        if count == 1 and len(digits) >= NIK_DIGITS:
            return 1
        if len(digits) >= NIK_DIGITS:
            return count if _NIK.fullmatch(digits) else 0
    return 0


def _mobile_at(text: str, groups: list[_Group], at: int) -> int:
    """How many groups from `at` on are a mobile number, the most that can be; 0: none."""
    first = groups[at]
    if _is_money(text, first) or (at and groups[at - 1].text == "0" and text[first.start - 1] == "."):
        return 0
    if len(first.text) >= _WHOLE_MOBILE:
        return 1 if _MOBILE.fullmatch(first.text) or _is_bare(text, first) else 0
    digits, found = "", 0
    for count, group in enumerate(groups[at : at + _MOBILE_DIGITS], 1):
        digits += group.text
        if len(digits) > _MOBILE_DIGITS:
            break
        if _MOBILE.fullmatch(digits):
            found = count
    return found if found and not _is_time_or_decimal(text, groups[at : at + found]) else 0


def _is_money(text: str, group: _Group) -> bool:
    if _MONEY_BEFORE.search(text, max(0, group.start - 6), group.start):
        return True
    amount = _AMOUNT.match(text, group.start)
    return _MONEY_AFTER.match(text, amount.end() if amount else group.end) is not None


def _is_bare(text: str, group: _Group) -> bool:
    """A mobile number without 0 or 62: only where it stands alone and is no round sum."""
    before, after = text[group.start - 1 : group.start], text[group.end : group.end + 1]
    alone = before not in tuple(".,-/") or not before
    return alone and after != "," and not group.text.endswith("000") and bool(_MOBILE_BARE.fullmatch(group.text))


def _is_time_or_decimal(text: str, groups: list[_Group]) -> bool:
    """08.15, 08-12-2023 and 0.8123 begin like a mobile number spelled in pieces."""
    gaps = [text[one.end : other.start] for one, other in pairwise(groups)]
    first, second = groups[0].text, groups[1].text
    if len(first) > 2 or first == "62":
        return False
    if first == "0" and gaps[0] == "." and len(second) > 1:
        return True
    if len(groups) > 2 and len(second) <= 2 and 0 < int(second) <= 12 and _YEAR.fullmatch(groups[2].text):
        return True
    return gaps[0] == "." and len(second) == 2 and int(second) < 60 and len(set(gaps)) > 1


def _own_numbers(groups: list[_Group], numbers: tuple[str, ...]) -> Iterator[Span]:
    """The reporter's own numbers, however they are cut into pieces."""
    if not numbers:
        return
    digits = "".join(group.text for group in groups)
    for number in numbers:
        at = digits.find(number)
        while at >= 0:
            yield from _span_of(groups, at, at + len(number))
            at = digits.find(number, at + len(number))


def _span_of(groups: list[_Group], first: int, last: int) -> Iterator[Span]:
    """The groups that hold the digits `first` to `last`, whole: a prefix goes with its number."""
    passed = 0
    touched = []
    for group in groups:
        if passed < last and passed + len(group.text) > first:
            touched.append(group)
        passed += len(group.text)
    yield touched[0].start, touched[-1].end


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
