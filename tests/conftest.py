"""What all tests share: one broker and one database server a session."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog
from lapor_deploy.stack import Stack

from tests.support.given import UnusableError
from tests.support.platform import chosen, platform, take_given

_GIVEN = pytest.StashKey[dict[str, str]]()


def pytest_configure(config: pytest.Config) -> None:
    config.stash[_GIVEN] = take_given(os.environ)
    # Not into `sys.stdout`: a command that a test types beside a running service has that for its own output.
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.__stderr__))


def pytest_collection_finish(session: pytest.Session) -> None:
    """Say what the tests run on, and fetch images now, where no test's time limit runs."""
    if session.config.option.collectonly or not any("stack" in getattr(i, "fixturenames", ()) for i in session.items):
        return
    try:
        choice, _ = chosen(session.config.stash[_GIVEN])
    except UnusableError as error:
        pytest.exit(str(error), returncode=2)
    if reporter := session.config.pluginmanager.get_plugin("terminalreporter"):
        reporter.write_line(f"platform: {choice}")


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Stack]:
    """A real Kafka with access rules and a real PostgreSQL, with topics, users and rules applied."""
    folder: Path = tmp_path_factory.mktemp("stack")
    try:
        with platform(folder, request.config.stash[_GIVEN]) as running:
            yield running
    except UnusableError as error:
        pytest.exit(str(error), returncode=2)
