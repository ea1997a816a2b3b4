"""Thresholds of the router, each once, with its source."""

from __future__ import annotations

from datetime import date, timedelta

from lapor_contracts.agencies import Level
from lapor_contracts.base import Zone

# Missing data that the reporter does not send in this time: archived (rule of a sister channel, calendar days).
HELD_FOR = timedelta(days=10)

# How many declines the router answers by itself; the next one goes to a person. Bodies that pass a report on
# to each other without an arbiter ("ping-pong") are a known fault of the real system.
DECLINES_BEFORE_ARBITER = 1

# Bytes. A number above it is no size of a file, but may be somebody's NIK (16 digits).
LARGEST_FILE = 10**12

# Kept of a complaint: the latest questions, the latest answers while it was nobody's, the latest to its agencies. All
# of them are on the topics.
MAX_TOLD = 10
MAX_TOLD_CHARACTERS = 20_000  # of all answers together, but the latest: the state is written with each event

# How many candidates a person is shown.
MAX_CANDIDATES = 3

# The province's SP4N administrator (Kalimantan Timur: Diskominfo): gets what belongs to a body that had not
# joined yet on the complaint's day.
PROVINCE_ADMIN: tuple[Level, str] = ("province", "diskominfo")

# The administrator at the centre (Perpres 76/2013).
NATIONAL_ADMIN: tuple[Level, str] = ("centre", "panrb")

# Bodies that are offices of one that answers for the whole country.
WITH_OFFICES: tuple[Level, ...] = ("vertical", "state_company")

# UU 23/2014 on regional government: no rule of the matrix is older, and from here on each has no gap.
AUTHORITY_SINCE = date(2014, 10, 2)

# Provinces that were founded since: what each was part of before, and from which day it governs itself (UU 14, 15 and
# 16/2022, UU 29/2022; the days of the first governors).
FOUNDED: dict[str, tuple[str, date]] = {
    "93": ("91", date(2022, 11, 11)),
    "94": ("91", date(2022, 11, 11)),
    "95": ("91", date(2022, 11, 11)),
    "96": ("92", date(2022, 12, 9)),
}

# The zone of a place by its province (Keppres 41/1987); before there is a place, WIB.
ZONE_WITHOUT_PLACE: Zone = "WIB"
WITA_PROVINCES = frozenset({"51", "52", "53", "63", "64", "65", "71", "72", "73", "74", "75", "76"})
WIT_PROVINCES = frozenset({"81", "82", "91", "92", "93", "94", "95", "96"})
UTC_OFFSET_HOURS: dict[Zone, int] = {"WIB": 7, "WITA": 8, "WIT": 9}
