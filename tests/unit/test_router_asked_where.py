"""Nobody said where it is: the reporter is asked once, and what comes back is read, kept and passed on."""

from __future__ import annotations

from functools import cache

import pytest
from lapor_contracts import agency, assignments, complaints, decisions
from lapor_contracts.base import Attachment, Place
from lapor_router import decide_tables
from lapor_router.deciding import Found
from lapor_router.domain import texts
from lapor_router.domain.policy import MAX_TOLD
from lapor_router.domain.reading import ReportReader
from lapor_router.readers import InUse, load_reader
from rich.console import Console

from tests.support.router_life import NOW, RULES, Life, Written, declined, names, resolve

SMS = "Jalan kampung rusak parah sudah dua bulan."
ASKED = [("assignments", "NeedsDecision"), ("assignments", "QuestionAsked")]
ASSIGNED = [("agency.6407-pupr", "AgencyAssigned"), ("assignments", "Assigned")]
SAID = ("agency.6407-pupr", "AgencyReporterReplied")
PHOTO = Attachment(id="foto-1", media_type="image/jpeg", size=1000, sha256="0" * 64)


@cache
def reader() -> ReportReader:
    return load_reader(RULES)


def sms(narrative: str = SMS, **changes: object) -> tuple[Life, Written]:
    """A text with a category, as a channel with a menu sends it, and no place of its own."""
    life = Life(InUse(reader(), 0.02))
    return life, life.registered(title="SMS", narrative=narrative, place=Place(), **changes)


def told_by(life: Life) -> tuple[str, ...]:
    return tuple(answer.text for answer in life.state.report.answers)


def replied(text: str, *attachments: Attachment) -> complaints.ReporterReplied:
    return complaints.ReporterReplied(text=text, attachments=attachments)


def test_a_place_in_the_words_of_an_sms_is_enough() -> None:
    _, written = sms("Jalan di Kampung Sembuan Kecamatan Nyuatan Kutai Barat rusak parah.")
    assert names(written) == ASSIGNED


def test_without_a_place_the_reporter_is_asked_and_a_person_too() -> None:
    life, written = sms()
    assert names(written) == ASKED
    assert written[0][2].why == "no_area" and written[1][2].question == texts.WHERE
    assert life.state.phase == "deciding" and life.subject.due_at is None


def test_the_answer_is_read_and_the_lead_gets_it_after_the_complaint() -> None:
    life, _ = sms()
    written = life.core(replied("Di Kutai Barat, dekat pasar.", PHOTO))
    assert names(written) == [*ASSIGNED, SAID]
    (_, number, told), (_, _, assigned), (_, after, answer) = written
    assert told.narrative == SMS and told.attachments == ()
    assert number is not None and (assigned.outlet_number, after) == (number, number + 1)
    assert answer == agency.AgencyReporterReplied(
        text="Di Kutai Barat, dekat pasar.", attachments=(PHOTO,), written_at=NOW
    )


def test_what_follows_an_assignment_goes_to_its_lead_alone() -> None:
    life, _ = sms(category="banjir/sungai")
    written = life.core(replied("Kabupaten Kutai Barat", PHOTO))
    assert [len(event.attachments) for *_, event in written if isinstance(event, agency.AgencyAssigned)] == [0, 0, 0]
    assert names(written) == [
        *((f"agency.{code}", "AgencyAssigned") for code in ("bws-64", "6407-bpbd", "6407-pupr")),
        ("assignments", "Assigned"),
        ("agency.bws-64", "AgencyReporterReplied"),
    ]
    assert names(life.core(replied("Belum surut."))) == [("agency.bws-64", "AgencyReporterReplied")]


def test_it_is_asked_once_and_an_answer_that_does_not_help_is_kept_for_whoever_decides() -> None:
    life, _ = sms()
    assert life.core(replied("Sudah lama sekali, tolong.")) == []
    assert life.core(complaints.Amended(title="Jalan rusak")) == []
    assert life.state.asked == (texts.WHERE,)
    routed = decisions.DecisionRouted(decided_by="Admin", agency="6407-pupr", reason="Menurut foto.")
    assert names(life.edge(routed, "decider")) == [*ASSIGNED, SAID]


def test_each_new_lead_gets_the_answers() -> None:
    life, _ = sms()
    life.core(replied("Di Kutai Barat."))
    written = life.edge(declined(1, "64-pupr"), "6407-pupr")
    assert names(written)[-3:] == [
        ("agency.64-pupr", "AgencyAssigned"), ("assignments", "Assigned"), ("agency.64-pupr", "AgencyReporterReplied"),
    ]  # fmt: skip


def test_who_has_it_already_does_not_get_the_answers_again() -> None:
    life, _ = sms()
    life.core(replied("Di Kutai Barat."))
    number = life.state.assignments[-1].number
    life.edge(resolve(), "6407-pupr")
    assert names(life.core(complaints.Reopened(assignment=number, reason="Belum."))) == ASSIGNED


def test_what_was_written_to_one_agency_is_given_to_the_next_but_decides_nothing() -> None:
    life, _ = sms()
    life.core(replied("Di Kutai Barat."))
    reading = life.state.reading
    life.core(replied("Bukan Kutai Barat, di Kota Samarinda.", PHOTO))
    life.core(complaints.Amended(title="Jalan"))
    assert life.state.reading == reading
    written = life.edge(declined(1, "64-pupr"), "6407-pupr")
    told = [(topic, event) for topic, _, event in written if isinstance(event, agency.AgencyReporterReplied)]
    assert {topic for topic, _ in told} == {"lapor.agency.64-pupr"}
    assert [event.text for _, event in told] == ["Di Kutai Barat.", "Bukan Kutai Barat, di Kota Samarinda."]
    assert told[1][1].attachments == (PHOTO,)


def test_who_gets_it_back_is_given_only_what_was_not_written_to_it() -> None:
    life, _ = sms()
    life.core(replied("Di Kutai Barat."))
    life.core(replied("Belum ada yang datang."))
    routed = {"decided_by": "Admin", "reason": "Menurut foto."}
    life.edge(decisions.DecisionRouted(agency="64-pupr", **routed), "decider")
    life.core(replied("Masih rusak."))
    written = life.edge(decisions.DecisionRouted(agency="6407-pupr", **routed), "decider")
    told = [event.text for _, _, event in written if isinstance(event, agency.AgencyReporterReplied)]
    assert told == ["Masih rusak."]


def test_history_says_when_it_was_written_and_to_whom() -> None:
    life, _ = sms()
    life.core(replied("Di Kutai Barat."))
    assert [e.written_to for *_, e in life.core(replied("Terima kasih.")) if hasattr(e, "written_to")] == [None]
    written = life.edge(declined(1, "64-pupr"), "6407-pupr")
    first, second = (event for *_, event in written if isinstance(event, agency.AgencyReporterReplied))
    assert (first.written_to, second.written_to) == (None, "6407-pupr")
    assert first.written_at == second.written_at == NOW


def test_what_is_kept_has_an_end() -> None:
    life, _ = sms()
    life.core(replied("Di Kutai Barat."))
    for number in range(4):
        life.core(replied(f"{number} " + "rusak " * 1500))
    assert [text[:2] for text in told_by(life)] == ["Di", "2 ", "3 "]


def test_a_long_talk_with_an_agency_does_not_push_out_what_the_decision_rests_on() -> None:
    life, _ = sms()
    life.core(replied("Di Kutai Barat."))
    for number in range(MAX_TOLD + 2):
        life.core(replied(f"Masih rusak {number}"))
    assert told_by(life) == ("Di Kutai Barat.", *(f"Masih rusak {n}" for n in range(2, MAX_TOLD + 2)))


def test_what_answers_another_question_is_read_as_text_like_any_other() -> None:
    life, _ = sms()
    life.edge(decisions.DecisionAsked(decided_by="Admin", question="Perusahaan mana?"), "decider")
    assert life.core(replied("Kutai Barat Sejahtera")) == []
    assert life.state.phase == "deciding"


def test_an_answer_behind_a_long_text_is_read() -> None:
    life, _ = sms("Jalan rusak parah. " * 800)
    assert names(life.core(replied("Kabupaten Kutai Barat"))) == [*ASSIGNED, SAID]


def test_after_a_decline_an_answer_decides_nothing_but_a_person_sees_it() -> None:
    life = Life(InUse(reader(), 0.02))
    life.registered(category="jaringan/menara-internet")
    life.edge(declined(1, "komdigi"), "6407-diskominfo")
    life.edge(declined(1, "6407-diskominfo"), "komdigi")
    life.edge(decisions.DecisionAsked(decided_by="Admin", question="Di kampung mana?"), "decider")
    assert life.core(replied("Di Kota Samarinda.")) == []
    assert life.state.phase == "deciding" and life.state.asked == ("Di kampung mana?",)
    assert told_by(life) == ("Di Kota Samarinda.",)


def test_a_decider_sees_what_was_written_to_an_agency_and_to_which() -> None:
    life, _ = sms()
    life.core(replied("Di Kutai Barat."))
    life.core(replied("Masih rusak."))
    console = Console(width=200)
    with console.capture() as captured:
        console.print(decide_tables.shown(Found(life.subject.id, life.state), (), NOW, with_secret=False))
    assert "jawaban / answer 1" in captured.get()
    assert "kepada / to 6407-pupr: Masih rusak." in captured.get()


@pytest.mark.parametrize("secret", [False, True])
def test_a_decider_sees_what_was_asked_and_answered(secret: bool) -> None:
    life, _ = sms(secret=secret)
    life.core(replied("Sudah lama sekali, tolong."))
    console = Console(width=200)
    with console.capture() as captured:
        console.print(decide_tables.shown(Found(life.subject.id, life.state), (), NOW, with_secret=False))
    assert ("Sudah lama sekali, tolong." in captured.get()) is not secret
    assert ("Sebutkan kabupaten atau kota" in captured.get()) is not secret


def test_a_wish_is_not_asked_where_unless_its_body_is_one_of_a_place() -> None:
    vague = "Terima kasih dan semoga makin baik ke depannya."
    assert names(sms(vague, report_type="aspiration", category=None)[1]) == [("assignments", "NeedsDecision")]
    assert names(sms(vague, category=None)[1]) == ASKED
    assert names(sms(vague, report_type="aspiration")[1]) == ASKED


def test_codes_that_only_a_person_can_decide_are_no_question_to_the_reporter() -> None:
    life = Life()
    assert names(life.registered(category="jalan-rusak")) == [("assignments", "NeedsDecision")]


def test_what_comes_after_the_end_opens_nothing() -> None:
    life, _ = sms()
    life.core(complaints.Withdrawn())
    assert life.core(replied("Di Kutai Barat.")) == []
    assert life.state.phase == "ended"


def test_the_latest_answers_are_kept() -> None:
    life, _ = sms()
    for n in range(MAX_TOLD + 3):
        life.core(replied(f"Tolong {n}"))
    assert told_by(life) == tuple(f"Tolong {n}" for n in range(3, MAX_TOLD + 3))


def test_the_channel_of_a_province_decides_between_namesakes() -> None:
    said = "Jalan rusak di Kecamatan Sungai Pinang, Kelurahan Temindung Permai."
    life, _ = sms(said, channel="sms")
    other, _ = sms(said, channel="sms-kaltim")
    alone, with_channel = life.state.reading, other.state.reading
    assert alone and with_channel and with_channel.where.area
    assert with_channel.where.area.regency == "64.72"
    assert with_channel.where.confidence >= alone.where.confidence


def test_a_question_that_everybody_can_read_fits_its_event() -> None:
    assert assignments.QuestionAsked(question=texts.WHERE).question == texts.WHERE
