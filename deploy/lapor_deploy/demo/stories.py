"""The three reports of Kampung Sembuan (64.07.16.2004), and what has to come of each."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import timedelta
from operator import attrgetter
from uuid import UUID

from lapor_contracts import agency as outlet
from lapor_contracts import agency_replies, alerts, assignments, escalations, notifications, replies
from lapor_contracts.base import Event, Place
from lapor_contracts.ombudsman_replies import OmbudsmanAcknowledged, OmbudsmanReprimanded
from lapor_contracts.submissions import NewSubmission, Reporter

from lapor_deploy.demo.cast import STEP_SECONDS, Cast
from lapor_deploy.outsider import CORE, Journal, Read

SEMBUAN = "64.07.16.2004"
OMBUDSMAN = "ombudsman-64"
MAILS = "lapor.notifications"
ALERT_SECONDS = 90.0
# What the story waits for: an event, and of whom.
Expected = tuple[str, type[Event]]


@dataclass
class Told:
    """One story while it is told. `missing`: what was expected and did not come.

    `extent`: by core topic the highest number that belongs to the story: what was expected, and what it names as its
    causes. Clocks run on when a story is told, so what comes later differs from run to run.
    """

    title: str
    complaint: UUID
    tracking_id: str
    missing: list[str] = field(default_factory=list)
    extent: dict[str, int] = field(default_factory=lambda: {"lapor.complaints": 1})

    def holds(self, read: Read) -> bool:
        """Is it part of the story? Of mails all are: they go out side by side."""
        return read.topic == MAILS or (read.envelope.number or 0) <= self.extent.get(read.topic, 0)

    async def expect(
        self, journal: Journal, kind: type[Event], seconds: float = STEP_SECONDS, **fields: object
    ) -> bool:
        """Waits for an event of this complaint; what does not come is noted, and the story goes on.

        `fields`: what it has to say; `limit__rule` is the rule of its limit.
        """
        wanted = {attrgetter(name.replace("__", ".")): value for name, value in fields.items()}

        def fits(event: Event | None) -> bool:
            return isinstance(event, kind) and all(get(event) == value for get, value in wanted.items())

        found = await journal.first(lambda r: r.envelope.subject == str(self.complaint) and fits(r.event), seconds)
        if found is None:
            what = "".join(f", {name} {value}" for name, value in fields.items())
            self.missing.append(f"{self.title}: {kind.type}{what}")
        elif found.topic in CORE and found.topic != MAILS:
            for topic, number in {**found.envelope.after, found.topic: found.envelope.number or 0}.items():
                self.extent[topic] = max(number, self.extent.get(topic, 0))
        return found is not None

    async def told(self, cast: Cast, role: notifications.Role, about: type[Event]) -> bool:
        """Waits for the mail about the newest event of that kind to be sent."""
        about_id = [r.envelope.id for r in cast.core.of(self.complaint) if isinstance(r.event, about)][-1:]
        queued = await cast.core.first(
            lambda r: (
                isinstance(r.event, notifications.Queued) and [r.event.about] == about_id and r.event.role == role
            ),
            STEP_SECONDS,
        )
        if queued is None or not isinstance(queued.event, notifications.Queued):
            self.missing.append(f"{self.title}: a mail to the {role} about {about.type}")
            return False
        return await self.expect(cast.core, notifications.Sent, delivery=queued.event.delivery)


async def road(cast: Cast) -> Told:
    """1: a damaged regency road, resolved by Kutai Barat's public works; the reporter is told."""
    body = NewSubmission(
        title="Jalan kampung rusak berat",
        narrative="Jalan kabupaten ke Kampung Sembuan berlubang sepanjang 300 meter, tidak bisa dilalui saat hujan.",
        category="jalan-rusak/kabupaten",
        place=Place(area_code=SEMBUAN),
        reporter=Reporter(name="Yohana Lawing", email="yohana.lawing@warga.example", phone="+62 812-5550-0101"),
    )
    told = Told("1 road", *await cast.hand_in(body))
    pupr = "6407-pupr"
    number = await cast.assigned(pupr, told.complaint)
    await told.expect(cast.core, escalations.ClockStarted, clock="agency")
    await told.told(cast, "reporter", assignments.Assigned)
    await cast.office_hours()
    await cast.reply(pupr, told.complaint, agency_replies.AgencyAccepted(assignment=number))
    await told.expect(cast.core, replies.Accepted)
    await told.expect(cast.core, escalations.ClockStopped, limit="first_response")
    await _next_day(cast)
    text = "Tim survei sudah ke lokasi; penimbunan dimulai hari Senin."
    await cast.reply(pupr, told.complaint, agency_replies.AgencyFollowedUp(assignment=number, text=text))
    await told.expect(cast.core, replies.FollowedUp)
    await told.told(cast, "reporter", replies.FollowedUp)
    await _next_day(cast)
    text = "Jalan sudah ditimbun dan dipadatkan sepanjang 300 meter."
    await cast.reply(pupr, told.complaint, agency_replies.AgencyResolved(assignment=number, text=text))
    await told.expect(cast.core, replies.Resolved)
    for clock, limit in (("citizen", "whole"), ("agency", "completion"), ("agency", "reporter_reply")):
        await told.expect(cast.core, escalations.ClockStopped, clock=clock, limit=limit)
    await told.told(cast, "reporter", replies.Resolved)
    return told


async def internet(cast: Cast) -> Told:
    """2: poor internet; the regency declines and suggests the ministry, which accepts."""
    body = NewSubmission(
        title="Sinyal internet sangat lemah",
        narrative="Menara di Kampung Sembuan sering mati dan internet tidak dapat dipakai untuk sekolah.",
        category="jaringan/menara-internet",
        place=Place(area_code=SEMBUAN),
        reporter=Reporter(name="Markus Ding", email="markus.ding@warga.example"),
    )
    told = Told("2 internet", *await cast.hand_in(body))
    first, second = "6407-diskominfo", "komdigi"
    number = await cast.assigned(first, told.complaint)
    await told.expect(cast.core, escalations.ClockStarted, clock="agency")
    await cast.office_hours()
    reason = "Layanan seluler dan menara operator adalah kewenangan pusat."
    decline = agency_replies.AgencyDeclined(assignment=number, reason=reason, suggested=second)
    await cast.reply(first, told.complaint, decline)
    await told.expect(cast.core, replies.Declined, agency=first)
    await told.expect(cast.core, assignments.Released, agency=first, reason="declined")
    await told.expect(cast.outlets[first], outlet.AgencyReleased)
    again = await cast.assigned(second, told.complaint)
    await told.expect(cast.core, assignments.Assigned, reason="declined")
    await told.told(cast, "reporter", assignments.Assigned)
    await cast.office_hours()
    await cast.reply(second, told.complaint, agency_replies.AgencyAccepted(assignment=again))
    await told.expect(cast.core, replies.Accepted, agency=second)
    await told.expect(cast.core, escalations.ClockStarted, clock="agency", limit__rule="completion")
    return told


async def pollution(cast: Cast) -> Told:
    """3: environmental damage, anonymous; the agency stays silent until the Ombudsman reprimands it."""
    body = NewSubmission(
        title="Air sungai keruh dan berbau",
        narrative="Air sungai di Kampung Sembuan berubah warna, banyak ikan mati sejak ada limbah dibuang di hulu.",
        category="lingkungan/pencemaran",
        place=Place(area_code=SEMBUAN),
        anonymous=True,
        reporter=Reporter(name="Theresia Hibau", email="theresia.hibau@warga.example"),
    )
    told = Told("3 pollution", *await cast.hand_in(body))
    dlh = "6407-dlh"
    await cast.assigned(dlh, told.complaint)
    await told.expect(cast.core, escalations.ClockStarted, clock="agency")
    for step in (escalations.Reminded, escalations.LimitMissed, escalations.SuperiorTold):
        await told.expect(cast.core, step, ALERT_SECONDS, clock="agency")
    await told.expect(cast.outlets[dlh], outlet.AgencyReminded)
    await told.expect(cast.outlets[dlh], outlet.AgencyLimitMissed)
    if await told.expect(cast.core, alerts.Alerted, ALERT_SECONDS, assignment=1):
        await told.told(cast, "ombudsman", alerts.Alerted)
    await cast.office_hours()
    await cast.ombudsman(told.complaint, OmbudsmanAcknowledged(office=OMBUDSMAN))
    await told.expect(cast.core, escalations.Acknowledged)
    text = "Dinas tidak menanggapi laporan dalam batas waktu: penundaan berlarut. Tindak lanjuti dalam 14 hari."
    await cast.ombudsman(told.complaint, OmbudsmanReprimanded(office=OMBUDSMAN, text=text))
    await told.expect(cast.core, escalations.Reprimanded)
    await told.expect(cast.outlets[dlh], outlet.AgencyReprimanded)
    await told.told(cast, "agency", escalations.Reprimanded)
    await told.told(cast, "reporter", escalations.Reprimanded)
    return told


async def _next_day(cast: Cast) -> None:
    await cast.until(cast.clock.now() + timedelta(hours=18))
    await cast.office_hours()


STORIES: tuple[Callable[[Cast], Awaitable[Told]], ...] = (road, internet, pollution)
