"""Nobody real: who reports in the journeys, and what must not be found anywhere afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lapor_contracts.submissions import Reporter

SEMBUAN = "64.07.16.2004"


@dataclass(frozen=True)
class Person:
    """`phone` as it is written in forms; the texts spell it otherwise."""

    name: str
    nik: str
    phone: str
    email: str

    @property
    def reporter(self) -> Reporter:
        return Reporter(name=self.name, nik=self.nik, phone=self.phone, email=self.email)

    @property
    def form(self) -> dict[str, Any]:
        return self.reporter.model_dump(exclude_none=True)

    @property
    def phone_digits(self) -> str:
        """Without the country's code and without the zero: what every spelling has in it."""
        return "".join(filter(str.isdigit, self.phone)).removeprefix("62").removeprefix("0")

    def written(self) -> str:
        """The person in a sentence, as people write themselves and their numbers."""
        nik, phone, first = self.nik, self.phone_digits, self.name.split()[0]
        return (
            f"Saya {self.name} ({self.name.upper()}), biasa dipanggil {first}, NIK {nik} atau {nik[:4]} {nik[4:8]} "
            f"{nik[8:12]} {nik[12:]}, HP 0{phone[:3]}-{phone[3:7]}-{phone[7:]}, WA +62 {phone[:3]} {phone[3:7]} "
            f"{phone[7:]} atau 62{phone}, surel {self.email} ({self.email.upper()}). "
        )

    def numbers(self) -> str:
        """What an officer might let slip: no name, which only the vault could tell from others."""
        nik, phone = self.nik, self.phone_digits
        return f"Pelapor NIK {nik[:6]}.{nik[6:12]}.{nik[12:]}, telepon 0{phone} / +62{phone}, {self.email}. "


SILENT = Person("Yulianus Hanyeq", "6407160307850002", "+62 813-4711-2093", "yulianus.hanyeq@warga.example")
PLANTED = Person("Balarungan Tipaq Luhat", "6407165203880004", "+62 852-4630-7719", "tipaq.luhat@warga.example")
PLANTED_APP = Person("Telembayung Korrie", "6407161711790001", "0821-5508-3316", "korrie79@surel.example")
PLANTED_SILENT = Person("Ngarakng Sentiong", "6407166409910003", "+6281257719034", "n.sentiong@warga.example")
# Of whom a reporter or an officer writes; the system has never heard of them.
THIRD = Person("-", "6407161206720005", "0811-5936-4402", "kepala.kampung@surel.example")


def silent_body(person: Person, **changes: Any) -> dict[str, Any]:
    """Environmental damage, for an agency that will not answer."""
    return {
        "title": "Air sungai keruh dan berbau",
        "narrative": "Air sungai di Kampung Sembuan berubah warna, banyak ikan mati sejak ada limbah dibuang di hulu.",
        "category": "lingkungan/pencemaran",
        "place": {"area_code": SEMBUAN},
        "anonymous": True,
        "reporter": person.form,
        **changes,
    }
