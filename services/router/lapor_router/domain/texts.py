"""What a reporter or an officer reads about a decision: Indonesian, with English beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from lapor_contracts.agency import AgencyReplyRejected
from lapor_contracts.assignments import Archived, Candidate, NeedsDecision, OutOfScope

from lapor_router.domain.categories import Scope

Why = Literal["no_area", "no_category", "no_rule", "not_joined", "declined_twice", "ping_pong"]
Refusal = Literal["not_current", "already_closed", "unknown_agency"]
Archive = Literal["no_data", "too_general", "wrong_format", "not_about_government", "withdrawn"]

_WHY: dict[Why, tuple[str, str]] = {
    "no_area": ("Lokasi belum cukup jelas untuk menentukan instansi.", "The place is not known well enough."),
    "no_category": ("Kategori belum ada atau terlalu umum.", "The category is missing or too general."),
    "no_rule": ("Tidak ada aturan kewenangan yang menentukan instansinya.", "No rule decides whose authority it is."),
    "not_joined": ("Instansi yang berwenang belum bergabung.", "The competent agency has not joined."),
    "declined_twice": (
        "Instansi menyatakan bukan wewenangnya dan batas pengalihan otomatis tercapai.",
        "An agency declined, and the limit of automatic re-assignments is reached.",
    ),
    "ping_pong": (
        "Instansi yang dituju sudah pernah menyatakan bukan wewenangnya.",
        "The agency that it would go to has itself declined before.",
    ),
}
WHERE = (
    "Di mana kejadiannya? Sebutkan kabupaten atau kota, kecamatan, dan desa atau kelurahan. / Where is it? Please name "
    "the regency or city, the district and the village."
)
_REFUSAL: dict[Refusal, tuple[str, str]] = {
    "not_current": (
        "Tanggapan ditolak: disposisi yang dijawab bukan disposisi Anda yang sedang berlaku. Periksa nomor disposisi "
        "terakhir di topik Anda.",
        "Reply refused: the assignment it answers is not your current one. See the last `assigned` in your topic.",
    ),
    "already_closed": (
        "Tanggapan ditolak: laporan sudah ditutup. Jika pelapor membukanya kembali, Anda menerima disposisi baru.",
        "Reply refused: the complaint is closed. If the reporter reopens it you get a new assignment.",
    ),
    "unknown_agency": (
        "Tanggapan ditolak: instansi Anda tidak (lagi) terdaftar. Hubungi admin SP4N-LAPOR!.",
        "Reply refused: your agency is not, or no longer, in the register. Contact the SP4N-LAPOR! administrator.",
    ),
}
_ARCHIVE: dict[Archive, tuple[str, str]] = {
    "no_data": (
        "Diarsipkan: data yang kurang tidak dilengkapi dalam batas waktu. Laporan baru dapat diajukan kapan saja.",
        "Archived: what was missing did not come in time. A new complaint can be made at any time.",
    ),
    "too_general": ("Diarsipkan: laporan terlalu umum.", "Archived: the complaint is too general."),
    "wrong_format": ("Diarsipkan: format laporan tidak sesuai.", "Archived: the complaint has the wrong format."),
    "not_about_government": (
        "Diarsipkan: bukan mengenai kinerja pemerintah.",
        "Archived: not about the work of government.",
    ),
    "withdrawn": ("Diarsipkan: dicabut oleh pelapor.", "Archived: withdrawn by the reporter."),
}
_SCOPE: dict[Scope, tuple[str, str]] = {
    "criminal_law": ("hukum pidana", "criminal law"),
    "legislation": ("pembentukan peraturan", "legislation"),
    "corruption": ("tindak pidana korupsi", "corruption"),
    "personal": ("urusan pribadi", "a personal matter"),
    "political": ("urusan politik", "a political matter"),
    "sara": ("SARA (suku, agama, ras, antargolongan)", "ethnic, religious, racial or group matters"),
}


def needs_decision(
    why: Why, candidates: Sequence[Candidate] = (), note_id: str = "", note_en: str = ""
) -> NeedsDecision:
    text_id, text_en = _WHY[why]
    return NeedsDecision(
        why=why,
        candidates=tuple(candidates),
        text_id=f"{text_id}{note_id} Menunggu keputusan admin.",
        text_en=f"{text_en}{note_en} A person decides.",
    )


def rejected(reply: UUID, reason: Refusal) -> AgencyReplyRejected:
    """`reply`: the ce_id of what was refused."""
    text_id, text_en = _REFUSAL[reason]
    return AgencyReplyRejected(reply=reply, reason=reason, text_id=text_id, text_en=text_en)


def archived(reason: Archive, note: str = "") -> Archived:
    """`note`: the decider's words, redacted."""
    text_id, text_en = _ARCHIVE[reason]
    more = f" {note}" if note else ""
    return Archived(reason=reason, text_id=text_id + more, text_en=text_en + more)


def out_of_scope(reason: Scope, pointed_to: str, note: str = "") -> OutOfScope:
    text_id, text_en = _SCOPE[reason]
    more = f" {note}" if note else ""
    return OutOfScope(
        reason=reason,
        pointed_to=pointed_to,
        text_id=f"Di luar cakupan SP4N-LAPOR! ({text_id}). Silakan hubungi: {pointed_to}.{more}",
        text_en=f"Out of scope of SP4N-LAPOR! ({text_en}). Please turn to: {pointed_to}.{more}",
    )
