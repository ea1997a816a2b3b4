"""All services, once a session; the ladder's complaints are handed in at once, so that they ripen meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
import pytest_asyncio
from lapor_chassis.ids import uuid7

from tests.support.journey import World, world_in
from tests.support.journey_persons import PLANTED_SILENT, SILENT, silent_body
from tests.support.journey_play import Play, playing

AGENCIES = ("6407-pupr", "6407-dlh", "6407-diskominfo", "komdigi")
# Each passes in any order. But the ladder is waited for less when others run meanwhile, and what looks at
# everything sees more when it comes last.
LAST = ("test_silence", "test_leaks", "test_verify")


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The journeys together, so that their platform does not run beside the other tests'."""

    def place(item: pytest.Item) -> int:
        if item.get_closest_marker("e2e") is None:
            return -1
        return LAST.index(item.path.stem) + 1 if item.path.stem in LAST else 0

    items.sort(key=place)


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world_in(tmp_path_factory.mktemp("journeys")) as world:
        marked = PLANTED_SILENT.written()
        for name, body in {
            "silent": silent_body(SILENT),
            "planted": silent_body(
                PLANTED_SILENT, title=f"{PLANTED_SILENT.name}: limbah", narrative=marked + "Limbah."
            ),
        }.items():
            answer = httpx.post(
                f"{world.url('intake')}/v1/complaints", json=body, headers={"Idempotency-Key": str(uuid7())},
                timeout=20, trust_env=False,
            )  # fmt: skip
            assert answer.status_code == 201, answer.text
            world.silent[name] = (answer.json()["tracking_id"], answer.json()["access_code"])
        yield world
        died = world.died()
    assert not died, f"ended by themselves: {died}"


@pytest_asyncio.fixture
async def play(world: World) -> AsyncIterator[Play]:
    async with playing(world, *AGENCIES) as play:
        yield play
