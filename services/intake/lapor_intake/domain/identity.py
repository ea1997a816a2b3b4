"""Who reports, in one form: what is compared, indexed and sent to. Only the vault keeps it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from lapor_contracts.submissions import Reporter

# PPKKCC DDMMYY SSSS (Permendagri 137/2017 for the codes); a woman's day of birth is 40 higher.
_NIK = re.compile(r"[1-9][0-9](?!00)[0-9]{2}(?!00)[0-9]{2}([0-9]{2})([0-9]{2})[0-9]{2}(?!0000)[0-9]{4}")
_COUNTRY = "62"
_NATIONAL_DIGITS = range(8, 13)


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """`phone` in E.164, `email` in lower case where that changes nothing, `nik` 16 digits."""

    name: str | None = None
    nik: str | None = None
    phone: str | None = None
    email: str | None = None

    @property
    def has_contact(self) -> bool:
        return self.phone is not None or self.email is not None

    @property
    def empty(self) -> bool:
        return self == Identity()

    @property
    def own(self) -> tuple[str, ...]:
        """What redaction must not let through."""
        return tuple(value for value in (self.name, self.nik, self.phone, self.email) if value)

    @property
    def known_by(self) -> str | None:
        """What two complaints of one person have in common: the surest that was given."""
        if self.nik:
            return f"nik:{self.nik}"
        if self.phone:
            return f"phone:{self.phone}"
        return f"email:{self.email}" if self.email else None


def identify(reporter: Reporter) -> tuple[Identity, tuple[str, ...]]:
    """The identity, and the names of fields that cannot be right (of `reporter`)."""
    wrong = []
    phone = e164(reporter.phone) if reporter.phone else None
    if reporter.phone and phone is None:
        wrong.append("phone")
    if reporter.nik and not is_nik(reporter.nik):
        wrong.append("nik")
    return Identity(reporter.name, reporter.nik, phone, _email(reporter.email)), tuple(wrong)


def is_nik(text: str) -> bool:
    """Whether the date of birth in it is possible; the serial is checked by nobody but Dukcapil."""
    found = _NIK.fullmatch(text)
    if not found:
        return False
    day, month = int(found[1]), int(found[2])
    return (1 <= day <= 31 or 41 <= day <= 71) and 1 <= month <= 12


def e164(text: str) -> str | None:
    """An Indonesian number as +62...; another country's only where it was given with a plus; else None."""
    digits = re.sub(r"[^0-9]", "", text)
    if text.strip().startswith("+") and not digits.startswith(_COUNTRY):
        return "+" + digits if digits[:1] not in ("", "0") and 8 <= len(digits) <= 15 else None
    national = digits.removeprefix("00").removeprefix(_COUNTRY) if digits.startswith((_COUNTRY, "0062")) else digits
    national = national.removeprefix("0")
    if national[:1] in ("", "0", "1") or len(national) not in _NATIONAL_DIGITS:
        return None
    return f"+{_COUNTRY}{national}"


def _email(text: str | None) -> str | None:
    """The domain is the same in any case; the part before it may not be, but is everywhere in practice."""
    return text.strip().lower() if text else None
