"""The life of a complaint in the router: which events follow from which, with the numbers in them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from lapor_chassis.errors import Invalid
from lapor_chassis.ids import uuid7
from lapor_contracts import agency_replies, complaints, decisions, escalations
from lapor_contracts.base import Place

from tests.support.router_life import COUNTING, LIMIT, NOW, Life, accept, declined, names, resolve


@pytest.fixture
def life() -> Iterator[Life]:
    yield Life()


def test_a_road_is_assigned_accepted_followed_up_and_resolved(life: Life) -> None:
    written = life.registered()
    assert names(written) == [("agency.6407-pupr", "AgencyAssigned"), ("assignments", "Assigned")]
    (_, outlet_number, told), (_, number, assigned) = written
    assert (outlet_number, number, assigned.outlet_number, assigned.round) == (1, 1, 1, 1)
    assert assigned.agency.superior == "6407-inspektorat" and assigned.agency.ombudsman_office == "ombudsman-64"
    assert told.lead and told.narrative == "Jalan kampung berlubang."
    assert told.explanation_id == assigned.explanation.text_id
    for event, name in (
        (accept(), "Accepted"),
        (agency_replies.AgencyFollowedUp(assignment=1, text="Alat sudah di lapangan."), "FollowedUp"),
        (resolve(), "Resolved"),
    ):
        (topic, _, reply), *more = life.edge(event, "6407-pupr")
        assert (topic, type(reply).__name__, reply.assignment, reply.received_at) == ("lapor.replies", name, 1, NOW)
        assert more == []


def test_internet_is_declined_and_re_assigned(life: Life) -> None:
    life.registered(category="jaringan/menara-internet")
    written = life.edge(declined(1, "komdigi"), "6407-diskominfo")
    assert names(written) == [
        ("replies", "Declined"),
        ("assignments", "Released"),
        ("agency.6407-diskominfo", "AgencyReleased"),
        ("agency.komdigi", "AgencyAssigned"),
        ("assignments", "Assigned"),
    ]
    assigned = written[-1][2]
    assert (assigned.reason, assigned.round, assigned.agency.code) == ("declined", 2, "komdigi")
    assert written[-1][1] == 3 and assigned.agency.name == "Kementerian Komunikasi dan Informatika"
    (topic, _, reply), *_ = life.edge(accept(1), "komdigi")
    assert (topic, reply.assignment) == ("lapor.replies", 3)


def test_a_second_decline_asks_a_person_whose_decision_is_carried_out(life: Life) -> None:
    life.registered(category="jaringan/menara-internet")
    life.edge(declined(1, "komdigi"), "6407-diskominfo")
    written = life.edge(declined(1, "6407-diskominfo"), "komdigi")
    assert names(written)[-1] == ("assignments", "NeedsDecision")
    assert written[-1][2].why == "ping_pong"
    question = decisions.DecisionAsked(decided_by="Admin provinsi", question="Di kampung mana?")
    assert names(life.edge(question, "decider")) == [("assignments", "QuestionAsked")]
    routed = decisions.DecisionRouted(decided_by="Admin provinsi", agency="6407-diskominfo", reason="Tower pemda.")
    written = life.edge(routed, "decider")
    assert names(written) == [("agency.6407-diskominfo", "AgencyAssigned"), ("assignments", "Assigned")]
    assert written[-1][2].reason == "decision"
    # Its number in the outlet goes on: 1 assigned, 2 released, 3 assigned again.
    assert written[-1][2].outlet_number == 3
    rejected = life.edge(declined(1, None), "6407-diskominfo")
    assert [type(event).__name__ for *_, event in rejected] == ["AgencyReplyRejected"]
    written = life.edge(declined(3, None), "6407-diskominfo")
    assert names(written)[-1] == ("assignments", "NeedsDecision")


def test_a_refused_reply_names_the_event_and_the_reason(life: Life) -> None:
    life.registered()
    event_id = uuid7()
    ((topic, number, rejected),) = life.edge(accept(1), "6407-dlh", event_id)
    assert (topic, number) == ("lapor.agency.6407-dlh", 1)
    assert (rejected.reply, rejected.reason) == (event_id, "not_current")
    assert rejected.text_id and rejected.text_en
    life.edge(resolve(), "6407-pupr")
    ((topic, number, rejected),) = life.edge(resolve(), "6407-pupr")
    assert (topic, number, rejected.reason) == ("lapor.agency.6407-pupr", 2, "already_closed")


def test_a_topic_of_an_agency_that_is_not_in_the_register_is_a_dead_letter(life: Life) -> None:
    life.registered()
    with pytest.raises(Invalid, match="unknown_agency"):
        life.edge(accept(1), "dinas-liar")


def test_words_of_officers_and_deciders_are_redacted(life: Life) -> None:
    life.registered()
    secret = "Hubungi Pak Budi 0812-3456-7890, NIK 6407161203850001, budi@example.org."
    ((_, _, reply),) = life.edge(agency_replies.AgencyFollowedUp(assignment=1, text=secret), "6407-pupr")
    written = life.edge(agency_replies.AgencyDeclined(assignment=1, reason=secret, suggested="64-pupr"), "6407-pupr")
    moved = decisions.DecisionRouted(decided_by="Admin", agency="6407-dpmd", reason=secret)
    everything = " ".join(
        event.model_dump_json() for event in (reply, *(e for *_, e in (*written, *life.edge(moved, "decider"))))
    )
    for identity in ("0812", "3456-7890", "6407161203850001", "budi@"):
        assert identity not in everything


def test_the_longest_words_of_an_officer_stop_nobody(life: Life) -> None:
    life.registered()
    long = "08123456789 " * 1_600
    ((_, _, reply),) = life.edge(agency_replies.AgencyFollowedUp(assignment=1, text=long), "6407-pupr")
    assert reply.text.startswith("[disamarkan]")
    moved = decisions.DecisionRouted(decided_by="A" * 200, agency="6407-dpmd", reason=long)
    assert names(life.edge(moved, "decider"))[-1] == ("assignments", "Assigned")


def test_an_incomplete_complaint_waits_and_is_archived_after_ten_days(life: Life) -> None:
    assert life.registered(complete=False) == []
    assert life.subject.due_at == NOW + timedelta(days=10)
    life.now = NOW + timedelta(hours=5)
    assert life.core(complaints.Held(missing=("evidence",))) == []
    assert life.subject.due_at == NOW + timedelta(days=10, hours=5)
    ((topic, _, archived),) = life.timer()
    assert (topic, archived.reason) == ("lapor.assignments", "no_data")
    # What comes late is not lost.
    assert names(life.core(complaints.Completed()))[-1] == ("assignments", "Assigned")


def test_completed_routes_with_what_was_added_and_disarms_the_timer(life: Life) -> None:
    life.registered(complete=False, place=Place())
    life.core(complaints.Held(missing=("place",)))
    written = life.core(complaints.Completed(place=Place(area_code="64.71"), narrative="Lebih jelas."))
    assert names(written) == [("agency.6471-pupr", "AgencyAssigned"), ("assignments", "Assigned")]
    assert written[0][2].narrative == "Lebih jelas."
    assert life.subject.due_at is None
    assert life.timer() == []


def test_what_cannot_be_decided_waits_for_a_person_or_for_better_data(life: Life) -> None:
    (topic, _, needs), _ = life.registered(place=Place())
    assert (topic, needs.why) == ("lapor.assignments", "no_area")
    assert life.core(complaints.Amended(title="Masih rusak")) == []
    written = life.core(complaints.Amended(place=Place(area_code="64.07")))
    assert names(written) == [("agency.6407-pupr", "AgencyAssigned"), ("assignments", "Assigned")]
    assert written[0][2].title == "Masih rusak"


def test_amended_and_reporter_replied_reach_the_outlet(life: Life) -> None:
    life.registered(category="banjir/sungai")
    written = life.core(complaints.Amended(narrative="Air naik lagi."))
    assert names(written) == [(f"agency.{code}", "AgencyAmended") for code in ("bws-64", "6407-bpbd", "6407-pupr")]
    assert {event.narrative for *_, event in written} == {"Air naik lagi."}
    written = life.core(complaints.ReporterReplied(text="Belum surut."))
    assert names(written) == [("agency.bws-64", "AgencyReporterReplied")]


def test_a_copy_may_follow_up(life: Life) -> None:
    life.registered(category="banjir/sungai")
    followed_up = agency_replies.AgencyFollowedUp(assignment=1, text="Perahu dikirim.")
    ((topic, _, reply),) = life.edge(followed_up, "6407-bpbd")
    assert (topic, reply.agency, reply.assignment, reply.lead) == ("lapor.replies", "6407-bpbd", 1, False)
    ((_, _, of_lead),) = life.edge(followed_up, "bws-64")
    assert of_lead.lead
    assert names(life.edge(resolve(), "6407-bpbd")) == [("agency.6407-bpbd", "AgencyReplyRejected")]


def test_reopened_gives_a_new_assignment_to_the_same_agency(life: Life) -> None:
    life.registered()
    assert life.core(complaints.Reopened(assignment=1, reason="Belum selesai.")) == []
    life.edge(resolve(), "6407-pupr")
    assert life.core(complaints.Reopened(assignment=9, reason="Belum selesai.")) == []
    written = life.core(complaints.Reopened(assignment=1, reason="Belum selesai."))
    assert names(written) == [("agency.6407-pupr", "AgencyAssigned"), ("assignments", "Assigned")]
    assigned = written[-1][2]
    assert (assigned.reason, assigned.round, assigned.outlet_number) == ("reopened", 2, 2)
    assert names(life.edge(resolve(1), "6407-pupr")) == [("agency.6407-pupr", "AgencyReplyRejected")]
    assert names(life.edge(resolve(2), "6407-pupr")) == [("replies", "Resolved")]


def test_silence_of_the_reporter_closes_until_it_is_reopened(life: Life) -> None:
    life.registered()
    silence = escalations.ClosedBySilence(assignment=1, limit=LIMIT, due_at=NOW)
    assert life.core(silence) == []
    assert names(life.edge(resolve(), "6407-pupr")) == [("agency.6407-pupr", "AgencyReplyRejected")]
    assert names(life.core(complaints.Reopened(assignment=1, reason="Belum.")))[-1] == ("assignments", "Assigned")


@pytest.mark.parametrize(
    ("prepare", "expected"),
    [
        ({}, [("assignments", "Released"), ("agency.6407-pupr", "AgencyReleased"),
              ("agency.6407-pupr", "AgencyWithdrawn")]),
        ({"place": Place()}, [("assignments", "Archived")]),
        ({"complete": False}, [("assignments", "Archived")]),
    ],
)  # fmt: skip
def test_withdrawn(life: Life, prepare: dict[str, Any], expected: list[tuple[str, str]]) -> None:
    life.registered(**prepare)
    assert names(life.core(complaints.Withdrawn())) == expected
    assert life.subject.due_at is None
    assert life.core(complaints.Amended(title="Lagi")) == []
    assert life.timer() == []


def test_escalations_reach_only_the_agency_concerned(life: Life) -> None:
    life.registered(category="jaringan/menara-internet")
    mine = {"clock": "agency", "assignment": 1, "limit": LIMIT, "due_at": NOW}
    ((topic, _, told),) = life.core(escalations.Reminded(**mine))
    assert (topic, told.assignment) == ("lapor.agency.6407-diskominfo", 1)
    assert names(life.core(escalations.LimitMissed(**mine, counting=COUNTING))) == [
        ("agency.6407-diskominfo", "AgencyLimitMissed")
    ]
    assert life.core(escalations.Reminded(clock="citizen", limit=LIMIT, due_at=NOW)) == []
    life.edge(declined(1, "komdigi"), "6407-diskominfo")
    assert life.core(escalations.Reminded(**mine)) == []
    ((topic, _, told),) = life.core(escalations.Reminded(**{**mine, "assignment": 3}))
    assert (topic, told.assignment) == ("lapor.agency.komdigi", 1)


def test_a_reprimand_reaches_who_earned_it_also_later(life: Life) -> None:
    life.registered(category="jaringan/menara-internet")
    life.edge(declined(1, "komdigi"), "6407-diskominfo")
    about_first = escalations.Reprimanded(office="ombudsman-64", assignment=1, text="Penundaan berlarut.")
    ((topic, _, told),) = life.core(about_first)
    assert (topic, told.assignment) == ("lapor.agency.6407-diskominfo", 1)
    by_code = escalations.Reprimanded(office="ombudsman-64", agency="komdigi", text="Penundaan berlarut.")
    ((topic, _, told),) = life.core(by_code)
    assert (topic, told.assignment) == ("lapor.agency.komdigi", None)
    # On the citizen's clock it is against the system: nobody's outlet, least of all of who has it today.
    assert life.core(escalations.Reprimanded(office="ombudsman-64", text="Penundaan berlarut.")) == []


def test_out_of_scope_is_pointed_elsewhere(life: Life) -> None:
    ((topic, _, event),) = life.registered(category="di-luar-cakupan/korupsi")
    assert (topic, event.reason) == ("lapor.assignments", "corruption")
    assert life.state.phase == "ended"


def test_a_person_archives_or_points_elsewhere_only_where_asked(life: Life) -> None:
    archive = decisions.DecisionArchived(decided_by="Admin", reason="too_general", text="Tidak jelas.")
    life.registered()
    with pytest.raises(Invalid, match="nothing_to_decide"):
        life.edge(archive, "decider")
    other = Life()
    other.registered(category=None)
    ((_, _, event),) = other.edge(archive, "decider")
    assert (event.reason, event.text_id) == ("too_general", "Diarsipkan: laporan terlalu umum. Tidak jelas.")
    third = Life()
    third.registered(category=None)
    scope = decisions.DecisionOutOfScope(decided_by="Admin", reason="political", pointed_to="Bawaslu", text="-")
    ((_, _, event),) = third.edge(scope, "decider")
    assert event.pointed_to == "Bawaslu"


def test_a_person_moves_a_complaint(life: Life) -> None:
    life.registered()
    moved = decisions.DecisionRouted(decided_by="Admin", agency="64-pupr", reason="Jalan provinsi.")
    written = life.edge(moved, "decider")
    assert names(written) == [
        ("assignments", "Released"), ("agency.6407-pupr", "AgencyReleased"),
        ("agency.64-pupr", "AgencyAssigned"), ("assignments", "Assigned"),
    ]  # fmt: skip
    assert (written[0][2].reason, written[-1][2].reason) == ("moved", "moved")
    for wrong, code in ((moved, "has_it_already"), (moved.model_copy(update={"agency": "x-y"}), "unknown_agency")):
        with pytest.raises(Invalid, match=code):
            life.edge(wrong, "decider")


def test_a_secret_complaint_has_one_reader(life: Life) -> None:
    written = life.registered(category="banjir/sungai", secret=True)
    assert names(written) == [("agency.bws-64", "AgencyAssigned"), ("assignments", "Assigned")]
    moved = decisions.DecisionRouted(decided_by="Admin", agency="64-pupr", copies=("64-bpbd",), reason="-")
    with pytest.raises(Invalid, match="secret_has_no_copies"):
        life.edge(moved, "decider")


def test_after_a_dismissed_registration_nothing_breaks(life: Life) -> None:
    for event in (complaints.Completed(), complaints.Amended(title="x"), complaints.Withdrawn(),
                  complaints.ReporterReplied(text="x"), complaints.Reopened(assignment=1, reason="x")):  # fmt: skip
        assert life.core(event) == []
