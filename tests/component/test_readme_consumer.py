"""The README's consumer runs as it stands, with nothing but an agency's credential file."""

from __future__ import annotations

import asyncio
import json
import re
import sys
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from lapor_chassis.clock import wall_now
from lapor_chassis.ids import uuid7
from lapor_contracts.agency import AgencyWithdrawn
from lapor_contracts.envelope import Envelope, encode
from lapor_deploy.outsider import client
from lapor_deploy.stack import Stack

README = Path(__file__).parents[2] / "README.md"
AGENCY = "64-diskominfo"
MOST_LINES = 20

pytestmark = pytest.mark.component


def code() -> str:
    found = re.search(r"<!-- agency consumer -->\n```python\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    return found[1]


async def test_it_prints_what_the_router_writes(stack: Stack, tmp_path: Path) -> None:
    who = stack.kafka_credentials(f"agency-{AGENCY}")
    credentials = tmp_path / "agency.json"
    about = {"bootstrap": stack.bootstrap, "username": who.username, "password": who.password}
    credentials.write_text(json.dumps({**about, "security_protocol": "SASL_PLAINTEXT"}))
    program = tmp_path / "consumer.py"
    program.write_text(code())
    complaint = await write(stack)
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-u", str(program), str(credentials), stdout=asyncio.subprocess.PIPE
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(30):
            while complaint not in (line := (await process.stdout.readline()).decode()):
                assert line, "the consumer ended"
    finally:
        process.kill()
        await process.wait()
    assert line.split() == [AgencyWithdrawn.type, complaint, "1", "{}"]


def test_it_is_short() -> None:
    assert 0 < len(code().strip().splitlines()) <= MOST_LINES


async def write(stack: Stack) -> str:
    """As the router would; gives the complaint's id."""
    complaint = str(uuid7())
    envelope = Envelope(uuid7(), AgencyWithdrawn.type, "urn:lapor:router", complaint, wall_now(), number=1)
    async with AIOKafkaProducer(**client(stack, "router")) as producer:
        await producer.send_and_wait(
            f"lapor.agency.{AGENCY}", key=complaint.encode(), value=b"{}", headers=encode(envelope)
        )
    return complaint
