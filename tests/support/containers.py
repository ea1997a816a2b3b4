"""Kafka and PostgreSQL in containers, set up as the embedded ones: passwords, access rules, the same settings.

`LAPOR_TEST_KAFKA_IMAGE`, `LAPOR_TEST_POSTGRES_IMAGE` name other images (a mirror's, or made locally). How the
containers are reached and cleared away is testcontainers' own matter (`TESTCONTAINERS_*`, `DOCKER_HOST`).
"""

from __future__ import annotations

import gc
import secrets
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

from docker.errors import DockerException, ImageNotFound  # type: ignore[import-untyped]
from lapor_deploy.embedded.kafka import ADMIN, KafkaNode, jaas, kafka_answers
from lapor_deploy.embedded.platform import node_id
from lapor_deploy.embedded.program import wait_until
from lapor_deploy.paths import write_private
from testcontainers.community.postgres import PostgresContainer
from testcontainers.core.config import testcontainers_config
from testcontainers.core.container import DockerContainer
from testcontainers.core.docker_client import DockerClient

from tests.support import given

KAFKA_IMAGE = "apache/kafka:4.3.1"
POSTGRES_IMAGE = "postgres:18"
# A client without an engine must not be waited for.
ENGINE_SECONDS = 0.8
START_SECONDS = 90.0
_PORT, _CONTROLLER_PORT, _INNER_PORT = 9092, 9093, 9094
_SETTINGS, _SCRIPT = "/tmp/lapor.properties", "/tmp/lapor.sh"  # noqa: S108 - in a container of our own
# The image's own start cannot make an administrator with a password; and where the broker will be reached is
# known only once the container runs. So it waits for a script.
_WAIT = ["sh", "-c", f"until [ -s {_SCRIPT} ]; do sleep 0.05; done; exec sh {_SCRIPT}"]
# As the embedded server's, where a test could tell; not durable, for there is nothing to keep.
_POSTGRES = (
    "max_connections=200", "idle_in_transaction_session_timeout=5000", "jit=off", "fsync=off",
    "synchronous_commit=off", "full_page_writes=off",
)  # fmt: skip


def refusal(settings: Mapping[str, str]) -> str | None:
    """Why no container can be had; None: all images are here. Fetches those that are missing."""
    images = [_kafka_image(settings), _postgres_image(settings)]
    if not testcontainers_config.ryuk_disabled:
        images.append(testcontainers_config.ryuk_image)
    return _refusal(tuple(images))


@cache
def _refusal(images: tuple[str, ...]) -> str | None:
    if not engine_answers():
        return "no Docker engine answers"
    docker = DockerClient()
    try:
        for image in images:
            try:
                docker.client.images.get(image)
            except ImageNotFound:
                docker.client.images.pull(image)
    except DockerException:
        return f"the Docker engine has no image {image} and cannot fetch it"
    finally:
        _client_closed(docker)
    return None


@contextmanager
def broker(folder: Path, settings: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Its address and administrator, under the names of given addresses."""
    password = secrets.token_urlsafe(24)
    with _Kafka(_kafka_image(settings), folder / "container", password) as kafka:
        yield {
            "LAPOR_KAFKA_BOOTSTRAP": kafka.bootstrap,
            "LAPOR_KAFKA_USERNAME": ADMIN,
            "LAPOR_KAFKA_PASSWORD": password,
        }


@contextmanager
def database_server(folder: Path, settings: Mapping[str, str]) -> Iterator[dict[str, str]]:
    """Its superuser's url, under the name of a given address."""
    with _Postgres(_postgres_image(settings), folder / "container") as server:
        yield {"LAPOR_POSTGRES_ADMIN_URL": server.get_connection_url()}


class _Postgres(PostgresContainer):
    """`folder`: where the log is kept if it does not start."""

    def __init__(self, image: str, folder: Path) -> None:
        super().__init__(image, username="postgres", password=secrets.token_urlsafe(24), dbname="postgres", driver=None)
        self._log = folder / "postgres.log"
        self.with_command([word for setting in _POSTGRES for word in ("-c", setting)])

    def _connect(self) -> None:
        """Wait until it answers: the base class would wait for a dead one, too."""
        wait_until(
            lambda: given.postgres_answers(self.get_connection_url()),
            lambda: _alive(self, self._log), "postgres", self._log, START_SECONDS,
        )  # fmt: skip


class _Kafka(DockerContainer):
    """One KRaft node with the embedded node's settings. `folder`: where they and the log are kept."""

    def __init__(self, image: str, folder: Path, password: str) -> None:
        super().__init__(image)
        self._folder, self._password = folder, password
        self.bootstrap = ""
        self.with_exposed_ports(_PORT)
        self.with_command(_WAIT)
        # Without an init process the waiting shell would not hear that it shall stop.
        self.with_kwargs(init=True)

    def start(self) -> _Kafka:
        super().start()
        self.bootstrap = f"{self.get_container_host_ip()}:{self.get_exposed_port(_PORT)}"
        self.copy_into_container(self._properties().encode(), _SETTINGS)
        self.copy_into_container(self._script().encode(), _SCRIPT)
        log = self._folder / "kafka.log"
        wait_until(self._answers, lambda: _alive(self, log), "kafka", log, START_SECONDS)
        return self

    def _properties(self) -> str:
        """The embedded node's; of what is said twice the last counts."""
        node = KafkaNode(self._folder, _PORT, _CONTROLLER_PORT, self._password)
        node.formatting("")
        # For transactions the broker calls itself; the outer address does not lead back into the container.
        inner = f"INNER://127.0.0.1:{_INNER_PORT}"
        return (self._folder / "server.properties").read_text(encoding="utf-8") + (
            f"listeners=BROKER://0.0.0.0:{_PORT},{inner},CONTROLLER://127.0.0.1:{_CONTROLLER_PORT}\n"
            f"advertised.listeners=BROKER://{self.bootstrap},{inner}\n"
            "listener.security.protocol.map=BROKER:SASL_PLAINTEXT,INNER:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT\n"
            "inter.broker.listener.name=INNER\n"
            f"listener.name.inner.scram-sha-512.sasl.jaas.config={jaas(ADMIN, self._password)}\n"
            "log.dirs=/tmp/lapor-log\n"
        )

    def _script(self) -> str:
        scram = f"SCRAM-SHA-512=[name={ADMIN},password={self._password}]"
        cluster = node_id(secrets.token_hex(11))
        storage = f"/opt/kafka/bin/kafka-storage.sh format -t {cluster} -c {_SETTINGS} -S '{scram}'"
        return f"set -e\n{storage} > /dev/null\nexec /opt/kafka/bin/kafka-server-start.sh {_SETTINGS}\n"

    def _answers(self) -> bool:
        return kafka_answers(
            {
                "bootstrap.servers": self.bootstrap,
                "security.protocol": "SASL_PLAINTEXT",
                "sasl.mechanism": "SCRAM-SHA-512",
                "sasl.username": ADMIN,
                "sasl.password": self._password,
            }
        )


def _alive(container: DockerContainer, log: Path) -> bool:
    """Keeps the log of one that has ended."""
    container.reload()
    if container.status == "running":
        return True
    write_private(log, "".join(part.decode() for part in container.get_logs()))
    return False


def engine_answers() -> bool:
    """Told within `ENGINE_SECONDS` where the engine is on this machine."""
    with warnings.catch_warnings():
        # A client that cannot connect forgets its socket; whoever runs when it is found would be blamed for it.
        warnings.simplefilter("ignore", ResourceWarning)
        try:
            _client_closed(DockerClient(timeout=ENGINE_SECONDS))
        # What a broken context or an unknown scheme raises is not always Docker's own.
        except (DockerException, OSError, ValueError, RuntimeError):
            return False
        finally:
            gc.collect()
    return True


def _kafka_image(settings: Mapping[str, str]) -> str:
    return settings.get("LAPOR_TEST_KAFKA_IMAGE", KAFKA_IMAGE)


def _postgres_image(settings: Mapping[str, str]) -> str:
    return settings.get("LAPOR_TEST_POSTGRES_IMAGE", POSTGRES_IMAGE)


def _client_closed(client: Any) -> None:
    client.client.close()
