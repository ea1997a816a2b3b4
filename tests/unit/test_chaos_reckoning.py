"""The reckoning finds nothing in a true history, and names what is wrong in one that is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from lapor_contracts import agency, alerts, assignments, complaints, escalations, notifications, replies
from lapor_contracts.agency import AgencyReplyRejected
from lapor_contracts.operations import DeadLetter

from tests.chaos.records import ESCALATIONS
from tests.support.chaos_stories import NOW, STORIES, answered, archived, declined, held, reckoned, shown, silent
from tests.support.chaos_story import ID, Story
from tests.support.escalation import wita


@pytest.mark.parametrize("name", STORIES)
def test_a_true_history_is_explained_whole(name: str) -> None:
    reckoning = reckoned(STORIES[name]())
    assert {kind: lines for kind, lines in shown(reckoning).items() if kind != "overtaken"} == {}
    assert reckoning.ok
    assert reckoning.complaints == 1
    assert reckoning.checked["mails"] > 0
    assert reckoning.checked["clocks"] > 0


def test_what_was_overtaken_is_counted() -> None:
    assert not reckoned(silent()).found["overtaken"]
    assert reckoned(held()).found["overtaken"]


def test_nothing_at_all_is_not_good() -> None:
    assert not reckoned(Story()).ok


# --- each fault under its own name -----------------------------------------------------------------------------------


def without(kind: Any) -> Callable[[Story], None]:
    def fault(story: Story) -> None:
        story.remove(story.of(kind))

    return fault


def gap(story: Story) -> None:
    """The record is lost, and its number with it."""
    story.seen.remove(story.of(escalations.ClockStarted))


def again(kind: Any, **changes: Any) -> Callable[[Story], None]:
    """Once more under a number of its own."""

    def fault(story: Story) -> None:
        one = story.of(kind)
        assert one.event is not None
        story.say(one.topic, one.event.model_copy(update=changes), NOW - timedelta(days=1))

    return fault


def at(kind: Any, time: datetime, **changes: Any) -> Callable[[Story], Any]:
    return lambda story: story.forge(story.of(kind), time=time, **changes)


def registered_twice(story: Story) -> None:
    """A second complaint of the same key: another tracking id in nobody's hands."""
    one = story.of(complaints.Registered)
    assert one.event is not None
    event = one.event.model_copy(update={"tracking_id": "9876543210", "title": "laporan nomor 17"})
    story.say(one.topic, event, wita(4), subject=str(UUID(int=5)))


def two_answers(story: Story) -> None:
    story.handed[0]["answers"].append({"status": 200, "tracking_id": "9876543210", "reason": None})


def number_twice(story: Story) -> None:
    """Two different events under one number."""
    one = story.of(escalations.ClockStopped) if story.said else story.of(escalations.LimitMissed)
    story.seen.append(replace(one, offset=99, envelope=replace(one.envelope, id=UUID(int=77))))


def no_mail(story: Story) -> None:
    story.mails.pop()


def mail_to_nobody(story: Story) -> None:
    story.mails.append(replace(story.mails[0], file="x.eml", delivery=str(UUID(int=3))))


def mail_to_another(story: Story) -> None:
    story.mails[0] = replace(story.mails[0], to="orang@lain.example")


def unsettled(story: Story) -> None:
    last = [s for s in story.seen if isinstance(s.event, notifications.Sent)][-1]
    story.remove(last)


def dead_letter(story: Story) -> None:
    letter = DeadLetter(
        service="router", topic=ESCALATIONS, partition=0, offset=3, event_id=None, subject=UUID(ID), number=2,
        reason="invalid_body", field=None,
    )  # fmt: skip
    story.say("lapor.dlq.router", letter, NOW)


def refused_for_nothing(story: Story) -> None:
    """The agency's own current assignment, and nothing had ended it."""
    accepted = story.of(replies.Accepted)
    said = next(s for s in story.seen if str(s.envelope.id) == story.said[0]["id"])
    story.remove(accepted)
    rejected = AgencyReplyRejected(reply=said.envelope.id, reason="not_current", text_id="-", text_en="-")
    story.say("lapor.agency.6407-dlh", rejected, wita(5))


def nobody_said_it(story: Story) -> None:
    story.said.clear()
    story.seen = [s for s in story.seen if not s.topic.startswith("lapor.agency-replies.")]


def wrong_counts(story: Story) -> None:
    story.said[0]["wrong"] = True


def proof_of_nothing(story: Story) -> None:
    alerted = story.of(alerts.Alerted)
    assert isinstance(alerted.event, alerts.Alerted)
    first, *others = alerted.event.proof
    story.forge(alerted, proof=(first.model_copy(update={"number": 7}), *others))


FAULTS: list[tuple[str, Callable[[], Story], Callable[[Story], None], str]] = [
    ("not registered", silent, without(complaints.Registered), "lost"),
    ("registered twice", silent, registered_twice, "duplicated"),
    ("two tracking ids for one key", silent, two_answers, "duplicated"),
    ("a gap", silent, gap, "lost"),
    ("a number twice", silent, number_twice, "duplicated"),
    ("no assignment", answered, without(assignments.Assigned), "lost"),
    ("not in the outlet", silent, without(agency.AgencyAssigned), "lost"),
    ("not released in the outlet", declined, without(agency.AgencyReleased), "lost"),
    ("not reminded in the outlet", silent, without(agency.AgencyReminded), "lost"),
    ("told of its limit twice", silent, again(agency.AgencyLimitMissed), "duplicated"),
    ("never archived", archived, without(assignments.Archived), "lost"),
    ("held twice", archived, again(complaints.Held), "duplicated"),
    ("assigned while another has it", silent, again(assignments.Assigned, round=2), "unexplained"),
    ("declined, and nobody's", declined, without(assignments.Released), "lost"),
    ("the last step is missing", silent, without(alerts.Alerted), "lost"),
    ("a step in between is missing", silent, without(escalations.Reminded), "unexplained"),
    ("a reminder too early", silent, at(escalations.Reminded, wita(4, 12)), "unexplained"),
    ("a limit missed too early", silent, at(escalations.LimitMissed, wita(6)), "unexplained"),
    ("a reminder after the limit", silent, at(escalations.Reminded, wita(16)), "unexplained"),
    ("a wrong limit", silent, at(escalations.LimitMissed, wita(20), due_at=wita(19)), "unexplained"),
    ("another superior", silent, at(escalations.SuperiorTold, wita(20), superior="64-inspektorat"), "unexplained"),
    ("reminded twice", silent, again(escalations.Reminded), "duplicated"),
    ("alerted twice", silent, again(alerts.Alerted), "duplicated"),
    ("an alert that proves nothing", silent, proof_of_nothing, "unexplained"),
    ("not closed by silence", answered, without(escalations.ClosedBySilence), "lost"),
    ("a clock that does not stop", answered, without(escalations.ClockStopped), "lost"),
    ("a clock that stops twice", answered, again(escalations.ClockStopped), "duplicated"),
    ("an answer in time, called late", declined, at(escalations.ClockStopped, wita(5), in_time=False), "unexplained"),
    ("a clock that does not go on", held, without(escalations.ClockResumed), "lost"),
    ("nothing queued", silent, without(notifications.Queued), "lost"),
    ("queued twice", silent, again(notifications.Queued), "duplicated"),
    ("sent twice", silent, again(notifications.Sent), "duplicated"),
    ("not sent", silent, unsettled, "lost"),
    ("sent, and not there", silent, no_mail, "lost"),
    ("a mail to nobody", silent, mail_to_nobody, "unexplained"),
    ("a mail to another", silent, mail_to_another, "unexplained"),
    ("a dead letter", silent, dead_letter, "unexplained"),
    ("a reply that is gone", answered, without(replies.Accepted), "lost"),
    ("a reply that counts twice", answered, again(replies.Accepted), "duplicated"),
    ("a reply refused for nothing", answered, refused_for_nothing, "unexplained"),
    ("a reply that nobody gave", answered, nobody_said_it, "unexplained"),
    ("a reply to a wrong assignment counts", answered, wrong_counts, "unexplained"),
]  # fmt: skip


@pytest.mark.parametrize(("story", "fault", "kind"), [f[1:] for f in FAULTS], ids=[f[0] for f in FAULTS])
def test_a_fault_is_found(story: Callable[[], Story], fault: Callable[[Story], None], kind: str) -> None:
    told = story()
    fault(told)
    reckoning = reckoned(told)
    assert kind in shown(reckoning), shown(reckoning)
    assert not reckoning.ok
