"""What the Ombudsman asks reaches the agency that is meant, which can answer as long as it is asked."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lapor_contracts import agency_replies, complaints, escalations

from tests.support.router_life import LIMIT, NOW, Life, declined, names, resolve

FOLLOWED_UP = agency_replies.AgencyFollowedUp(assignment=1, text="Penjelasan kami.")
SILENCE = escalations.ClosedBySilence(assignment=1, limit=LIMIT, due_at=NOW)


def asked(agency: str | None, assignment: int | None, number: int = 1) -> escalations.ClarificationAsked:
    fields = {"office": "ombudsman-64", "agency": agency, "assignment": assignment, "round": number}
    return escalations.ClarificationAsked.model_validate(
        {**fields, "text": "Mengapa belum ditangani?", "answer_by": NOW + timedelta(days=14)}
    )


def test_a_request_for_an_explanation_has_the_number_that_the_agency_knows() -> None:
    life = Life()
    life.registered(category="jaringan/menara-internet")
    life.edge(declined(1, "komdigi"), "6407-diskominfo")
    ((topic, _, told),) = life.core(asked("komdigi", 3, 2))
    assert (topic, told.assignment, told.round) == ("lapor.agency.komdigi", 1, 2)
    assert (told.text, told.answer_by) == ("Mengapa belum ditangani?", NOW + timedelta(days=14))
    ((topic, _, told),) = life.core(asked("komdigi", None))
    assert (topic, told.assignment) == ("lapor.agency.komdigi", None)


def test_a_request_about_the_system_or_of_a_stranger_is_in_no_outlet() -> None:
    life = Life()
    life.registered()
    assert life.core(asked(None, None)) == []
    assert life.core(asked(None, 7)) == []
    assert life.core(asked("dinas-liar", None)) == []


@pytest.mark.parametrize("closing", [resolve(), SILENCE], ids=["resolved", "silence"])
def test_the_lead_may_still_explain_after_the_closing_and_nothing_opens(
    closing: agency_replies.AgencyResolved | escalations.ClosedBySilence,
) -> None:
    life = Life()
    life.registered(category="banjir/sungai")
    if isinstance(closing, escalations.ClosedBySilence):
        life.core(closing)
    else:
        life.edge(closing, "bws-64")
    before = life.state
    assert before.phase == "closed"
    assert names(life.core(asked("bws-64", 1))) == [("agency.bws-64", "AgencyClarificationAsked")]
    ((topic, _, reply),) = life.edge(FOLLOWED_UP, "bws-64")
    assert (topic, reply.agency, reply.assignment, reply.lead) == ("lapor.replies", "bws-64", 1, True)
    assert life.state == before
    # A copy has nothing to explain any more, and nothing else is taken from anybody.
    ((_, _, refused),) = life.edge(FOLLOWED_UP, "6407-bpbd")
    assert refused.reason == "already_closed"
    ((_, _, refused),) = life.edge(resolve(), "bws-64")
    assert refused.reason == "already_closed"
    assert names(life.core(complaints.Reopened(assignment=1, reason="Belum.")))[-1] == ("assignments", "Assigned")


def test_after_a_reopening_the_old_assignment_takes_no_explanation() -> None:
    life = Life()
    life.registered()
    life.edge(resolve(), "6407-pupr")
    life.core(complaints.Reopened(assignment=1, reason="Belum."))
    ((_, _, refused),) = life.edge(FOLLOWED_UP, "6407-pupr")
    assert refused.reason == "not_current"


def test_after_a_withdrawal_nobody_explains() -> None:
    life = Life()
    life.registered()
    life.edge(resolve(), "6407-pupr")
    life.core(complaints.Withdrawn())
    ((_, _, refused),) = life.edge(FOLLOWED_UP, "6407-pupr")
    assert refused.reason == "already_closed"
