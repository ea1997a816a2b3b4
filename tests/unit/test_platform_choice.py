"""What the tests run on: given addresses first, then containers, then the embedded platform."""

from __future__ import annotations

import socket
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from lapor_deploy.stack import SERVICES

from tests.support import containers, given
from tests.support.given import UnusableError
from tests.support.platform import Choice, choose, take_given

KAFKA = {"LAPOR_KAFKA_BOOTSTRAP": "kafka.test:9092", "LAPOR_KAFKA_USERNAME": "admin", "LAPOR_KAFKA_PASSWORD": "secret"}
SERVER = {"LAPOR_POSTGRES_ADMIN_URL": "postgresql://postgres:secret@db.test/postgres"}
DATABASES = {f"LAPOR_{name.upper()}_DATABASE_URL": f"postgresql://db.test/{name}" for name in SERVICES}


@pytest.mark.parametrize(
    ("settings", "refusal", "expected"),
    [
        (KAFKA | SERVER, None, Choice("given", "given")),
        (KAFKA | DATABASES, "no engine", Choice("given", "given")),
        (KAFKA, None, Choice("given", "containers")),
        (SERVER, "no engine", Choice("embedded", "given", "no engine")),
        ({}, None, Choice("containers", "containers")),
        ({}, "no engine", Choice("embedded", "embedded", "no engine")),
        (KAFKA | {"LAPOR_TEST_PLATFORM": "containers"}, None, Choice("containers", "containers")),
        (
            KAFKA | SERVER | {"LAPOR_TEST_PLATFORM": "embedded"},
            None,
            Choice("embedded", "embedded", "LAPOR_TEST_PLATFORM says so"),
        ),
    ],
)
def test_the_first_that_there_is(settings: Mapping[str, str], refusal: str | None, expected: Choice) -> None:
    assert choose(settings, lambda: refusal) == expected


def test_no_engine_is_asked_for_what_is_given() -> None:
    def asked() -> str | None:
        raise AssertionError("asked")

    choose(KAFKA | SERVER, asked)
    choose({"LAPOR_TEST_PLATFORM": "embedded"}, asked)


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"LAPOR_TEST_PLATFORM": "containers"}, "says containers: no engine"),
        ({"LAPOR_TEST_PLATFORM": "cloud"}, "LAPOR_TEST_PLATFORM is cloud"),
        ({"LAPOR_ROUTER_DATABASE_URL": "postgresql://db.test/router"}, "give LAPOR_INTAKE_DATABASE_URL"),
    ],
)
def test_what_cannot_be_meant_is_refused_with_what_to_do(settings: Mapping[str, str], words: str) -> None:
    with pytest.raises(UnusableError, match=words):
        choose(settings, lambda: "no engine")


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"LAPOR_KAFKA_BOOTSTRAP": "kafka.test:9092"}, "give LAPOR_KAFKA_USERNAME, LAPOR_KAFKA_PASSWORD"),
        (KAFKA | {"LAPOR_KAFKA_TLS": "true"}, "without TLS"),
    ],
)
def test_a_broker_that_the_tests_cannot_use(settings: Mapping[str, str], words: str) -> None:
    with pytest.raises(UnusableError, match=words), given.broker(settings):
        pass


def test_a_given_server_that_does_not_answer_is_told_without_its_password() -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        url = f"postgresql://postgres:secret@127.0.0.1:{closed.getsockname()[1]}/postgres"
        with pytest.raises(UnusableError) as told, given.databases({"LAPOR_POSTGRES_ADMIN_URL": url}):
            pass
    assert "LAPOR_POSTGRES_ADMIN_URL" in str(told.value)
    assert "secret" not in str(told.value)


def test_the_shells_settings_reach_no_test() -> None:
    kept = {"PATH": "/bin", "LAPOR_CACHE": "/cache", "LAPOR_TEST_KAFKA_IMAGE": "kafka:local"}
    environ = kept | KAFKA | {"LAPOR_CLOCK": ""}
    assert take_given(environ) == KAFKA
    assert environ == kept


@pytest.mark.parametrize("listens", [False, True], ids=["no engine", "an engine that hangs"])
def test_a_docker_client_without_an_engine_falls_through_at_once(
    listens: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    where = tmp_path / "docker.sock"
    monkeypatch.setenv("DOCKER_HOST", f"unix://{where}")
    with socket.socket(socket.AF_UNIX) as engine:
        if listens:
            engine.bind(str(where))
            engine.listen()
        began = time.monotonic()
        assert not containers.engine_answers()
        assert time.monotonic() - began < containers.ENGINE_SECONDS + 1.0
