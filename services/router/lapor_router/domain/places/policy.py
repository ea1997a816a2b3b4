"""How far a mention of a place is believed: probabilities, each once. See docs of `tests/bench_router/area.py`.

A mention is a witness: with the probability below it means the place of the complaint, otherwise it says
nothing (a road named after a city, a person's name, where a train goes to). The numbers were set by hand from
what Indonesian allows, then rounded by counting on the development texts; none depends on a single place.
"""

from __future__ import annotations

from typing import Final

REGENCIES: Final = 514  # Kepmendagri 300.2.2-2138/2025

# --- names with a level word: "Kec. Tembalang", "Kota Bogor", "Pemkab Garut" ---
MARKED_PROVINCE: Final = 0.95
MARKED_REGENCY: Final = 0.96
MARKED_REGENCY_OTHER_KIND: Final = 0.85  # "kota Badung": there is no such city, but a regency
MARKED_DISTRICT: Final = 0.93
MARKED_VILLAGE: Final = 0.86
MARKED_HAMLET: Final = 0.60  # "Kampung X", "Dusun X": most are not in the data, a village far away may be
MARKED_OTHER_LEVEL: Final = 0.55  # "desa X" where only a district has the name, and the other way round
OTHER_LEVEL: Final = 0.15  # share of "kel. X" that mean a district X elsewhere
MARKED_ORDINARY_DISTRICT: Final = 0.78  # "Kec. Taman"
MARKED_ORDINARY: Final = 0.52  # "desa Harapan": may be no name at all
MARKED_MISSPELT: Final = 0.75
BESIDE_ITS_REGENCY: Final = 0.93  # "Jenu Tuban": directly before the regency that has it

# --- names alone: after a word that leads to a place ("di", "warga", "PDAM"), and without any ---
CUED_PROVINCE, BARE_PROVINCE = 0.92, 0.85
CUED_REGENCY, BARE_REGENCY = 0.93, 0.88
CUED_ORDINARY_REGENCY, BARE_ORDINARY_REGENCY = 0.80, 0.30  # Batang, Batu, Malang: words of the language too
ORDINARY_AS_NAME: Final = 0.75  # with a capital amid small letters: "listrik Medan padam"
# Of a district's or village's name by what else has it: after a word that leads to a place, and without any.
BELOW_REGENCY: Final = {
    "only district": (0.92, 0.84),  # no other regency has anything of that name
    "one district": (0.90, 0.60),  # one district, and villages in at most FEW_NAMESAKES other regencies
    "district": (0.70, 0.50),
    "only phrase": (0.86, 0.72),  # a village of two words and more whose name nothing else has
    "village": (0.50, 0.28),
}
FEW_NAMESAKES: Final = 9
LONG_NAME_GAIN, LONG_NAME = 1.5, 0.93  # of two words and more: seldom by chance; at most
SHORT: Final = 4  # letters: an ordinary word that is shorter is no name without a level word
WRITTEN_AS_NAME: Final = 0.70  # "di Kodi", a district; but "motor di Tarik leasing": not enough by itself
PHRASE: Final = 0.05  # such a name made of words of the language, unless it is written as a name: "air hangat"
# Known as a part of a city, and the name of a district elsewhere too: the share of who means that.
OTHER_DISTRICT: Final = 0.35
# "Karanganyar" is a village in fifty other regencies: each divides a bare name's odds a little more; of a city less.
NAMESAKE, NAMESAKE_OF_CITY = 0.02, 0.004

# --- where a name may be that of something else ---
PASSING: Final = 0.30  # factor: "ke Jakarta", "dari Solo", "merantau di Batam"
ROAD_BETWEEN: Final = 0.45  # factor: "Jalan Raya Solo" leads there
ELSEWHERE: Final = 0.82  # factor: "bekerja di Batam", "keluarga kami di Samarinda": enough where nothing else is named
PASSED_TOGETHER: Final = 0.1  # factor, of the second: "ke arah Kurima Yahukimo" is one witness, not two
PASSING_TOWN: Final = 0.75  # factor: a part of a city is left and reached by those who live there
STREET_TOWN: Final = 0.65
STREET: Final = 0.45  # factor: "Jalan Raya Ngaliyan" most often lies there
LOWER_CASE: Final = 0.6  # factor for an unmarked district or village, in a text that uses capitals

# --- a city or regency named beside something specific elsewhere ---
# "Air mati di Langowan .. suami saya kerja di Bitung": of 51 texts in which a specific name stood this surely for one
# regency and a city's name without a level word for another, 49 meant the first.
SURE_SPECIFIC, SHARE_SPECIFIC = 0.80, 0.6  # of the mention, and of its likeliest regency
BESIDE_SPECIFIC: Final = 0.35  # factor, of the city's

# --- names that are known for a place ---
SPECIFIC: Final = frozenset({"town", "landmark", "street", "company"})
KNOWN: Final = {
    "name": 0.89, "short": 0.50, "town": 0.85, "landmark": 0.88, "company": 0.95, "channel": 0.96, "street": 0.66
}  # fmt: skip
KNOWN_CUED_GAIN: Final = 1.1

# --- what is written where the place was asked for: the address, an answer ---
# The doubt about a name in a text is mostly that it may be a street's, a person's, or where something goes to. Who
# answers "where is it?" means the place: this part of the doubt is left (assumed; no text with a known answer).
ANSWER_DOUBT: Final = 0.15

# --- what the channel knows: a keyword belongs to a government, its reporters may be elsewhere ---
CHANNEL: Final = 0.80

# A name said again is meant more surely: this part of the doubt goes.
REPEATED: Final = 0.3
# Bare names shared by a district and villages mean the district more often; urban wards complain more.
WEIGHT_FAMOUS: Final = 4.0  # the one that people know by that name
WEIGHT_DISTRICT, WEIGHT_KELURAHAN, WEIGHT_DESA = 3.0, 1.5, 1.0
WEIGHT_ONE_DISTRICT: Final = 12.0  # the only district of a name that few villages have
# "Bandung", "Tegal": a name of a city and of a regency means the city, unless the data file knows better.
CITY_OF_PAIR: Final = 0.65

# --- the decision ---
DECIDED: Final = 0.75  # below it no regency is named
PROVINCE_DECIDED: Final = 0.75
DEEPER: Final = 0.50  # a name below the regency, so surely meant, says where in it
MAX_OTHERS: Final = 3
SUREST: Final = 0.97  # no single mention is surer
# What the weighing says -> how often it was right, counted on 355 labelled texts of 2017 (of 167 at 0.97 and more
# 98 % were right, of 106 at 0.9999 and more 99 %; labels that contradict the name of their own agency left out).
CALIBRATED: Final = ((0.9999, 0.988), (0.999, 0.98), (0.97, 0.97), (0.90, 0.94), (0.75, 0.88))
# A code of the channel's own form, a point inside a polygon, and the nearest place without polygons: measured.
CODE: Final = 1.0
POINT: Final = 0.99
NEAREST_PLACE: Final = 0.79
POINT_OUTSIDE: Final = 0.90  # of every polygon: simplified coasts, islets, piers
NEAR_METRES: Final = 1_000.0
FAR_METRES: Final = 25_000.0  # farther from every polygon it is no place in Indonesia
# Two kinds of evidence that disagree: the stronger is believed, but only so far.
DISAGREES: Final = 0.6
CODE_DISAGREES: Final = 0.3  # of the point's confidence: who sends the code has looked at a map (assumed)
AGREES: Final = 0.5  # part of the doubt that goes

# --- limits, so that no text takes long ---
MAX_CHARACTERS: Final = 12_000
PLACE_CHARACTERS: Final = 2_000  # of them for what was written where the place was asked for
MAX_MENTIONS: Final = 120
MAX_SPELLINGS: Final = 4
SPELLING_LENGTH: Final = 6  # shorter names are too near to each other
