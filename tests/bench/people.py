"""What is handed in: complaints with codes for thirty agencies, each by a person of its own, sealed to intake."""

from __future__ import annotations

import json
import multiprocessing
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from joserfc.jwk import OKPKey
from lapor_chassis.clock import wall_now
from lapor_chassis.ids import uuid7
from lapor_contracts.base import Place
from lapor_contracts.envelope import Envelope, encode
from lapor_contracts.submissions import NewSubmission, Reporter, SubmissionSealed
from lapor_deploy.channel import public_key, seal
from lapor_deploy.stack import Stack
from lapor_deploy.wiring import key_file

from tests.bench.wire import Row

CHANNEL = "web"
PRINCIPAL = f"channel-{CHANNEL}"
SUBMISSIONS = f"lapor.submissions.{CHANNEL}"
RECEIPTS = f"lapor.receipts.{CHANNEL}"
_REGENCIES = ("6401", "6402", "6403", "6407", "6408", "6409")
_CATEGORIES = {
    "pupr": "jalan-rusak/kabupaten", "dlh": "sampah/pengangkutan", "disdikbud": "sekolah/paud-sd-smp",
    "dinkes": "kesehatan/puskesmas", "dishub": "penerangan-jalan/kabupaten",
}  # fmt: skip
# Who gets a complaint: agency, and what it is about where.
LEADS = tuple(
    (f"{regency}-{kind}", category, f"{regency[:2]}.{regency[2:]}.01")
    for regency in _REGENCIES
    for kind, category in _CATEGORIES.items()
)
AGENCIES = tuple(agency for agency, _, _ in LEADS)
OUTLETS = tuple(f"lapor.agency.{agency}" for agency in AGENCIES)
_NARRATIVE = (
    "Sudah tiga minggu keadaan di lingkungan kami di kilometer {} tidak berubah: warga sudah melapor kepada ketua RT "
    "dan kepala kampung, tetapi belum ada petugas yang datang. Saat hujan keadaannya bertambah buruk dan anak-anak "
    "tidak dapat pergi ke sekolah dengan aman. Kami mohon agar segera diperiksa dan ditindaklanjuti."
)
_LOT = 500


def complaint(number: int) -> NewSubmission:
    """About 900 bytes as JSON; the agencies take turns."""
    _, category, area = LEADS[number % len(LEADS)]
    return NewSubmission(
        title=f"Keadaan fasilitas umum di kilometer {number}",
        narrative=_NARRATIVE.format(number),
        category=category,
        place=Place(area_code=area, address=f"Jalan Poros kilometer {number}"),
        reporter=Reporter(
            name="Yohana Lawing", nik=_nik(number), phone=f"+62812{number:09d}", email=f"warga.{number}@warga.example"
        ),
    )


def _nik(number: int) -> str:
    """A possible one for each of the first three million: place, date of birth, serial."""
    days, serial = divmod(number, 9_999)
    month, day = divmod(days, 28)
    return f"640716{day + 1:02d}{month % 12 + 1:02d}90{serial + 1:04d}"


def sealed(stack: Stack, numbers: range) -> list[bytes]:
    """A submission's body for each, by as many processes as there are processors to do it."""
    path = key_file(stack, "intake", "sealing.public.jwk")
    lots = [numbers[start : start + _LOT] for start in range(0, len(numbers), _LOT)]
    with ProcessPoolExecutor(mp_context=multiprocessing.get_context("spawn")) as pool:
        return [body for lot in pool.map(_seal, [path] * len(lots), lots) for body in lot]


def _seal(path: Path, numbers: range) -> list[bytes]:
    key: OKPKey = public_key(path)
    return [seal(key, complaint(number)).model_dump_json().encode() for number in numbers]


def submission(body: bytes) -> Row:
    """A record of the channel, with a new id."""
    own = uuid7()
    envelope = Envelope(
        id=own, type=SubmissionSealed.type, source=f"urn:lapor:{PRINCIPAL}", subject=str(own), time=wall_now()
    )
    return Row(SUBMISSIONS, str(own).encode(), body, [*encode(envelope)])


def submissions(bodies: Sequence[bytes]) -> Iterator[Row]:
    return map(submission, bodies)


def receipt_of(value: bytes) -> tuple[str, str]:
    """Submission and tracking id of a receipt. Raises KeyError for a refusal."""
    receipt = json.loads(value)
    return receipt["submission"], receipt["tracking_id"]
