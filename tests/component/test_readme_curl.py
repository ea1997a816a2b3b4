"""The README's curl is taken by a running intake, just as it stands: its address, headers and JSON."""

from __future__ import annotations

import re
import shlex
from itertools import pairwise
from pathlib import Path

import httpx
import pytest
from lapor_deploy.stack import Stack

from tests.support.intake import running

README = Path(__file__).parents[2] / "README.md"

pytestmark = pytest.mark.component


def words() -> list[str]:
    found = re.search(r"```\n(curl .*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return shlex.split(found[1].replace("\\\n", " "))


def option(name: str) -> list[str]:
    return [value for flag, value in pairwise(words()) if flag == name]


async def test_it_hands_in_a_complaint(stack: Stack) -> None:
    (address,) = [word for word in words() if word.startswith("http")]
    headers = dict(header.split(": ", 1) for header in option("-H"))
    (body,) = option("-d")
    async with running(stack) as world, httpx.AsyncClient(timeout=20) as client:
        where = address.replace("PORT", str(world.app.http_port))
        response = await client.request(option("-X")[0], where, headers=headers, content=body.encode())
        assert response.status_code == 201, response.text
        answer = response.json()
        assert answer["missing"] == []
        subject = await world.app.pool.fetchval(
            "select complaint from tracking where tracking_id = $1", answer["tracking_id"]
        )
        (registered,) = await world.events("lapor.complaints", subject, 1)
        assert registered.event.complete
