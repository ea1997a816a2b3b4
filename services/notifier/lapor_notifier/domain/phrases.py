"""Words for the codes in events: Indonesian, then English."""

from __future__ import annotations

from lapor_contracts.assignments import AssignmentReason
from lapor_contracts.complaints import Missing, ReportType
from lapor_contracts.escalations import Limit, LimitRule, Unit

Pair = tuple[str, str]

REPORT_TYPE: dict[ReportType, Pair] = {
    "complaint": ("pengaduan", "complaint"),
    "aspiration": ("aspirasi", "aspiration"),
    "information_request": ("permintaan informasi", "information request"),
}
MISSING: dict[Missing, Pair] = {
    "narrative": (
        "uraian: apa yang terjadi, sejak kapan, apa akibatnya",
        "the narrative: what happened, since when, with what effect",
    ),
    "place": ("tempat kejadian: desa/kelurahan, kecamatan", "the place: village, district"),
    "occurred_on": ("tanggal kejadian", "the date of the event"),
    "evidence": ("bukti: foto atau dokumen", "evidence: photos or documents"),
}
LIMIT: dict[LimitRule, Pair] = {
    "first_response": ("tanggapan pertama", "first response"),
    "completion": ("penyelesaian", "completion"),
    "verification": ("verifikasi dan penerusan", "verification and forwarding"),
    "reporter_reply": ("balasan pelapor", "the reporter's reply"),
    "acceptance": ("penerimaan oleh instansi", "acceptance by an agency"),
    "whole": ("penanganan seluruhnya sejak laporan diterima", "the whole handling since registration"),
}
UNIT: dict[Unit, Pair] = {
    "working_days": ("hari kerja", "working days"),
    "calendar_days": ("hari kalender", "calendar days"),
}
ASSIGNED_BECAUSE: dict[AssignmentReason, Pair] = {
    "authority": ("sesuai kewenangan", "by authority"),
    "declined": ("instansi sebelumnya menyatakan bukan wewenangnya", "the agency before declined"),
    "reopened": ("pelapor tidak menerima penyelesaian", "the reporter did not accept the resolution"),
    "moved": ("dipindahkan", "moved"),
    "decision": ("keputusan petugas", "an officer's decision"),
}
# Whose a limit is that no agency is accused for.
SYSTEM: Pair = ("sistem secara keseluruhan", "the system as a whole")
# What an alert says against whom: an agency, or the system.
ALERTED_AGENCY: Pair = (
    "telah disampaikan kepada instansi yang berwenang dan\n"
    "tidak diselesaikan sebagaimana mestinya (UU 37/2008 Pasal 24)",
    "was put to the competent agency and not properly\nsettled (UU 37/2008, article 24)",
)
ALERTED_SYSTEM: Pair = (
    "tidak diselesaikan sebagaimana mestinya (UU 37/2008\n"
    "Pasal 24). Batas waktu ini milik sistem secara keseluruhan,\nbukan milik satu instansi",
    "was not properly settled (UU 37/2008, article 24).\n"
    "This limit is that of the system as a whole, not of one agency",
)
# What a proof says of an event, by the name of the event.
PROOF: dict[str, Pair] = {
    "registered": ("Laporan diterima", "Registered"),
    "assigned": ("Didisposisikan", "Assigned"),
    "reminded": ("Instansi diingatkan", "Agency reminded"),
    "limit_missed": ("Batas waktu terlampaui", "Limit missed"),
    "superior_told": ("Atasan diberi tahu", "Superior told"),
    "held": ("Menunggu data dari pelapor", "Waits for the reporter's data"),
    "completed": ("Data pelapor lengkap", "The reporter's data came"),
    "reopened": ("Dibuka kembali oleh pelapor", "Reopened by the reporter"),
    "released": ("Disposisi berakhir", "The assignment ended"),
    "needs_decision": ("Menunggu keputusan petugas", "An officer has to decide"),
    "undecided": ("Petugas belum memutuskan", "No officer has decided"),
    "accepted": ("Diterima instansi", "Accepted by the agency"),
    "declined": ("Instansi menyatakan bukan wewenangnya", "Declined by the agency"),
    "followed_up": ("Instansi menindaklanjuti", "Followed up by the agency"),
    "resolved": ("Instansi menyatakan selesai", "Resolved by the agency"),
    "clock_moved": ("Batas waktu berubah karena kalender", "The limit moved with the calendar"),
    "overtaken": ("Langkah terlewati", "A step was passed over"),
}
# The citizen's clock reminds no agency: it is against the system.
SYSTEMS_LIMITS: frozenset[LimitRule] = frozenset({"verification", "acceptance", "whole"})
SYSTEM_REMINDED: Pair = ("Pengingat bagi sistem", "Reminder to the system")
NOBODY_TOLD: Pair = ("Tidak ada atasan yang terdaftar", "No superior is registered")


def limit_id(limit: Limit) -> str:
    return f"{LIMIT[limit.rule][0]}, {limit.value} {UNIT[limit.unit][0]} ({limit.source})"


def limit_en(limit: Limit) -> str:
    return f"{LIMIT[limit.rule][1]}, {limit.value} {UNIT[limit.unit][1]} ({limit.source})"
