"""What the reckoning must not take for a fault, and what only a kill excuses."""

from __future__ import annotations

from dataclasses import replace
from uuid import UUID

import pytest
from lapor_contracts import replies

from tests.chaos.reckoning import judge
from tests.chaos.records import ESCALATIONS
from tests.support.chaos_stories import NOW, reckoned, shown, silent
from tests.support.chaos_story import Story
from tests.support.escalation import wita


@pytest.mark.parametrize(
    ("what", "at_", "kind"),
    [
        ("notifier-1", "2026-11-25T23:14:58+00:00", "mail_repeats"),
        ("router-1", "2026-11-25T23:14:58+00:00", "duplicated"),
        ("notifier-1", "2026-11-25T23:15:09+00:00", "duplicated"),
        ("notifier-1", "2026-11-25T23:14:02+00:00", "duplicated"),
    ],
)
def test_a_mail_may_come_again_when_it_was_on_its_way_at_a_kill(what: str, at_: str, kind: str) -> None:
    story = silent()
    story.mails.append(replace(story.mails[3], file="20261125T231502.349750Z-000900.eml"))
    reckoning = reckoned(story, kills=[{"what": what, "how": "SIGKILL", "counts": True, "at": at_}])
    assert shown(reckoning).keys() == {kind}
    assert (reckoning.ok, reckoning.kills) == (kind == "mail_repeats", 1)


def test_a_repeat_on_the_topic_is_harmless() -> None:
    story = silent()
    story.seen += [replace(one, offset=one.offset + 1_000) for one in story.seen if one.topic != "lapor.agencies"]
    assert shown(reckoned(story)) == {}


def test_what_is_due_later_need_not_be_there() -> None:
    story = Story().register(wita(4))
    story.assign(wita(4, 11))
    story.until(wita(11))
    assert shown(judge(story.evidence(wita(11)))) == {}
    assert judge(story.evidence(wita(13))).found["lost"] != []


def test_what_was_said_after_the_moment_is_left_out() -> None:
    """The ladder climbs on while the topics are being read."""
    assert shown(judge(silent().evidence(wita(12)))) == {}


def beside_a_silent_one(story: Story) -> None:
    """Another complaint of the same partition, whose timers go on."""
    other = Story().register(wita(4))
    other.assign(wita(4, 11))
    other.until(NOW)
    subject = str(UUID(int=(1_700_000_000_000 << 80) | (7 << 76) | (2 << 62) | 2))
    story.seen += [
        replace(one, offset=one.offset + 1_000, envelope=replace(one.envelope, subject=subject))
        for one in other.seen if one.topic in (ESCALATIONS, "lapor.complaints", "lapor.assignments")
    ]  # fmt: skip


def test_a_step_that_was_passed_over_while_others_were_sent_is_missing() -> None:
    """The agency answers late; its reminder had been due, and timers of its partition were going on meanwhile."""
    story = Story().register(wita(4))
    story.assign(wita(4, 11))
    story.until(wita(10)).reply(replies.Accepted, wita(20))  # escalation fires nothing from the 10th on
    story.until(NOW)
    assert not reckoned(story).found["lost"]
    beside_a_silent_one(story)
    assert any("reminded" in line and "later" in line for line in reckoned(story).found["lost"])


def test_while_a_reply_waits_for_its_cause_no_step_is_missing() -> None:
    """It may be the answer, so the timers of its complaint wait with it."""
    story = Story().register(wita(4))
    story.assign(wita(4, 11))
    story.until(wita(10)).reply(replies.Accepted, wita(20))
    followed_up = story.reply(replies.FollowedUp, wita(21), lead=True)
    story.until(NOW)
    beside_a_silent_one(story)
    assert any("later" in line for line in reckoned(story).found["lost"])
    story.seen = [replace(one, arrived=wita(10)) if one is followed_up else one for one in story.seen]
    assert not any("later" in line for line in reckoned(story).found["lost"])
