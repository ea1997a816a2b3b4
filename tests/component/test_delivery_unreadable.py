"""A record that the client library cannot decode costs itself only: here a header whose name is not UTF-8."""

from __future__ import annotations

import asyncio
import json
import os
import sys

import pytest
from lapor_contracts import agency_replies
from lapor_deploy.outsider import client
from lapor_deploy.stack import Stack

from tests.support.router import join, running

pytestmark = pytest.mark.component
AGENCY = "6407-pupr"
TOPIC = f"lapor.agency-replies.{AGENCY}"
# The compiled builder of records takes plain text only; the one in Python takes what calls itself so.
WRITER = """
import asyncio, json, sys
from aiokafka import AIOKafkaProducer

class Bad(str):
    def encode(self, *_):
        return b"\\xff\\xfe"

async def main(options, topic):
    async with AIOKafkaProducer(**options) as producer:
        sent = await producer.send_and_wait(topic, key=b"k", value=b"v", headers=[(Bad("xx"), b"y")])
        print(sent.offset)

asyncio.run(main(*json.loads(sys.argv[1])))
"""


async def test_the_good_ones_around_it_go_through_and_it_becomes_a_dead_letter(stack: Stack) -> None:
    await join(stack, (AGENCY, "6407-dlh", "64-diskominfo"))
    async with running(stack) as world:
        complaint = await world.complaint()
        await world.reply(AGENCY, complaint, agency_replies.AgencyAccepted(assignment=1))
        offset = await write_bad(stack)
        followed = agency_replies.AgencyFollowedUp(assignment=1, text="Tim sudah ke lokasi.")
        await world.reply(AGENCY, complaint, followed)
        replies = await world.read("lapor.replies", complaint, 2)
        assert [reply.name for reply in replies] == ["Accepted", "FollowedUp"]
        letters = await world.until(
            "lapor.dlq.router", lambda found: any((r.event.topic, r.event.offset) == (TOPIC, offset) for r in found)
        )
        mine = next(r.event for r in letters if (r.event.topic, r.event.offset) == (TOPIC, offset))
        assert (mine.reason, mine.event_id) == ("header_not_utf8", None)


async def write_bad(stack: Stack) -> int:
    """As a client in another language may; gives its offset."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WRITER, json.dumps([client(stack, f"agency-{AGENCY}"), TOPIC]),
        env={**os.environ, "AIOKAFKA_NO_EXTENSIONS": "1"}, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    output, _ = await process.communicate()
    assert process.returncode == 0
    return int(output)
