"""A commit whose answer is lost, on a lane that has nothing more to write."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from asyncpg import ConnectionDoesNotExistError
from asyncpg.transaction import Transaction
from lapor_chassis.ids import uuid7

from tests.support.journal import Ground, Scene, ground, open_scene
from tests.support.probe import SAYS, saying

__all__ = ["ground"]
pytestmark = pytest.mark.component


@pytest.fixture
async def scene(ground: Ground) -> AsyncIterator[Scene]:
    scene = await open_scene(ground)
    yield scene
    await scene.close()


async def test_its_rows_are_published_without_another_batch(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    app = await scene.start()
    lane, subject = app.lane("test"), uuid7()
    commit = Transaction.commit

    async def unanswered(self: Transaction) -> None:
        await commit(self)
        raise ConnectionDoesNotExistError("connection was closed in the middle of operation")

    with pytest.raises(ConnectionDoesNotExistError):
        async with lane.batch() as batch:
            loaded = await batch.load([subject], create=True)
            batch.work(loaded[subject]).emit(SAYS, saying("satu"))
            monkeypatch.setattr(Transaction, "commit", unanswered)
    monkeypatch.undo()
    await scene.until_said(lambda s: s.said(subject) == [(1, "satu")])
    async with lane.batch() as batch:
        loaded = await batch.load([subject], create=False)
        batch.work(loaded[subject]).emit(SAYS, saying("dua"))
    await scene.until_said(lambda s: s.said(subject)[-1] == (2, "dua"))
    scene.assert_numbers(subject, 2)
    await scene.stop(app)
    assert await scene.conn.fetchval("select count(*) from lane where retired_at is null and id > 0") == 0
