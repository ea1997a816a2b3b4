"""Where numbers that are identity stand in a text: NIK, mobile and landline numbers, the reporter's own."""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import NamedTuple

NIK_DIGITS = 16
OWN_DIGITS = 7  # a number of the reporter's that has fewer is no phone number
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
# Not the decimals of another number (115,0541738); what stands in a list of numbers begins with 0 itself.
_LANDLINE = re.compile(
    r"(?:(?<![\d.])(?<!\d,)|(?<=\d{5},))\(?(?:\+62[ .-]?\(?0?|0)[2-79]\d{1,2}\)?[ .\-–]{0,3}"
    r"(?:\d{5,8}|\d{3,4}[ .\-–]\d{3,5})(?!\d|\.\d|[,/](?!0)\d)"
)
# How each of them begins: to look for that alone costs a tenth.
_MAYBE_LANDLINE = re.compile(r"0[2-79]|\+62")
_RT_RW = re.compile(r"\b(?:rt|rw)\b[ .:]*(?:\d[\d /,.-]*)?$", re.IGNORECASE)
_MONEY_BEFORE = re.compile(r"(?:\b(?:rp|idr|usd)|\$)[.\s]{0,2}$", re.IGNORECASE)
_MONEY_AFTER = re.compile(r"\s?(?:rupiah|ribu|juta|miliar|milyar|triliun|,-|,00\b)", re.IGNORECASE)
_AMOUNT = re.compile(r"\d{1,3}(?:\.\d{3}){1,4}")
_COMMA_DIGIT = re.compile(r",\d")
_DECIMAL = re.compile(r"\d{1,3}\.\d{4,}")
_DIGIT = re.compile(r"\d")
_YEAR = re.compile(r"(?:19|20)\d\d")

Span = tuple[int, int]


class _Group(NamedTuple):
    """Digits in one piece; `text` in ASCII digits."""

    start: int
    end: int
    text: str


def numbers_in(text: str, own: tuple[str, ...]) -> Iterator[Span]:
    """Where a NIK, a phone number or one of the reporter's `own` numbers stands; they may overlap."""
    if not _DIGIT.search(text):
        return
    for match in _LANDLINE.finditer(text) if _MAYBE_LANDLINE.search(text) else ():
        if not _RT_RW.search(text, max(0, match.start() - 40), match.start()):
            yield match.span()
    for cluster in _CLUSTER.finditer(text):
        groups = [
            _Group(match.start(), match.end(), ascii_digits(match.group()))
            for match in _GROUP.finditer(text, cluster.start(), cluster.end())
        ]
        if sum(len(group.text) for group in groups) < OWN_DIGITS:
            continue
        yield from (_with_sign(text, span) for span in _in_cluster(text, groups))
        yield from (_with_sign(text, span) for span in _own_numbers(groups, own))


def ascii_digits(digits: str) -> str:
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
    at = free = 0  # `free`: the first group behind what was found
    while at < len(groups):
        is_decimal = at > free and _is_decimal(text, groups, at)
        size = _nik_at(groups, at) or (0 if is_decimal else _mobile_at(text, groups, at))
        if size:
            yield groups[at].start, groups[at + size - 1].end
            free = at + size
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
    if _is_money(text, first):
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


def _is_decimal(text: str, groups: list[_Group], at: int) -> bool:
    """0.8123456789: what stands behind the point is no number of its own."""
    return groups[at - 1].text == "0" and text[groups[at].start - 1] == "."


def _is_money(text: str, group: _Group) -> bool:
    if group.text.startswith("0"):
        return False
    if _MONEY_BEFORE.search(text, max(0, group.start - 6), group.start):
        return True
    amount = _AMOUNT.match(text, group.start)
    return _MONEY_AFTER.match(text, amount.end() if amount else group.end) is not None


def _is_bare(text: str, group: _Group) -> bool:
    """A mobile number without 0 or 62: only where it stands alone and is no round sum."""
    before, after = text[group.start - 1 : group.start], text[group.end : group.end + 2]
    alone = before not in tuple(".,-/") or not before
    round_or_decimal = group.text.endswith("000") or _COMMA_DIGIT.match(after)
    return alone and not round_or_decimal and bool(_MOBILE_BARE.fullmatch(group.text))


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
    ends = list(accumulate(len(group.text) for group in groups))
    for number in numbers:
        at = digits.find(number)
        while at >= 0:
            # The groups that hold its digits, whole: a prefix goes with its number.
            first, last = bisect_right(ends, at), bisect_left(ends, at + len(number))
            yield groups[first].start, groups[last].end
            at = digits.find(number, at + len(number))
