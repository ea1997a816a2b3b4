"""The tracking id: ten digits, the last one checks the others, so that a mistyped one is noticed.

It never begins like a phone number (0, 62.., 8), so that redaction leaves it alone.
"""

from __future__ import annotations

# Damm's quasigroup of order 10 (H. M. Damm, 2004): finds every single wrong digit and every swap of neighbours.
_DAMM = (
    "0317598642", "7092154863", "4206871359", "1750983426", "6123045978",
    "3674209581", "5869720134", "8945362017", "9438617205", "2581436790",
)  # fmt: skip
_FIRST = "1234579"
BODIES = len(_FIRST) * 10**8


def tracking_id(number: int) -> str:
    """The id of a number in `range(BODIES)`. Whoever draws it must draw it at random."""
    if not 0 <= number < BODIES:
        raise ValueError("a tracking id is made of a number below BODIES")
    first, rest = divmod(number, 10**8)
    body = f"{_FIRST[first]}{rest:08d}"
    return body + str(_interim(body))


def is_tracking_id(text: str) -> bool:
    return len(text) == 10 and text.isascii() and text.isdigit() and text[0] in _FIRST and _interim(text) == 0


def _interim(digits: str) -> int:
    interim = 0
    for digit in digits:
        interim = int(_DAMM[interim][int(digit)])
    return interim
