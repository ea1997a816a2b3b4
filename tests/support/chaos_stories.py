"""Five true histories of a complaint, and what the reckoning finds in one."""

from __future__ import annotations

from typing import Any

from lapor_contracts import assignments, complaints, replies

from tests.chaos.reckoning import judge
from tests.chaos.report import Reckoning
from tests.support.chaos_story import Story
from tests.support.escalation import PUPR, wita

NOW = wita(20, month=12)


def silent() -> Story:
    """An agency that says nothing: both ladders to their ends."""
    story = Story().register(wita(4))
    story.assign(wita(4, 11))
    return story.until(NOW)


def answered() -> Story:
    """Accepted, followed up, and closed by the reporter's silence."""
    story = Story().register(wita(4))
    story.assign(wita(4, 11))
    story.reply(replies.Accepted, wita(5))
    story.reply(replies.FollowedUp, wita(6))
    return story.until(NOW)


def declined() -> Story:
    """To another agency, which resolves it late."""
    story = Story().register(wita(4))
    story.assign(wita(4, 11))
    story.until(wita(5)).reply(replies.Declined, wita(5))
    story.tell("lapor.assignments", assignments.Released(assignment=1, agency="6407-dlh", reason="declined"), wita(5))
    story.assign(wita(5), PUPR, reason="declined")
    story.until(wita(16)).reply(replies.Resolved, wita(16))
    return story.until(NOW)


def held() -> Story:
    """Incomplete, completed, and silent for some days of an outage of ours."""
    story = Story().register(wita(4), complete=False)
    story.tell("lapor.complaints", complaints.Held(missing=("place",)), wita(4))
    story.tell("lapor.complaints", complaints.Completed(), wita(9))
    story.assign(wita(9, 11))
    story.outage_until(wita(24))
    return story.until(NOW)


def archived() -> Story:
    """What was missing never came."""
    story = Story().register(wita(4), complete=False)
    story.tell("lapor.complaints", complaints.Held(missing=("place",)), wita(4))
    story.until(wita(14))
    story.tell("lapor.assignments", assignments.Archived(reason="no_data", text_id="-", text_en="-"), wita(14))
    return story.until(NOW)


STORIES = {"silent": silent, "answered": answered, "declined": declined, "held": held, "archived": archived}


def reckoned(story: Story, **run: Any) -> Reckoning:
    return judge(story.evidence(NOW, **run))


def shown(reckoning: Reckoning) -> dict[str, list[str]]:
    return {kind: lines for kind, lines in reckoning.found.items() if lines}
