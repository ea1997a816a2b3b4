"""What a running platform offers: addresses, credentials and settings, kept in the data folder.

Everything else asks this object; it starts nothing. Addresses given in the environment win over the
embedded ones: `LAPOR_KAFKA_BOOTSTRAP` (with `LAPOR_KAFKA_USERNAME` and `LAPOR_KAFKA_PASSWORD` of an
administrator), `LAPOR_<SERVICE>_DATABASE_URL`, `LAPOR_SMTP_URL`. Every other `LAPOR_*` variable is a setting of
the services and is passed on to them: see `settings`.
"""

from __future__ import annotations

import json
import os
import re
import secrets
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from lapor_deploy.embedded.kafka import ADMIN, KafkaNode
from lapor_deploy.embedded.ports import LOOPBACK, free_port
from lapor_deploy.embedded.postgres import SUPERUSER, PostgresServer
from lapor_deploy.errors import LaporError
from lapor_deploy.paths import kept_secret, write_private

SERVICES = ("intake", "router", "escalation", "notifier")
# What is no setting of a service: where things are, who signs in, which process this is. Given here, not passed on.
_NOT_PASSED_ON = re.compile(
    r"LAPOR_(DATA|CACHE|RUN|TRACEBACK|CLOCK|INSTANCE|KAFKA_(BOOTSTRAP|USERNAME|PASSWORD)|HTTP_(HOST|PORT)|SMTP_URL"
    r"|POSTGRES_ADMIN_URL|(\w+_)?DATABASE_URL|\w+_KEY_FILE|TEST_\w+)"
)
# The services run in another folder than the operator's.
_PATHS = ("LAPOR_CALENDAR_OVERRIDES", "LAPOR_ESCALATION_POLICY", "LAPOR_ROUTER_DATA")
_PRINCIPAL = re.compile(r"[a-z0-9][a-z0-9._-]{0,99}")


@dataclass(frozen=True)
class Credentials:
    """What a client of Kafka logs in with."""

    username: str
    password: str = field(repr=False)


@dataclass(frozen=True)
class Stack:
    """One data folder's platform. `clock`: a simulated one as `LAPOR_CLOCK` says it, None: the real one."""

    data: Path
    id: str
    clock: str | None
    given: Mapping[str, str] = field(repr=False)
    durable: bool = True
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False, compare=False)

    @classmethod
    def create(cls, data: Path, clock: str | None = None, *, durable: bool = True) -> Stack:
        """The stack of this folder, made when the folder has none; refused when its clock is another."""
        if (data / "stack.json").exists():
            stack = cls.load(data)
            if stack.clock != clock:
                raise LaporError(
                    f"the stack in {data} runs on {_clock_words(stack.clock)}, not on {_clock_words(clock)}",
                    "name another folder with --data, or delete this one",
                )
            return stack
        # Open to other users: PostgreSQL may have to run as one. What is in it is closed one by one.
        data.mkdir(parents=True, exist_ok=True)
        # Random hex: it names folders and marks processes.
        about: dict[str, Any] = {"id": secrets.token_hex(11), "clock": clock, "durable": durable, "ports": {}}
        write_private(data / "stack.json", json.dumps(about, indent=1) + "\n")
        return cls.load(data)

    @classmethod
    def load(cls, data: Path) -> Stack:
        """The stack of this folder; raises LaporError when there is none."""
        try:
            about = json.loads((data / "stack.json").read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise LaporError(f"there is no stack in {data}", "start one with `lapor up`") from None
        except ValueError:
            raise LaporError(f"{data / 'stack.json'} is damaged", f"delete {data} and start anew") from None
        given = {name: value for name, value in os.environ.items() if name.startswith("LAPOR_") and value}
        return cls(data, about["id"], about["clock"], given, about["durable"])

    @property
    def bootstrap(self) -> str:
        """Kafka's address, `host:port[,host:port]`."""
        return self.given.get("LAPOR_KAFKA_BOOTSTRAP") or f"{LOOPBACK}:{self.port('kafka')}"

    def kafka_credentials(self, principal: str) -> Credentials:
        """Of `admin` or any other principal; a password is made and kept where there is none."""
        if principal == ADMIN and "LAPOR_KAFKA_BOOTSTRAP" in self.given:
            return self._given_admin()
        if not _PRINCIPAL.fullmatch(principal):
            raise LaporError(f"`{principal}` is no name of a principal", "use a-z, 0-9 and . _ -")
        return Credentials(principal, kept_secret(self.data / "secrets" / "kafka" / principal))

    @property
    def has_admin(self) -> bool:
        """Is there an administrator of the broker to sign in as?"""
        return self.embeds_kafka or {"LAPOR_KAFKA_USERNAME", "LAPOR_KAFKA_PASSWORD"} <= self.given.keys()

    def kafka_client(self, principal: str) -> dict[str, str]:
        """Settings of a librdkafka client (confluent-kafka) that logs in as this principal."""
        who = self.kafka_credentials(principal)
        return {
            "bootstrap.servers": self.bootstrap,
            "security.protocol": "SASL_SSL" if self.tls else "SASL_PLAINTEXT",
            "sasl.mechanism": "SCRAM-SHA-512",
            "sasl.username": who.username,
            "sasl.password": who.password,
        }

    def database_url(self, service: str) -> str:
        """Of the service's own database, with its own role."""
        given = self.given.get(f"LAPOR_{service.upper()}_DATABASE_URL")
        if given:
            return given
        role = f"lapor_{service}"
        return f"postgresql://{role}:{self._database_password(role)}@{LOOPBACK}:{self.port('postgres')}/{role}"

    def admin_database_url(self) -> str:
        """Of the embedded server's superuser."""
        secret = self._database_password(SUPERUSER)
        return f"postgresql://{SUPERUSER}:{secret}@{LOOPBACK}:{self.port('postgres')}/postgres"

    def smtp_url(self) -> str:
        """Where the notifier hands in mail."""
        return self.given.get("LAPOR_SMTP_URL") or f"smtp://{LOOPBACK}:{self.port('smtp')}"

    @property
    def tls(self) -> bool:
        return self.given.get("LAPOR_KAFKA_TLS", "").lower() in ("1", "true", "yes", "on")

    @property
    def mail_dir(self) -> Path:
        """Where the local SMTP server keeps each mail as a file."""
        return self.data / "mail"

    @property
    def embeds_kafka(self) -> bool:
        return "LAPOR_KAFKA_BOOTSTRAP" not in self.given

    @property
    def embeds_postgres(self) -> bool:
        """Some service has no given database."""
        return any(f"LAPOR_{name.upper()}_DATABASE_URL" not in self.given for name in SERVICES)

    @property
    def embeds_smtp(self) -> bool:
        return "LAPOR_SMTP_URL" not in self.given

    def env_for(self, service: str, instance: int = 0) -> dict[str, str]:
        """The settings of one process of a service."""
        who = self.kafka_credentials(service)
        env = {
            **self.settings(),
            "LAPOR_KAFKA_BOOTSTRAP": self.bootstrap,
            "LAPOR_KAFKA_USERNAME": who.username,
            "LAPOR_KAFKA_PASSWORD": who.password,
            "LAPOR_DATABASE_URL": self.database_url(service),
            "LAPOR_INSTANCE": str(instance),
            "LAPOR_HTTP_HOST": LOOPBACK,
            "LAPOR_HTTP_PORT": str(self.http_port(service, instance)),
            # What a burst needed is given back: each thread's own pool would keep it.
            "MALLOC_ARENA_MAX": "1",
            "MALLOC_TRIM_THRESHOLD_": "131072",
        }
        if self.clock:
            env["LAPOR_CLOCK"] = self.clock
        if service == "notifier":
            env["LAPOR_SMTP_URL"] = self.smtp_url()
        return env

    def operator_env(self) -> dict[str, str]:
        """What an operator's command needs to reach everything, under the names of given addresses.

        With the settings of the services as they were last started: `lapor escalation explain` counts as they do.
        """
        who = self.kafka_credentials(ADMIN)
        env = {
            **self._kept_settings(),
            "LAPOR_DATA": str(self.data),
            "LAPOR_KAFKA_BOOTSTRAP": self.bootstrap,
            "LAPOR_KAFKA_USERNAME": who.username,
            "LAPOR_KAFKA_PASSWORD": who.password,
            **{f"LAPOR_{name.upper()}_DATABASE_URL": self.database_url(name) for name in SERVICES},
        }
        return {**env, "LAPOR_CLOCK": self.clock} if self.clock else env

    def settings(self) -> dict[str, str]:
        """What was given for the services: every `LAPOR_*` that is no address, credential, key or folder of ours."""
        passed_on = {name: value for name, value in self.given.items() if not _NOT_PASSED_ON.fullmatch(name)}
        return passed_on | {name: str(Path(passed_on[name]).absolute()) for name in _PATHS if name in passed_on}

    def keep_settings(self) -> None:
        """At a start: commands in another terminal, without these variables, count as the services do."""
        write_private(self.data / "settings.json", json.dumps(self.settings(), indent=1) + "\n")

    def _kept_settings(self) -> dict[str, str]:
        try:
            kept: dict[str, str] = json.loads((self.data / "settings.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return {}
        return kept

    def http_port(self, service: str, instance: int = 0) -> int:
        """Where this process answers /health/ready, /metrics and, if it has one, its API."""
        return self.port(f"{service}-{instance}")

    def port(self, name: str) -> int:
        """The port kept for `name`; a free one is chosen the first time."""
        with self._lock:
            about = self._about()
            ports: dict[str, int] = about["ports"]
            if name not in ports:
                ports[name] = free_port(taken=ports.values())
                write_private(self.data / "stack.json", json.dumps(about, indent=1) + "\n")
            return ports[name]

    def ports(self) -> dict[str, int]:
        """All ports chosen so far."""
        return dict(self._about()["ports"])

    def forget_ports(self) -> None:
        """The next start chooses new ones."""
        write_private(self.data / "stack.json", json.dumps({**self._about(), "ports": {}}, indent=1) + "\n")

    def kafka_node(self) -> KafkaNode:
        """The embedded broker."""
        secret = kept_secret(self.data / "secrets" / "kafka" / ADMIN)
        return KafkaNode(self.data / "kafka", self.port("kafka"), self.port("controller"), secret)

    def postgres_server(self) -> PostgresServer:
        """The embedded database server."""
        folder, secret = self.data / "postgres", self._database_password(SUPERUSER)
        return PostgresServer.at(folder, self.id, self.port("postgres"), secret, durable=self.durable)

    def database_passwords(self) -> dict[str, str]:
        """Role (= database) -> password, for every service."""
        return {f"lapor_{name}": self._database_password(f"lapor_{name}") for name in SERVICES}

    def _database_password(self, role: str) -> str:
        return kept_secret(self.data / "secrets" / "postgres" / role)

    def _given_admin(self) -> Credentials:
        try:
            return Credentials(self.given["LAPOR_KAFKA_USERNAME"], self.given["LAPOR_KAFKA_PASSWORD"])
        except KeyError as error:
            raise LaporError(
                f"LAPOR_KAFKA_BOOTSTRAP is given but {error.args[0]} is not",
                "give user name and password of an administrator of that Kafka, or unset all three",
            ) from None

    def _about(self) -> dict[str, Any]:
        about: dict[str, Any] = json.loads((self.data / "stack.json").read_text(encoding="utf-8"))
        return about


def _clock_words(clock: str | None) -> str:
    return f"the simulated clock {clock}" if clock else "the real clock"
