"""Nobody's identity is anywhere but in the vault, the seals, and the mails to the reporter.

Identities are planted wherever something can be written, rightly or wrongly. Then everything that the services
have left is searched for them: topics, tables, logs, metrics, traces, answers, mails to others.
"""

from __future__ import annotations

import asyncio
import base64
from urllib.parse import quote

import pytest
from lapor_contracts import assignments
from lapor_contracts.submissions import NewSubmission
from lapor_deploy.stack import SERVICES

from tests.support import journey_abuse, journey_places, journey_planted
from tests.support.journey import Filed
from tests.support.journey_leaks import Place, needles, search, word
from tests.support.journey_persons import PLANTED, PLANTED_APP, PLANTED_SILENT, SEMBUAN, SILENT, THIRD
from tests.support.journey_places import named
from tests.support.journey_planted import MARK
from tests.support.journey_play import Play

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
REPORTERS = (PLANTED, PLANTED_APP, PLANTED_SILENT, SILENT)
WANTED = [needle for person in (*REPORTERS, THIRD) for needle in needles(person)]


@pytest.mark.parametrize("place", range(4))
@pytest.mark.parametrize("encoded", ["plain", "upper", "base64", "urlsafe", "hex", "HEX", "url", "in pieces"])
def test_the_search_finds_every_spelling(encoded: str, place: int) -> None:
    """Also in the middle of something longer, wherever in it the encoding's groups begin."""
    texts = {"NIK": PLANTED.nik, "phone": PLANTED.phone, "e-mail": PLANTED.email, "name": PLANTED.name}
    for what, text in texts.items():
        if encoded == "in pieces" and what not in ("NIK", "phone"):
            continue
        around = b"\xfe" * place
        raw = around + text.encode() + b"\xfd\xfc"
        data = {
            "plain": raw,
            "upper": raw.upper(),
            "base64": base64.b64encode(raw),
            "urlsafe": base64.urlsafe_b64encode(raw),
            "hex": raw.hex().encode(),
            "HEX": raw.hex().upper().encode(),
            "url": quote(text, safe="").encode(),
            "in pieces": " / ".join(text).encode(),
        }[encoded]
        found = list(search([Place("topic", "x", data)], needles(PLANTED)))
        assert any(what in line for line in found), (what, encoded)
    assert not list(search([Place("topic", "x", b"Jalan rusak 2023-10-04 1234567897")], needles(PLANTED)))


async def test_identity_is_nowhere(play: Play) -> None:
    answers: list[Place] = []
    http, app, silent = await asyncio.gather(
        journey_planted.over_http(play, answers),
        journey_planted.through_a_channel(play),
        journey_planted.before_the_ombudsman(play),
    )
    answers += await journey_abuse.over_http(play, http)
    own_words = play.spoken | await journey_abuse.on_topics(play, http)
    await _everything_is_out(play, http, app, silent)

    places = await journey_places.all_places(play.world, own_words)
    others = journey_places.mails(play.world, but_to={person.email for person in REPORTERS})
    found = list(search([p for p in [*places, *answers, *others] if p.kind != "own words"], WANTED))
    assert not found, "\n".join(found)
    codes = [word(filed.access_code) for filed in (http, app, silent)]
    found = list(search([p for p in places if not p.name.startswith("lapor.receipts.")], codes))
    assert not found, "\n".join(found)
    for person in REPORTERS:  # each reporter's own mails say nothing that only the others may know
        foreign = [needle for needle in WANTED if needle not in needles(person)]
        mine = [Place("mail", m.to, f"{m.subject}{m.text}".encode()) for m in play.world.mailbox.mails(person.email)]
        assert mine
        assert not list(search(mine, foreign))
        assert not list(search(mine, [needle for needle in needles(person) if needle.what in ("NIK", "phone")]))
    _searched_rightly(places, http)


async def _everything_is_out(play: Play, *filed: Filed) -> None:
    """The mails are sent; and one more complaint has gone through, after which each service's spans have come:
    they come in order."""
    for one in filed[:2]:
        address = (PLANTED if one is filed[0] else PLANTED_APP).email
        await play.world.mailbox.until(lambda found: len(found) >= 3, address, one.tracking_id)
    await play.world.mailbox.until(
        lambda found: any("Reprimand" in mail.subject for mail in found), PLANTED_SILENT.email, filed[2].tracking_id
    )
    before = len(play.world.collector.bodies())
    body = {
        "title": "Lampu",
        "narrative": "Lampu jalan kabupaten padam sejak kemarin malam.",
        "place": {"area_code": SEMBUAN},
        "category": "jalan-rusak/kabupaten",
    }
    last = await play.hand_in(NewSubmission.model_validate(body))
    await play.expect(last, assignments.Assigned)
    async with asyncio.timeout(30):
        while not all(_traced(play, service, before) for service in SERVICES):  # noqa: ASYNC110 - over HTTP
            await asyncio.sleep(0.1)


def _traced(play: Play, service: str, since: int) -> bool:
    return any(f"lapor-{service}".encode() in body for body in play.world.collector.bodies()[since:])


def _searched_rightly(places: list[Place], http: Filed) -> None:
    """The search does find what may be there, in each kind of place."""

    def finds(text: str, kind: str, *names: str) -> bool:
        return all(list(search([place], [word(text)])) for place in named(places, kind, *names))

    complaint = str(http.complaint)
    for topic in ("lapor.complaints", "lapor.agency.6407-pupr", "lapor.escalations"):
        assert finds(MARK, "topic", topic), topic
    for topic in ("lapor.assignments", "lapor.contacts", "lapor.notifications", "lapor.dlq.router"):
        assert finds(complaint, "topic", topic), topic
    for table in ("router.subject", "notifier.complaint", "escalation.subject"):
        assert finds(MARK, "table", table), table
    for table in ("intake.identity", "intake.tracking", "intake.subject", "notifier.delivery"):
        assert any(complaint in place.data.decode(errors="ignore") for place in named(places, "table", table)), table
    assert any(list(search([place], [word(MARK)])) for place in named(places, "table", "intake.outbox"))
    for service in SERVICES:
        assert finds("started", "log", f"log/{service}"), service
        assert finds("lapor_batch_seconds", "metrics", service), service
        assert any(f"lapor-{service}".encode() in place.data for place in named(places, "trace", "")), service
    assert finds(complaint, "log", "log/router")
    # And what outsiders wrote in the clear themselves stands where they wrote it, in every way it was planted.
    for topic in (
        "lapor.submissions.app",
        "lapor.agency-replies.6407-pupr",
        "lapor.ombudsman.replies",
        "lapor.decisions",
    ):
        (place,) = named(places, "own words", topic)
        assert len(list(search([place], needles(PLANTED)))) == len(needles(PLANTED)), topic
