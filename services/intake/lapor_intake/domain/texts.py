"""What a reporter reads: Indonesian first, English beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from lapor_contracts.receipts import RefusalReason
from lapor_contracts.status import STATUS_ID, Status

from lapor_intake.domain.possible import Action
from lapor_intake.domain.state import StepCode


class Words(NamedTuple):
    id: str
    en: str


STATUS_EN: dict[Status, str] = {
    "UNVERIFIED": "Not yet verified",
    "ON_HOLD": "On hold",
    "ASSIGNED": "Assigned",
    "IN_PROGRESS": "In progress",
    "RESOLVED": "Resolved",
    "REOPENED": "Assigned",
    "ARCHIVED": "Archived",
    "REJECTED": "Rejected",
}

ACTIONS: dict[Action, Words] = {
    "complete": Words("melengkapi data", "send the missing data"),
    "amend": Words("mengubah atau menambah isi laporan", "change or add to it"),
    "reply": Words("membalas tanggapan", "reply"),
    "reopen": Words("membuka kembali laporan", "reopen it"),
    "withdraw": Words("mencabut laporan", "withdraw it"),
    "rate": Words("memberi penilaian", "rate the handling"),
}

STEPS: dict[StepCode, Words] = {
    "registered": Words("Laporan diterima", "Complaint registered"),
    "held": Words("Laporan ditunda: ada data yang perlu dilengkapi", "On hold: data is missing"),
    "completed": Words("Pelapor melengkapi data", "The reporter sent the missing data"),
    "amended": Words("Pelapor mengubah laporan", "The reporter changed the complaint"),
    "reporter_replied": Words("Pelapor membalas", "The reporter replied"),
    "reopened": Words("Pelapor membuka kembali laporan", "The reporter reopened the complaint"),
    "withdrawn": Words("Pelapor mencabut laporan", "The reporter withdrew the complaint"),
    "rated": Words("Pelapor memberi penilaian", "The reporter rated the handling"),
    "assigned": Words("Laporan didisposisikan", "Assigned"),
    "released": Words("Disposisi berakhir", "The assignment ended"),
    "needs_decision": Words("Menunggu keputusan petugas", "Waiting for an officer's decision"),
    "question_asked": Words("Petugas bertanya kepada pelapor", "An officer asks the reporter"),
    "archived": Words("Laporan diarsipkan", "Archived"),
    "out_of_scope": Words("Di luar lingkup; pelapor diarahkan", "Out of scope; the reporter is pointed elsewhere"),
    "accepted": Words("Instansi menerima laporan", "The agency accepted the complaint"),
    "declined": Words("Instansi menyatakan bukan wewenangnya", "The agency declined: not its authority"),
    "followed_up": Words("Instansi menindaklanjuti", "The agency followed up"),
    "resolved": Words("Instansi menyatakan selesai", "The agency resolved it"),
    "reminded": Words("Instansi diingatkan", "A reminder was sent"),
    "limit_missed": Words("Batas waktu terlewati", "A limit was missed"),
    "superior_told": Words("Atasan instansi diberi tahu", "The agency's superior was told"),
    "closed_by_silence": Words("Ditutup karena tidak ada balasan pelapor", "Closed: the reporter did not reply"),
    "acknowledged": Words("Ombudsman menerima laporan", "The Ombudsman has it"),
    "clarification_asked": Words("Ombudsman meminta klarifikasi instansi", "The Ombudsman asked the agency to explain"),
    "reply_waived": Words(
        "Instansi dua kali tidak menjawab Ombudsman; hak jawabnya gugur",
        "The agency left two requests of the Ombudsman unanswered: its right of reply is waived",
    ),
    "reprimanded": Words("Ombudsman menegur instansi", "The Ombudsman reprimanded the agency"),
    "case_closed": Words("Ombudsman menutup perkara", "The Ombudsman closed the case"),
}

REFUSALS: dict[RefusalReason, Words] = {
    "unreadable": Words("Kiriman tidak dapat dibaca.", "The submission cannot be read."),
    "cannot_open": Words(
        "Kiriman tidak dapat dibuka dengan kunci kami; ambil kunci publik terbaru.",
        "The submission cannot be opened with our key; fetch the current public key.",
    ),
    "invalid": Words("Isian tidak benar atau belum lengkap.", "Some fields are wrong or missing."),
    "too_large": Words("Kiriman terlalu besar.", "The submission is too large."),
    "id_too_old": Words("Nomor kiriman sudah terlalu lama.", "The submission's id is too old."),
    "id_not_uuid7": Words("Nomor kiriman harus berupa UUIDv7.", "The submission's id must be a UUIDv7."),
    "unknown_complaint": Words("Laporan tidak dikenal.", "The complaint is not known."),
    "wrong_access_code": Words(
        "Nomor laporan atau kode akses salah, atau terlalu banyak percobaan; coba lagi nanti.",
        "The tracking id or the access code is wrong, or there were too many attempts; try again later.",
    ),
    "not_possible_now": Words("Belum dapat dilakukan sekarang.", "This is not possible now."),
}

AGAIN_LATER = Words(
    "Laporan ini sedang diperiksa petugas kami; coba lagi nanti.",
    "We are looking into this complaint; try again later.",
)


def not_possible(status: Status, actions: Sequence[Action]) -> Words:
    """Says what is possible instead."""
    name_id, name_en = STATUS_ID[status], STATUS_EN[status]
    if not actions:
        return Words(
            f"Laporan berstatus {name_id}: tidak ada tindakan lagi.",
            f"The complaint's status is {name_en}: nothing more can be done with it.",
        )
    can_id = ", ".join(ACTIONS[action].id for action in actions)
    can_en = ", ".join(ACTIONS[action].en for action in actions)
    return Words(
        f"Laporan berstatus {name_id}. Yang dapat dilakukan: {can_id}.",
        f"The complaint's status is {name_en}. What you can do: {can_en}.",
    )
