"""What all tests share: one broker and one database server a session."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lapor_deploy.stack import Stack

from tests.support.platform import platform


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A real Kafka with access rules and a real PostgreSQL, with topics, users and rules applied."""
    folder: Path = tmp_path_factory.mktemp("stack")
    with platform(folder) as running:
        yield running
