"""The first agencies, held together with the register that the router ships."""

from __future__ import annotations

import csv
from pathlib import Path

from lapor_deploy.demo.cast import AGENCIES
from lapor_deploy.wiring import FIRST_AGENCIES

# Read as a file: the command knows no service.
REGISTER = Path(__file__).parents[2] / "services" / "router" / "lapor_router" / "data" / "agencies.csv"


def register() -> dict[str, dict[str, str]]:
    with REGISTER.open(encoding="utf-8", newline="") as file:
        return {row["code"]: row for row in csv.DictReader(file)}


def test_everybody_whom_a_step_of_the_ladder_reaches_has_joined() -> None:
    known = register()
    wanted = {known[code][column] for code in FIRST_AGENCIES for column in ("superior", "ombudsman_office")} - {""}
    assert wanted - set(FIRST_AGENCIES) == set()


def test_the_agencies_of_the_demo_have_joined() -> None:
    assert set(AGENCIES) - set(FIRST_AGENCIES) == set()
    assert len(set(FIRST_AGENCIES)) == len(FIRST_AGENCIES)
