"""An agency that says nothing, up to the Ombudsman; with escalation killed just when the Ombudsman answers."""

from __future__ import annotations

from collections import Counter

import pytest
from lapor_contracts import agency as outlet
from lapor_contracts import alerts, assignments, escalations
from lapor_contracts.ombudsman_replies import OmbudsmanAcknowledged, OmbudsmanReprimanded
from lapor_deploy.outsider import causal_order

from tests.support.journey_persons import SILENT
from tests.support.journey_play import Found, Play

pytestmark = [pytest.mark.e2e, pytest.mark.timeout(300)]
DLH, OFFICE = "6407-dlh", "ombudsman-64"
LADDER_SECONDS = 150.0
TEXT = "Dinas tidak menanggapi laporan dalam batas waktu: penundaan berlarut."


async def test_silence_climbs_the_ladder_and_ends_in_a_reprimand(play: Play) -> None:
    filed = await play.registered(*play.world.silent["silent"])
    alerted = await play.expect(filed, alerts.Alerted, seconds=LADDER_SECONDS, assignment=1)
    assigned = await play.expect(filed, assignments.Assigned)
    assert assigned.event.agency.code == DLH
    steps = [await play.expect(filed, kind, clock="agency") for kind in (
        escalations.Reminded, escalations.LimitMissed, escalations.SuperiorTold,
    )]  # fmt: skip
    times = [found.read.envelope.time for found in (assigned, *steps, alerted)]
    assert times == sorted(times)
    assert steps[1].event.limit.value == 2
    assert steps[1].read.envelope.time >= steps[1].event.due_at
    assert steps[0].read.envelope.time < steps[0].event.due_at
    assert steps[2].event.superior == "6407-inspektorat"
    number = (await play.in_outlet(DLH, filed, outlet.AgencyAssigned)).number
    await play.in_outlet(DLH, filed, outlet.AgencyReminded, assignment=number)
    await play.in_outlet(DLH, filed, outlet.AgencyLimitMissed, assignment=number)
    await _proven(play, alerted, [assigned, *steps])

    # What the Ombudsman writes while escalation is down is not lost, and counts once.
    play.world.kill("escalation")
    await play.ombudsman(filed, OmbudsmanAcknowledged(office=OFFICE))
    await play.ombudsman(filed, OmbudsmanReprimanded(office=OFFICE, text=TEXT))
    play.world.start("escalation")
    await play.world.until_ready("escalation")
    await play.expect(filed, escalations.Acknowledged, office=OFFICE)
    reprimanded = await play.expect(filed, escalations.Reprimanded, text=TEXT)
    assert (reprimanded.event.agency, reprimanded.event.assignment) == (DLH, 1)
    await play.in_outlet(DLH, filed, outlet.AgencyReprimanded, assignment=number, text=TEXT)
    (mail,) = await play.world.mailbox.until(bool, SILENT.email, f"{filed.tracking_id}] Teguran")
    assert TEXT in " ".join(mail.text.split())
    agency = await play.world.mailbox.until(bool, about=f"{filed.tracking_id}] Teguran")
    await play.world.mailbox.until(lambda found: len(found) == 2, about=f"{filed.tracking_id}] Teguran")
    assert agency
    _each_step_once(play, filed.complaint)


async def _proven(play: Play, alerted: Found, expected: list[Found]) -> None:
    """Each item of the proof is on the topic and under the number that it names, and the mail names it too."""
    complaint = alerted.read.envelope.subject
    on_topics = {(r.topic, r.envelope.number): r for r in play.core.reads if r.envelope.subject == complaint}
    for item in alerted.event.proof:
        read = on_topics[item.topic, item.number]
        assert (read.envelope.id, read.envelope.time) == (item.event_id, item.at), item
    proven = {item.event_id for item in alerted.event.proof}
    assert proven >= {found.read.envelope.id for found in expected}
    assert alerted.event.proof[0].what == "registered"
    (mail,) = await play.world.mailbox.until(bool, about=f"{alerted.event.tracking_id}] Pemberitahuan")
    assert "ombudsman" in mail.to
    words = " ".join(mail.text.split())
    for item in alerted.event.proof:
        assert f"{item.topic} nomor/number {item.number} {item.event_id}" in words
    assert f"lapor.ombudsman.alerts nomor {alerted.number}" in words


def _each_step_once(play: Play, complaint: object) -> None:
    once = (escalations.Reminded, escalations.LimitMissed, escalations.SuperiorTold, alerts.Alerted)
    numbered = {
        (r.topic, r.envelope.number): r.event
        for r in causal_order(play.core.reads)
        if r.envelope.subject == str(complaint)
    }
    fired = Counter(
        (type(event), event.clock, event.assignment, event.limit.rule) if not isinstance(event, alerts.Alerted)
        else (type(event), "", event.assignment, event.limit.rule)
        for event in numbered.values()
        if isinstance(event, once)
    )  # fmt: skip
    assert set(fired.values()) == {1}, fired
    assert sum(isinstance(event, escalations.Reprimanded) for event in numbered.values()) == 1
