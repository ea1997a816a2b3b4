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
# What a proof says of an event, by the name of the event.
PROOF: dict[str, Pair] = {
    "registered": ("Laporan diterima", "Registered"),
    "assigned": ("Didisposisikan", "Assigned"),
    "reminded": ("Instansi diingatkan", "Agency reminded"),
    "limit_missed": ("Batas waktu terlampaui", "Limit missed"),
    "superior_told": ("Atasan diberi tahu", "Superior told"),
}


def limit_id(limit: Limit) -> str:
    return f"{LIMIT[limit.rule][0]}, {limit.value} {UNIT[limit.unit][0]} ({limit.source})"


def limit_en(limit: Limit) -> str:
    return f"{LIMIT[limit.rule][1]}, {limit.value} {UNIT[limit.unit][1]} ({limit.source})"
