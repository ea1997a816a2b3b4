"""Why this agency, in words that an officer understands; Indonesian first."""

from __future__ import annotations

from datetime import date

from lapor_contracts.agencies import AgencyEntry, Level
from lapor_contracts.assignments import Explanation

from lapor_router.domain.findings import Reading
from lapor_router.domain.matrix import Rule
from lapor_router.domain.rules import Question, Rules

LINE = 200  # characters a contract's Line may have

LEVEL_ID: dict[Level, str] = {
    "centre": "pemerintah pusat",
    "province": "pemerintah provinsi",
    "regency": "pemerintah kabupaten/kota",
    "vertical": "instansi vertikal pemerintah pusat",
    "state_company": "badan usaha milik negara",
    "inspectorate": "inspektorat",
    "ombudsman": "Ombudsman",
}
LEVEL_EN: dict[Level, str] = {
    "centre": "central government",
    "province": "provincial government",
    "regency": "regency or city government",
    "vertical": "central government's office in the region",
    "state_company": "state-owned company",
    "inspectorate": "inspectorate",
    "ombudsman": "Ombudsman",
}


def line(text: str) -> str:
    return text if len(text) <= LINE else text[: LINE - 1] + "…"


def evidence(question: Question, rules: Rules) -> tuple[str, ...]:
    """What was looked at, a line each."""
    reading = question.reading or Reading()
    found = [*(reading.about.evidence or _category(question, rules)), *(reading.where.evidence or _placed(question))]
    return tuple(line(text) for text in (*found, _day(question)))


def _category(question: Question, rules: Rules) -> tuple[str, ...]:
    category = rules.categories.get(question.category or "")
    if category is None:
        return ()
    return (f"Kategori / category: {category.name_id} / {category.name_en} ({category.code})",)


def _placed(question: Question) -> tuple[str, ...]:
    return (f"Lokasi / place: {question.area.path} ({question.area.code})",) if question.area else ()


def _day(question: Question) -> str:
    return f"Tanggal laporan / day of complaint: {question.complaint_day.isoformat()}"


def understood(question: Question, rules: Rules) -> tuple[str, str]:
    """What the words seem to say, for the person who decides; empty where they say nothing."""
    reading = question.reading
    category = rules.categories.get(question.category or "")
    if reading is None or not (category or question.area):
        return "", ""
    sure = reading.about.guesses[0].probability if reading.about.guesses else 0.0
    about_id = f" Terbaca: “{category.name_id}” ({sure:.0%})" if category else " Terbaca: -"
    about_en = f" Read as “{category.name_en}” ({sure:.0%})" if category else " Read as: -"
    where = f"{question.area.path} ({reading.where.confidence:.0%})" if question.area else "-"
    return f"{about_id}; lokasi: {where}.", f"{about_en}; place: {where}."


def by_authority(
    rule: Rule,
    lead: AgencyEntry,
    runner_up: AgencyEntry | None,
    question: Question,
    rules: Rules,
    confidence: float | None = None,
) -> Explanation:
    """`confidence`: where words were read."""
    category = rules.categories[rule.category]
    name = rules.name(lead, question.today)
    return _explanation(
        rule,
        question,
        rules,
        runner_up,
        confidence,
        text_id=f"Disposisi kepada {name}: “{category.name_id}”{_place(question, 'di')} adalah kewenangan "
        f"{LEVEL_ID[lead.level]} menurut {rule.legal_basis}.{_second_id(runner_up, question.today, rules)}",
        text_en=f"Assigned to {name}: “{category.name_en}”{_place(question, 'in')} is the authority of the "
        f"{LEVEL_EN[lead.level]} under {rule.legal_basis}.{_second_en(runner_up, question.today, rules)}",
    )


def to_parent(
    rule: Rule, parent: AgencyEntry, question: Question, rules: Rules, confidence: float | None
) -> Explanation:
    """The place is not sure enough for one of its offices."""
    category, name = rules.categories[rule.category], rules.name(parent, question.today)
    return _explanation(
        rule,
        question,
        rules,
        None,
        confidence,
        text_id=f"Disposisi kepada {name}: “{category.name_id}” adalah kewenangannya menurut {rule.legal_basis}; "
        "lokasi belum cukup pasti untuk menentukan kantornya di daerah.",
        text_en=f"Assigned to {name}: “{category.name_en}” is its authority under {rule.legal_basis}; the place is "
        "not sure enough to say which of its offices.",
    )


def to_province_admin(
    rule: Rule, competent: AgencyEntry, admin: AgencyEntry, question: Question, rules: Rules
) -> Explanation:
    """The competent body had not joined yet on the complaint's day."""
    name, theirs = rules.name(admin, question.today), rules.name(competent, question.today)
    since = competent.joined_on.isoformat()
    return _explanation(
        rule,
        question,
        rules,
        competent,
        text_id=f"Disposisi kepada {name} selaku admin SP4N-LAPOR! provinsi: yang berwenang adalah {theirs} "
        f"menurut {rule.legal_basis}, tetapi baru bergabung pada {since}, sesudah tanggal laporan.",
        text_en=f"Assigned to {name} as the province's SP4N-LAPOR! administrator: the authority is {theirs} "
        f"under {rule.legal_basis}, which joined on {since} only, after the day of the complaint.",
    )


def after_decline(
    rule: Rule, lead: AgencyEntry, declined: AgencyEntry | None, question: Question, rules: Rules, *, suggested: bool
) -> Explanation:
    name = rules.name(lead, question.today)
    former = rules.name(declined, question.today) if declined else "-"
    how_id = "diusulkannya dan sesuai dengan" if suggested else "pembanding menurut"
    how_en = "suggested by it and agrees with" if suggested else "the runner-up in"
    return _explanation(
        rule,
        question,
        rules,
        None,
        text_id=f"Disposisi ulang kepada {name}: {former} menyatakan bukan wewenangnya, dan {name} {how_id} "
        f"matriks kewenangan ({rule.legal_basis}).",
        text_en=f"Re-assigned to {name}: {former} declined for lack of authority, and {name} is {how_en} "
        f"the authority matrix ({rule.legal_basis}).",
    )


def by_decision(lead: AgencyEntry, decided_by: str, reason: str, question: Question, rules: Rules) -> Explanation:
    """`reason`: the decider's words, redacted."""
    name = rules.name(lead, question.today)
    return Explanation(
        rule="decision",
        legal_basis="Keputusan pejabat penghubung SP4N-LAPOR! (Perpres 76/2013)",
        matrix_version=rules.matrix.version,
        evidence=(*evidence(question, rules), line(f"Diputuskan oleh / decided by: {decided_by}")),
        text_id=f"Disposisi kepada {name} berdasarkan keputusan {decided_by}: {reason}",
        text_en=f"Assigned to {name} by decision of {decided_by}: {reason}",
    )


def reopened(lead: AgencyEntry, question: Question, rules: Rules) -> Explanation:
    """The reporter does not accept the resolution: the same agency again."""
    name = rules.name(lead, question.today)
    return Explanation(
        rule="reopened",
        legal_basis="Hak pelapor atas tanggapan (Perpres 76/2013)",
        matrix_version=rules.matrix.version,
        evidence=evidence(question, rules),
        text_id=f"Dibuka kembali oleh pelapor, yang tidak menerima penyelesaian. Disposisi kembali kepada {name}.",
        text_en=f"Reopened by the reporter, who does not accept the resolution. Assigned to {name} again.",
    )


def _explanation(
    rule: Rule,
    question: Question,
    rules: Rules,
    runner_up: AgencyEntry | None,
    confidence: float | None = None,
    *,
    text_id: str,
    text_en: str,
) -> Explanation:
    return Explanation(
        rule=rule.id,
        legal_basis=line(rule.legal_basis),
        matrix_version=rules.matrix.version,
        evidence=evidence(question, rules),
        runner_up=runner_up.code if runner_up else None,
        confidence=None if confidence is None else round(confidence, 3),
        text_id=text_id,
        text_en=text_en,
    )


def _place(question: Question, word: str) -> str:
    return f" {word} {question.area.path}" if question.area else ""


def _second_id(runner_up: AgencyEntry | None, today: date, rules: Rules) -> str:
    return f" Pembanding: {rules.name(runner_up, today)}." if runner_up else ""


def _second_en(runner_up: AgencyEntry | None, today: date, rules: Rules) -> str:
    return f" Runner-up: {rules.name(runner_up, today)}." if runner_up else ""
