"""Intake's rules: what is missing, what is possible when, and that no identity leaves with an event."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from lapor_contracts import assignments, complaints, escalations, replies
from lapor_contracts.base import Agency, Attachment, Place
from lapor_contracts.redaction import PLACEHOLDER
from lapor_contracts.status import Facts
from lapor_contracts.submissions import (
    SUBMISSION,
    Amendment,
    Completion,
    Keyed,
    NewSubmission,
    Rating,
    Reopening,
    Reply,
    Reporter,
    Withdrawal,
)
from lapor_intake.domain.action import act
from lapor_intake.domain.completeness import missing
from lapor_intake.domain.decision import Decision, Refusal
from lapor_intake.domain.identity import Identity
from lapor_intake.domain.policy import TIMELINE_STEPS, TIMELINE_TEXT, Policy
from lapor_intake.domain.possible import possible
from lapor_intake.domain.progress import progressed
from lapor_intake.domain.registration import check, register
from lapor_intake.domain.state import IntakeState, with_step
from lapor_intake.domain.texts import ACTIONS, REFUSALS, STATUS_EN, STEPS, not_possible

NOW = datetime(2023, 10, 4, 2, 0, tzinfo=UTC)
POLICY = Policy()
OWN = ("Siti Aminah", "6407160101900001", "+6281234567890", "siti@example.com")
KEY: dict[str, Any] = {"tracking_id": "1234567897", "access_code": "ABCDEFGH"}
SHA = "0" * 64


def submission(**changes: Any) -> NewSubmission:
    return NewSubmission(
        **{
            "title": "Jalan rusak di Kampung Sembuan",
            "narrative": "Jalan kabupaten rusak berat sejak tahun 2022 dan berbahaya.",
            "place": Place(area_code="64.07.16.2004"),
            **changes,
        }
    )


def registered(given: NewSubmission, identity: Identity | None = None) -> Decision:
    return register(given, identity or Identity(), tracking_id="1234567897", channel="web", received_at=NOW)


def test_a_complete_complaint_is_registered() -> None:
    decision = registered(submission())
    assert [type(event) for event in decision.events] == [complaints.Registered]
    assert decision.state.status == "UNVERIFIED"
    event = decision.events[0]
    assert isinstance(event, complaints.Registered)
    assert event.complete
    assert not event.has_contact
    assert event.received_at == NOW


def test_an_incomplete_complaint_is_held_not_refused() -> None:
    decision = registered(submission(narrative="Jalan rusak!", place=Place()))
    first, second = decision.events
    assert isinstance(first, complaints.Registered)
    assert not first.complete
    assert isinstance(second, complaints.Held)
    assert second.missing == ("narrative", "place")
    assert decision.state.status == "ON_HOLD"
    assert [step.code for step in decision.state.steps] == ["registered", "held"]


@pytest.mark.parametrize(
    ("report_type", "narrative", "place", "expected"),
    [
        ("complaint", "jalan di depan sekolah rusak", Place(address="depan SD 5"), ()),
        ("complaint", "jalan di depan sekolah rusak", Place(), ()),
        ("complaint", "rusak", Place(latitude=0.1), ("narrative", "place")),
        ("complaint", "rusak", Place(latitude=-0.1, longitude=115.5), ("narrative",)),
        ("complaint", "", Place(), ("narrative", "place")),
        ("complaint", "rusak !! 1 2 3 4 5 parah", Place(area_code="64"), ("narrative",)),
        ("aspiration", "mohon dibangun taman di kota kami", Place(), ()),
        ("information_request", "apa?", Place(), ("narrative",)),
    ],
)
def test_what_is_missing(report_type: Any, narrative: str, place: Place, expected: tuple[str, ...]) -> None:
    assert missing(report_type, narrative, place) == expected


def test_no_identity_leaves_with_the_event() -> None:
    given = submission(
        title="Laporan Siti Aminah",
        narrative="Saya Siti, NIK 6407 1601 0190 0001, HP 0812-3456-7890, siti@example.com, jalan di depan rumah.",
        place=Place(address="rumah Aminah, Kampung Sembuan"),
        reporter=Reporter(name="Siti Aminah", nik="6407160101900001", phone="081234567890", email="siti@example.com"),
    )
    identity = check(given, NOW)
    assert isinstance(identity, Identity)
    decision = registered(given, identity)
    said = repr(decision.events) + repr(decision.state)
    for value in ("Siti", "Aminah", "6407 1601", "0812", "siti@", "6407160101900001"):
        assert value not in said
    event = decision.events[0]
    assert isinstance(event, complaints.Registered)
    assert event.has_contact
    assert event.title == f"Laporan {PLACEHOLDER}"


def test_redaction_that_lengthens_still_fits() -> None:
    given = submission(title="Siti " * 40, narrative="Siti " * 4000, place=Place(address="Siti " * 40))
    decision = registered(given, Identity(name="Siti"))
    event = decision.events[0]
    assert isinstance(event, complaints.Registered)
    assert event == complaints.Registered.model_validate_json(event.model_dump_json())
    assert "Siti" not in event.narrative


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"reporter": Reporter(phone="00000000")}, "reporter.phone"),
        ({"reporter": Reporter(nik="6407169901900001")}, "reporter.nik"),
        ({"occurred_on": date(2023, 10, 6)}, "occurred_on"),
        ({"place": Place(latitude=91, longitude=0)}, "place.latitude"),
        ({"place": Place(latitude=float("nan"), longitude=0)}, "place.latitude"),
        ({"place": Place(latitude=1)}, "place.longitude"),
        ({"category": "jalan/6407160101900001"}, "category"),
        ({"attachments": (Attachment(id="081234567890.jpg", media_type="image/jpeg", size=1, sha256=SHA),)},
         "attachments.0.id"),
        ({"attachments": (Attachment(id="x", media_type="Siti", size=1, sha256=SHA),)}, "attachments.0.media_type"),
        ({"attachments": (Attachment(id="x", media_type="image/png", size=-1, sha256=SHA),)}, "attachments.0.size"),
    ],
)  # fmt: skip
def test_a_wrong_field_is_named_by_its_path(changes: dict[str, Any], field: str) -> None:
    refusal = check(submission(**changes), NOW)
    assert refusal == Refusal("invalid", (field,))


def test_references_that_say_nothing_pass_whatever_their_digits() -> None:
    ids = ("08123456-7890-4812-8345-678901234567", "0812345678901234" * 4)
    attachments = tuple(Attachment(id=one, media_type="image/jpeg", size=10, sha256=SHA) for one in ids)
    assert isinstance(check(submission(attachments=attachments), NOW), Identity)


EVERYTHING: dict[str, Keyed] = {
    "complete": Completion(**KEY, narrative="Jalan di depan sekolah rusak berat.", place=Place(area_code="64.07")),
    "amend": Amendment(**KEY, title="Judul baru"),
    "reply": Reply(**KEY, text="Sudah saya lihat."),
    "reopen": Reopening(**KEY, reason="Masih rusak."),
    "withdraw": Withdrawal(**KEY),
    "rate": Rating(**KEY, stars=4),
}
STATES = {
    "UNVERIFIED": IntakeState(),
    "ON_HOLD": IntakeState(facts=Facts(held=True), missing=("narrative", "place")),
    "ASSIGNED": IntakeState(facts=Facts(assignment=1)),
    "IN_PROGRESS": IntakeState(facts=Facts(assignment=1, followed_up=1)),
    "RESOLVED": IntakeState(facts=Facts(assignment=1, resolved=1), resolved_at=NOW),
    "REOPENED": IntakeState(facts=Facts(assignment=1, resolved=1, reopened=1)),
    "ARCHIVED": IntakeState(facts=Facts(ended="ARCHIVED")),
    "REJECTED": IntakeState(facts=Facts(ended="REJECTED")),
}
ALLOWED = {
    "UNVERIFIED": {"amend", "reply", "withdraw"},
    "ON_HOLD": {"complete", "withdraw"},
    "ASSIGNED": {"amend", "reply", "withdraw"},
    "IN_PROGRESS": {"amend", "reply", "withdraw"},
    "RESOLVED": {"reopen", "rate"},
    "REOPENED": {"amend", "reply", "withdraw"},
    "ARCHIVED": set(),
    "REJECTED": set(),
}


@pytest.mark.parametrize("kind", EVERYTHING)
@pytest.mark.parametrize("status", STATES)
def test_what_is_possible_in_each_status(status: str, kind: str) -> None:
    state = STATES[status]
    assert state.status == status
    decision = act(state, EVERYTHING[kind], OWN, NOW, POLICY)
    if kind in ALLOWED[status]:
        assert isinstance(decision, Decision)
        assert len(decision.events) == 1
    else:
        assert decision == Refusal("not_possible_now")
    words = not_possible(state.status, possible(state, NOW, POLICY))
    assert STATUS_EN[state.status] in words.en


def test_reopening_ends_with_the_limit() -> None:
    state, reopening = STATES["RESOLVED"], EVERYTHING["reopen"]
    last = NOW + POLICY.reopen_within
    decision = act(state, reopening, OWN, last, POLICY)
    assert isinstance(decision, Decision)
    assert decision.state.status == "REOPENED"
    assert decision.events == (complaints.Reopened(assignment=1, reason="Masih rusak."),)
    assert act(state, reopening, OWN, last + timedelta(microseconds=1), POLICY) == Refusal("not_possible_now")


def test_a_resolution_is_rated_once_and_the_next_one_again() -> None:
    decision = act(STATES["RESOLVED"], EVERYTHING["rate"], OWN, NOW, POLICY)
    assert isinstance(decision, Decision)
    assert act(decision.state, EVERYTHING["rate"], OWN, NOW, POLICY) == Refusal("not_possible_now")
    again = replace(decision.state, facts=Facts(assignment=2, resolved=2))
    assert isinstance(act(again, EVERYTHING["rate"], OWN, NOW, POLICY), Decision)


def test_a_completion_must_bring_all_that_is_missing() -> None:
    held = STATES["ON_HOLD"]
    half = Completion(**KEY, place=Place(area_code="64.07"))
    assert act(held, half, OWN, NOW, POLICY) == Refusal("invalid", ("narrative",))
    whole = act(held, EVERYTHING["complete"], OWN, NOW, POLICY)
    assert isinstance(whole, Decision)
    assert whole.state.status == "UNVERIFIED"
    assert whole.state.missing == ()


def test_a_completion_in_words_may_name_the_place_in_them() -> None:
    in_words = Completion(**KEY, narrative="Jalan di depan SDN 5 Melak rusak berat.")
    assert isinstance(act(STATES["ON_HOLD"], in_words, OWN, NOW, POLICY), Decision)
    # Of an earlier version, with a text of its own, which would be replaced.
    asked_before = replace(STATES["ON_HOLD"], missing=("place",))
    assert act(asked_before, in_words, OWN, NOW, POLICY) == Refusal("invalid", ("place",))


def test_an_empty_amendment_is_no_amendment() -> None:
    refusal = act(STATES["ASSIGNED"], Amendment(**KEY), OWN, NOW, POLICY)
    assert isinstance(refusal, Refusal)
    assert refusal.reason == "invalid"


def test_later_texts_are_redacted_too() -> None:
    later = [
        (STATES["ON_HOLD"], Completion(**KEY, narrative="Saya Siti Aminah, jalan rusak.", place=Place(address="Siti"))),
        (
            STATES["ASSIGNED"],
            Amendment(**KEY, title="Siti", narrative="NIK 6407160101900001", place=Place(address="Siti")),
        ),
        (STATES["ASSIGNED"], Reply(**KEY, text="hubungi 0812 3456 7890")),
        (STATES["RESOLVED"], Reopening(**KEY, reason="kata Aminah belum")),
        (STATES["ASSIGNED"], Withdrawal(**KEY, reason="siti@example.com")),
        (STATES["RESOLVED"], Rating(**KEY, stars=1, comment="Siti kecewa")),
    ]
    for state, given in later:
        decision = act(state, given, OWN, NOW, POLICY)
        assert isinstance(decision, Decision)
        said = repr(decision)
        assert PLACEHOLDER in said
        for value in ("Siti", "Aminah", "64071", "0812", "siti@"):
            assert value not in said


def test_an_action_with_a_wrong_field_is_refused() -> None:
    given = Amendment(**KEY, place=Place(latitude=100, longitude=1))
    assert act(STATES["ASSIGNED"], given, OWN, NOW, POLICY) == Refusal("invalid", ("place.latitude",))


AGENCY = Agency(code="6407-pupr", name="Dinas PUPR Kutai Barat", zone="WITA")
WHY = assignments.Explanation(
    rule="r", legal_basis="UU 23/2014", matrix_version="1", evidence=(), text_id="Jalan kabupaten", text_en="x"
)


def test_the_reporters_view_follows_the_events() -> None:
    state = registered(submission()).state
    later = NOW + timedelta(days=1)
    assigned = assignments.Assigned(agency=AGENCY, reason="authority", round=1, outlet_number=1, explanation=WHY)
    state = progressed(state, assigned, 1, NOW)
    assert state.status == "ASSIGNED"
    assert state.steps[-1].who == "Dinas PUPR Kutai Barat"
    state = progressed(
        state, replies.FollowedUp(agency="6407-pupr", assignment=1, received_at=later, text="Sudah ditinjau"), 1, later
    )
    assert state.status == "IN_PROGRESS"
    resolved = replies.Resolved(agency="6407-pupr", assignment=1, received_at=later, text="Selesai diperbaiki")
    state = progressed(state, resolved, 2, later + timedelta(hours=1))
    assert state.status == "RESOLVED"
    assert state.resolved_at == later
    assert [step.code for step in state.steps] == ["registered", "assigned", "followed_up", "resolved"]


def test_the_view_tells_of_a_copys_follow_up_and_of_a_waived_reply_and_the_status_stays() -> None:
    told = replies.FollowedUp(agency="64-dlh", assignment=1, received_at=NOW, text="Sudah ditinjau", lead=False)
    state = progressed(STATES["ASSIGNED"], told, 1, NOW)
    state = progressed(state, escalations.ReplyWaived(office="ombudsman-64", agency="6407-pupr", assignment=1), 9, NOW)
    assert state.status == "ASSIGNED"
    assert [(step.code, step.who) for step in state.steps] == [
        ("followed_up", "64-dlh"), ("reply_waived", "ombudsman-64"),
    ]  # fmt: skip


def test_silence_counts_as_a_resolution_from_its_own_time() -> None:
    limit = escalations.Limit(rule="reporter_reply", value=10, unit="working_days", source="s")
    closed = escalations.ClosedBySilence(assignment=1, limit=limit, due_at=NOW)
    state = progressed(STATES["IN_PROGRESS"], closed, 5, NOW + timedelta(minutes=1))
    assert state.status == "RESOLVED"
    assert state.resolved_at == NOW + timedelta(minutes=1)


def test_the_view_does_not_grow_for_ever() -> None:
    state = IntakeState()
    for _ in range(TIMELINE_STEPS + 5):
        state = with_step(state, "followed_up", NOW, text="x" * (TIMELINE_TEXT + 5))
    assert len(state.steps) == TIMELINE_STEPS
    assert len(state.steps[0].text or "") == TIMELINE_TEXT


def test_every_word_has_both_languages() -> None:
    for table in (ACTIONS, STEPS, REFUSALS):
        for words in table.values():
            assert words[0]
            assert words[1]


def test_the_contract_reads_each_kind() -> None:
    for kind, given in EVERYTHING.items():
        assert SUBMISSION.validate_json(given.model_dump_json()) == given
        assert given.model_dump()["kind"] == kind
