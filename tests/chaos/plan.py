"""What will happen in a run, made from its seed alone: who hands in what and when, what agencies do, who is killed.

Moments are fractions of the traffic: 0.5 is when half of the complaints have been handed in. Delays of agencies are
hours on the simulated clock.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from random import Random
from typing import Literal

from lapor_contracts.complaints import ReportType
from lapor_deploy.stack import SERVICES

from tests.chaos.world import INSTANCES

Medium = Literal["http", "kafka"]
Malformation = Literal[
    "not_json", "no_title", "bad_nik", "unknown_field", "too_large", "bad_area",
    "cannot_open", "old_id", "no_uuid7", "no_header",
]  # fmt: skip
Did = Literal["accept", "decline", "decline_to_other", "follow_up", "resolve", "wrong"]
Ruled = Literal["acknowledge", "reprimand", "close"]
How = Literal["SIGKILL", "SIGSTOP"]
Twice = Literal["at_once", "after"]

MALFORMED_SHARE = 0.03
TWICE_SHARE = 0.05
TWICE: tuple[Twice, ...] = ("at_once", "after")
HELD_SHARE = 0.03  # no place and too few words: held, and archived in the end
UNROUTED_SHARE = 0.02  # no category: a person would have to decide, and nobody does
ANONYMOUS_SHARE = 0.25
CONTACT_SHARE = 0.8
CHANNELS: tuple[tuple[Medium, str], ...] = (("http", "web"), ("http", "web"), ("kafka", "sms"), ("kafka", "app"))
OVER_HTTP: tuple[Malformation, ...] = ("not_json", "no_title", "bad_nik", "unknown_field", "too_large", "bad_area")
OVER_KAFKA: tuple[Malformation, ...] = (
    "not_json", "no_title", "bad_nik", "unknown_field", "cannot_open", "old_id", "no_uuid7", "no_header",
)  # fmt: skip
REPORT_TYPES: tuple[ReportType, ...] = ("complaint",) * 8 + ("information_request", "aspiration")
# Categories in Kutai Barat whose bodies have joined, also those that a decline leads to.
CATEGORIES = (
    "jalan-rusak/kabupaten", "jalan-rusak/provinsi", "lingkungan/pencemaran", "sampah/pengangkutan",
    "jaringan/internet", "jaringan/menara-internet", "irigasi/kabupaten",
)  # fmt: skip
PLACES = ("64.07.16.2004", "64.07.16.2001", "64.07.16", "64.07")
# How often an agency behaves so; how soon, and after what, in hours of its clock.
BEHAVIOURS = {
    "resolves": 30, "accepts_only": 10, "follows_up": 12, "follows_up_and_resolves": 12, "late": 12,
    "wrong_first": 8, "silent": 12, "declines": 5, "declines_to_other": 7,
}  # fmt: skip
AFTER_DECLINE = ("resolves", "resolves", "silent", "follows_up", "declines")
RULINGS: tuple[tuple[Ruled, ...], ...] = (
    (), ("acknowledge",), ("acknowledge", "reprimand"), ("reprimand",), ("acknowledge", "close"),
)  # fmt: skip
WAVE_EVERY = 60  # complaints: so many come at once, as after a rain
# Of a run's kills: so many are of the broker, of the database, and of a frozen process.
BROKER_SHARE, DATABASE_SHARE, FROZEN_SHARE = 0.13, 0.2, 0.27
FIRST_KILL, LAST_KILL = 0.04, 0.9


@dataclass(frozen=True, slots=True)
class Act:
    """What an agency does, so many hours after the assignment reached it or after its act before."""

    did: Did
    after: float


@dataclass(frozen=True, slots=True)
class Complaint:
    """`agencies`: what the first that gets it does, then the next. `malformed`: in which way, None: it is good.
    `twice`: handed in again with the same key, at once or after the answer."""

    n: int
    at: float
    medium: Medium
    channel: str
    report_type: ReportType
    category: str | None
    place: str | None
    anonymous: bool
    email: str | None
    malformed: Malformation | None
    twice: Twice | None
    agencies: tuple[tuple[Act, ...], ...]
    ombudsman: tuple[Ruled, ...]


@dataclass(frozen=True, slots=True)
class Kill:
    at: float
    what: str
    how: How


@dataclass(frozen=True, slots=True)
class Plan:
    seed: int
    complaints: tuple[Complaint, ...]
    kills: tuple[Kill, ...]


def plan(seed: int, complaints: int, kills: int) -> Plan:
    chance = Random(seed)  # noqa: S311 - repeatable, not secret
    moments = _moments(chance, complaints)
    made = tuple(_complaint(chance, seed, n, at) for n, at in enumerate(moments))
    return Plan(seed, made, _kills(chance, kills))


def _moments(chance: Random, complaints: int) -> list[float]:
    """In waves: a part of them all at once, the rest one by one."""
    gaps = [chance.expovariate(1.0) * (n % WAVE_EVERY >= WAVE_EVERY // 2) + 1e-6 for n in range(complaints)]
    ends = list(accumulate(gaps))
    return [end / ends[-1] for end in ends]


def _complaint(chance: Random, seed: int, n: int, at: float) -> Complaint:
    medium, channel = chance.choice(CHANNELS)
    ways = OVER_HTTP if medium == "http" else OVER_KAFKA
    malformed = chance.choice(ways) if chance.random() < MALFORMED_SHARE else None
    twice: Twice | None = chance.choice(TWICE) if chance.random() < TWICE_SHARE else None
    report_type = chance.choice(REPORT_TYPES)
    category = None if chance.random() < UNROUTED_SHARE else chance.choice(CATEGORIES)
    place = None if report_type == "complaint" and chance.random() < HELD_SHARE else chance.choice(PLACES)
    return Complaint(
        n=n, at=at, medium=medium, channel=channel, report_type=report_type, category=category, place=place,
        anonymous=chance.random() < ANONYMOUS_SHARE,
        email=f"warga-{seed}-{n}@warga.example" if chance.random() < CONTACT_SHARE else None,
        malformed=malformed, twice=None if malformed else twice,
        agencies=_conduct(chance), ombudsman=chance.choice(RULINGS),
    )  # fmt: skip


def _conduct(chance: Random) -> tuple[tuple[Act, ...], ...]:
    (first,) = chance.choices(tuple(BEHAVIOURS), tuple(BEHAVIOURS.values()))
    if not first.startswith("declines"):
        return (_acts(chance, first),)
    return (_acts(chance, first), _acts(chance, chance.choice(AFTER_DECLINE)))


def _acts(chance: Random, behaviour: str) -> tuple[Act, ...]:
    soon, next_day = chance.uniform(0.5, 8), chance.uniform(10, 26)
    acts: dict[str, tuple[Act, ...]] = {
        "resolves": (Act("accept", soon), Act("resolve", next_day)),
        "accepts_only": (Act("accept", soon),),
        "follows_up": (Act("accept", soon), Act("follow_up", next_day)),
        "follows_up_and_resolves": (Act("accept", soon), Act("follow_up", next_day), Act("resolve", next_day)),
        "late": (Act("accept", chance.uniform(60, 110)), Act("resolve", next_day)),
        "wrong_first": (Act("wrong", soon), Act("accept", soon), Act("resolve", next_day)),
        "silent": (),
        "declines": (Act("decline", soon),),
        "declines_to_other": (Act("decline_to_other", soon),),
    }
    return acts[behaviour]


def _kills(chance: Random, kills: int) -> tuple[Kill, ...]:
    """One in each equal part of the run; of every kind its share, in any order."""
    victims = [_victim(chance, kills, place) for place in range(kills)]
    chance.shuffle(victims)
    width = (LAST_KILL - FIRST_KILL) / max(kills, 1)
    return tuple(
        Kill(FIRST_KILL + width * (place + chance.random()), what, how) for place, (what, how) in enumerate(victims)
    )


def _victim(chance: Random, kills: int, place: int) -> tuple[str, How]:
    brokers = round(kills * BROKER_SHARE)
    databases = brokers + round(kills * DATABASE_SHARE)
    if place < brokers:
        return "kafka", "SIGKILL"
    if place < databases:
        return "postgres", "SIGKILL"
    # Every service in turn, so that none is left out.
    what = f"{SERVICES[place % len(SERVICES)]}-{chance.randrange(INSTANCES)}"
    return what, "SIGSTOP" if place < databases + round(kills * FROZEN_SHARE) else "SIGKILL"
