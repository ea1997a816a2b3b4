"""Escalation's states are packed: ten million open complaints are then 9 GB, not 21.

A dictionary that was ever released stays, for rows are packed with it; `python -m tests.packing` trains a new one,
once states have come to look otherwise.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from lapor_chassis.packing import Packing
from lapor_chassis.subject import Codec

from lapor_escalation.domain.state import Escalation

FOLDER = Path(__file__).parent / "dictionaries"


@cache
def packing() -> Packing:
    return Packing([file.read_bytes() for file in sorted(FOLDER.glob("*.zdict"), key=lambda file: int(file.stem))])


def codec() -> Codec[Escalation]:
    return Codec(Escalation, packing())
