"""What was handed in: accepted as it was, or refused with a reason; and every dead letter has a cause."""

from __future__ import annotations

from typing import Any

import pytest
from lapor_contracts.operations import DeadLetter

from tests.chaos.report import KINDS, Reckoning
from tests.support.chaos_stories import NOW, reckoned, shown, silent
from tests.support.chaos_story import KEY, TRACKING


def malformed(**changes: Any) -> dict[str, Any]:
    line = {"n": 18, "medium": "kafka", "channel": "sms", "key": "story-0002", "kind": "malformed", "twice": False,
            "secret": False, "anonymous": False, "has_contact": False, "email": None, "answers": [], "settled": True,
            "complaint": None}  # fmt: skip
    return {**line, **changes}


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        ([{"status": 422, "tracking_id": None, "reason": "invalid"}], "refused"),
        ([{"receipt": "Refused", "tracking_id": None, "reason": "cannot_open"}], "refused"),
        ([{"receipt": "Refused", "tracking_id": None, "reason": None}], "unexplained"),
        ([{"status": 500, "tracking_id": None, "reason": "bug"}], "lost"),
        ([], "lost"),
        ([{"status": 201, "tracking_id": TRACKING, "reason": None}], "unexplained"),
    ],
)
def test_what_is_malformed_is_refused_with_a_reason(answers: list[dict[str, Any]], kind: str) -> None:
    story = silent()
    story.handed.append(malformed(answers=answers))
    reckoning = reckoned(story)
    assert kind in shown(reckoning)
    assert reckoning.ok == (kind == "refused")


def test_a_dead_letter_with_a_cause_is_counted_and_is_no_fault() -> None:
    story = silent()
    story.handed.append(malformed())
    story.say("lapor.dlq.intake", DeadLetter(
        service="intake", topic="lapor.submissions.sms", partition=1, offset=3, event_id="story-0002", subject=None,
        number=None, reason="cannot_open", field="sealed",
    ), NOW)  # fmt: skip
    reckoning = reckoned(story)
    assert (len(reckoning.found["dead_letters"]), len(reckoning.found["refused"]), reckoning.ok) == (1, 1, True)


@pytest.mark.parametrize(
    ("changes", "kind"),
    [
        ({"answers": [], "settled": False}, "lost"),
        ({"answers": [{"status": 422, "tracking_id": None, "reason": "invalid"}]}, "unexplained"),
        ({"channel": "sms"}, "unexplained"),
        ({"anonymous": False}, "unexplained"),
    ],
)
def test_what_is_good_is_accepted_as_it_was_handed_in(changes: dict[str, Any], kind: str) -> None:
    story = silent()
    story.handed[0].update(changes)
    reckoning = reckoned(story)
    assert kind in shown(reckoning)
    assert not reckoning.ok


def test_details_are_cut_and_counts_are_not() -> None:
    reckoning = Reckoning(complaints=1)
    for n in range(70):
        reckoning.add("lost", str(n), KEY)
    shown_ = reckoning.as_json()
    assert shown_["lost"] == 70
    assert len(shown_["details"]["lost"]) == 50
    assert set(KINDS) < set(shown_)
