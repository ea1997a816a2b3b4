"""What identity looks like in bytes, and the search for it: plain, base64, hex, URL-encoded."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from urllib.parse import quote, quote_plus

from tests.support.journey_persons import Person

SHORTEST = 4  # of a part of a name
_NO_DIGITS = bytes(set(range(256)) - set(b"0123456789"))


@dataclass(frozen=True)
class Place:
    """`kind`: topic, table, log, file, metrics, trace, mail or answer; `name`: which one."""

    kind: str
    name: str
    data: bytes


@dataclass(frozen=True)
class Needle:
    """`patterns`: how it may stand in bytes, by encoding. `digits`: what is left of it without all else."""

    what: str
    folded: frozenset[bytes]
    exact: frozenset[bytes]
    digits: bytes | None

    def found_in(self, place: Searchable) -> str | None:
        """The way in which it stands there, None: it does not."""
        if any(pattern in place.folded for pattern in self.folded):
            return "plain or URL-encoded"
        if any(pattern in place.exact for pattern in self.exact):
            return "in base64 or hex"
        if self.digits is not None and self.digits in place.digits:
            return "in pieces"
        return None


@dataclass(frozen=True)
class Searchable:
    exact: bytes
    folded: bytes
    digits: bytes

    @classmethod
    def of(cls, data: bytes) -> Searchable:
        return cls(data, data.lower(), data.translate(None, _NO_DIGITS))


def needles(person: Person) -> list[Needle]:
    """Everything about this person, by itself."""
    nik, phone = person.nik, person.phone_digits
    found = [
        _needle("NIK", [nik, f"{nik[:4]} {nik[4:8]} {nik[8:12]} {nik[12:]}", f"{nik[:6]}.{nik[6:12]}.{nik[12:]}"], nik),
        _needle(
            "phone",
            [person.phone, f"0{phone[:3]}-{phone[3:7]}-{phone[7:]}", f"{phone[:3]} {phone[3:7]} {phone[7:]}", phone],
            phone,
        ),
        _needle("e-mail", [person.email, person.email.partition("@")[0]]),
    ]
    words = [word for word in person.name.split() if len(word) >= SHORTEST]
    return found + [_needle("name", [word]) for word in words]


def word(text: str) -> Needle:
    """Anything else that is searched for."""
    return _needle(text, [text])


def search(places: Iterable[Place], wanted: Iterable[Needle]) -> Iterator[str]:
    """Each find: where, what, how; never what stands around it."""
    wanted = list(wanted)
    for place in places:
        searchable = Searchable.of(place.data)
        for needle in wanted:
            if (how := needle.found_in(searchable)) is not None:
                yield f"{place.kind} {place.name}: {needle.what}, {how}"


def _needle(what: str, spellings: Iterable[str], digits: str | None = None) -> Needle:
    texts = {spelled for text in spellings for spelled in (text, text.lower(), text.upper())}
    folded, exact = set(), set()
    for text in texts:
        raw = text.encode()
        folded |= {raw.lower(), quote(text, safe="").lower().encode(), quote_plus(text).lower().encode()}
        exact |= {raw.hex().encode(), raw.hex().upper().encode(), *in_base64(raw)}
    return Needle(what, frozenset(folded), frozenset(exact), digits.encode() if digits else None)


def in_base64(raw: bytes) -> Iterator[bytes]:
    """The characters that `raw` alone decides, wherever it stands in what was encoded; both alphabets."""
    for before in range(3):
        encoded = base64.b64encode(bytes(before) + raw)
        first = -(-before * 8 // 6)
        last = (before + len(raw)) * 8 // 6
        yield encoded[first:last]
        yield encoded[first:last].translate(bytes.maketrans(b"+/", b"-_"))
