"""The embedded broker and database, and `up` / `down` around them: real processes, really killed."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import os
import re
import shutil
import signal
import smtplib
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from confluent_kafka import Consumer, KafkaError, Producer
from lapor_chassis import admin
from lapor_deploy.commands.kafka_tools import tool_command
from lapor_deploy.embedded.kafka import kafka_answers
from lapor_deploy.embedded.platform import embedded_platform
from lapor_deploy.embedded.ports import accepts, free_port
from lapor_deploy.embedded.postgres_user import remove_orphans
from lapor_deploy.embedded.program import running_pid, running_pids
from lapor_deploy.stack import Stack

pytestmark = pytest.mark.component

# `lapor up` with a small service of its own instead of the four: what is tested is the running of programs.
UP = """
import sys
from pathlib import Path
from rich.console import Console
from lapor_deploy import cli, running
from lapor_deploy.embedded.program import Program
from lapor_deploy.parts import Parts
from lapor_deploy.stack import Stack

def services(stack):
    port = stack.http_port("greeter")
    serve = ("import http.server, sys; sys.argv[2:] and sys.exit('cannot: ' + sys.argv[2]);"
             "print('greeter is up', flush=True);"
             "http.server.ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])),"
             " http.server.SimpleHTTPRequestHandler).serve_forever()")
    argv = [sys.executable, "-c", serve, str(port), *sys.argv[2:3]]
    return [Program("greeter", argv, health_url=f"http://127.0.0.1:{port}/", stop_seconds=5)]

def run():
    detach = "--detach" in sys.argv
    if detach:
        sys.argv.remove("--detach")
    parts = Parts(prepare=lambda stack: None, services=services)
    running.up(Stack.create(Path(sys.argv[1])), parts, Console(width=200), detach=detach)

cli.app = run
cli.main()
"""


def eventually(holds: Callable[[], Any], what: str, seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < deadline, f"waited {seconds:.0f} s for: {what}"
        time.sleep(0.1)


def gone(pids: dict[str, int]) -> bool:
    """Has each of these processes ended? One that nobody waited for yet has ended too."""
    return not any(_alive(pid) for pid in pids.values())


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


# --- the platform itself ---------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with embedded_platform(tmp_path_factory.mktemp("platform") / "stack") as stack:
        yield stack


def test_each_role_opens_its_own_database_and_no_other(platform: Stack) -> None:
    async def versions() -> tuple[str, int]:
        own = await asyncpg.connect(platform.database_url("intake"))
        try:
            version = await own.fetchval("select current_setting('server_version')")
            await own.execute("create table t (n int); insert into t values (1)")
            return version, await own.fetchval("select n from t")
        finally:
            await own.close()

    async def knock(url: str) -> None:
        await (await asyncpg.connect(url)).close()

    version, stored = asyncio.run(versions())
    assert version.startswith("18.")
    assert stored == 1
    mine = platform.database_url("router")
    for other in ("lapor_intake", "lapor_escalation", "lapor_notifier", "postgres", "template1"):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            asyncio.run(knock(mine.rpartition("/")[0] + "/" + other))
    with pytest.raises(asyncpg.InvalidPasswordError):
        asyncio.run(knock(re.sub(r":[^:@/]+@", ":wrong@", mine)))


def test_the_broker_asks_for_a_password(platform: Stack) -> None:
    good = platform.kafka_client("admin")
    assert kafka_answers(good, seconds=10)
    assert not kafka_answers({**good, "sasl.password": "wrong"})
    assert not kafka_answers({"bootstrap.servers": platform.bootstrap, "security.protocol": "PLAINTEXT"})


def test_nobody_is_let_in_by_way_of_the_controller(platform: Stack, tmp_path: Path) -> None:
    """Its listener asks for the administrator's password as well: else anyone here could rule the broker."""
    boss = platform.kafka_credentials("admin")
    plain = "org.apache.kafka.common.security.plain.PlainLoginModule"
    signed_in = tmp_path / "signed-in.properties"
    signed_in.write_text(
        "security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n"
        f'sasl.jaas.config={plain} required username="{boss.username}" password="{boss.password}";\n'
    )
    anonymous = tmp_path / "anonymous.properties"
    anonymous.write_text("default.api.timeout.ms=3000\nrequest.timeout.ms=2000\n")
    start = tool_command(platform, "configs", [])[: -len(["--bootstrap-server", "x", "--command-config", "x"])]
    address = ["--bootstrap-controller", f"127.0.0.1:{platform.port('controller')}"]
    question = ["--describe", "--entity-type", "brokers", "--entity-name", "1", "--all"]
    asked = [
        subprocess.Popen(
            [*start, *address, "--command-config", str(login), *question],
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for login in (signed_in, anonymous)
    ]
    answers = [process.communicate(timeout=60)[0].decode() for process in asked]
    assert "authorizer.class.name=" in answers[0]
    assert "authorizer.class.name=" not in answers[1]
    assert asked[1].returncode != 0


def test_without_a_rule_a_user_reads_and_writes_nothing_and_makes_no_topic(platform: Stack) -> None:
    boss = platform.kafka_credentials("admin")
    client = admin.admin_client(platform.bootstrap, boss.username, boss.password)
    admin.ensure_topics(client, ["lapor.decisions"])
    admin.ensure_user(client, "stranger", platform.kafka_credentials("stranger").password)
    settings = platform.kafka_client("stranger")
    refusals: list[Any] = []
    producer = Producer({**settings, "message.timeout.ms": 10_000})
    for topic in ("lapor.decisions", "a-topic-that-nobody-made"):
        producer.produce(topic, b"x", on_delivery=lambda error, _: refusals.append(error and error.code()))
    producer.flush(20)
    assert len(refusals) == 2
    assert refusals[0] == KafkaError.TOPIC_AUTHORIZATION_FAILED
    assert "a-topic-that-nobody-made" not in client.list_topics(timeout=10).topics
    consumer = Consumer({**settings, "group.id": "g", "auto.offset.reset": "earliest"})
    try:
        consumer.subscribe(["lapor.decisions"])
        message = consumer.poll(20)
        assert message is not None
        error = message.error()
        assert error is not None
        assert error.code() in (KafkaError.TOPIC_AUTHORIZATION_FAILED, KafkaError.GROUP_AUTHORIZATION_FAILED)
    finally:
        consumer.close()


def test_kafkas_own_tools_run_signed_in(platform: Stack) -> None:
    boss = platform.kafka_credentials("admin")
    admin.ensure_topics(admin.admin_client(platform.bootstrap, boss.username, boss.password), ["lapor.complaints"])
    done = subprocess.run(
        tool_command(platform, "topics", ["--describe", "--topic", "lapor.complaints"]),
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert "PartitionCount: 8" in done.stdout
    assert done.stderr == ""
    assert boss.password not in " ".join(tool_command(platform, "topics", ["--list"]))


def test_no_password_in_a_command_line_or_an_open_file(platform: Stack) -> None:
    secrets = [platform.kafka_credentials("admin").password, *platform.database_passwords().values()]
    pids = running_pids(platform.data / "run")
    assert {"kafka", "postgres"} <= set(pids)
    for pid in pids.values():
        command_line = Path(f"/proc/{pid}/cmdline").read_bytes().decode()
        assert not [secret for secret in secrets if secret in command_line]
    for path in (path for path in platform.data.rglob("*") if path.is_file() and path.stat().st_mode & 0o044):
        if path.stat().st_size < 1_000_000 and not path.is_relative_to(platform.data / "kafka" / "log"):
            text = path.read_bytes().decode("utf-8", "replace")
            assert not [secret for secret in secrets if secret in text], path


def test_the_platform_ends_with_the_process_that_started_it(tmp_path: Path) -> None:
    """Also by SIGKILL: a test run that is killed leaves nothing behind."""
    data = tmp_path / "stack"
    script = (
        "import sys, time, pathlib\n"
        "from lapor_deploy.embedded.platform import embedded_platform\n"
        "with embedded_platform(pathlib.Path(sys.argv[1])):\n"
        "    print('up', flush=True)\n"
        "    time.sleep(600)\n"
    )
    owner = subprocess.Popen([sys.executable, "-c", script, str(data)], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    with owner, owner.stdout:
        assert owner.stdout.readline() == "up\n"
        pids = running_pids(data / "run")
        assert {"kafka", "postgres"} <= set(pids)
        owner.kill()
    eventually(lambda: gone(pids), "the broker and the database to end", 20)


# --- up and down -----------------------------------------------------------------------------------------


class Up:
    """A `lapor up` in a process of its own."""

    def __init__(self, data: Path, *arguments: str) -> None:
        self.data = data
        self.run = data / "run"
        self._output = data.parent / f"{data.name}.out"
        with self._output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", UP, str(data), *arguments], stdout=output, stderr=subprocess.STDOUT
            )

    @property
    def output(self) -> str:
        return self._output.read_text(encoding="utf-8")

    def wait_for(self, text: str, seconds: float = 60.0) -> None:
        eventually(lambda: text in self.output or self.process.poll() is not None, text, seconds)
        assert text in self.output, self.output

    def ended(self, seconds: float = 60.0) -> int:
        return self.process.wait(seconds)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A data folder for all: its storage is made by whoever comes first, and each leaves it stopped."""
    data = tmp_path_factory.mktemp("up") / "data"
    yield data
    if (data / "stack.json").exists():
        # As root it lies elsewhere, and as the database of a durable stack nobody else ever removes it.
        shutil.rmtree(Stack.load(data).postgres_server().folder)


@pytest.fixture
def start_up(folder: Path) -> Iterator[Callable[..., Up]]:
    """Starts `lapor up`s and ends what a failed test left running."""
    started: list[Up] = []

    def start(*arguments: str, data: Path = folder) -> Up:
        (data / "log" / "supervisord.log").unlink(missing_ok=True)
        started.append(Up(data, *arguments))
        return started[-1]

    yield start
    for one in started:
        if one.process.poll() is None:
            one.process.kill()
            one.process.wait()
        for pid in running_pids(one.run).values():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


@pytest.fixture(scope="module")
def ledger() -> Callable[[Up], None]:
    """Writes a row into a database of the folder, and finds all rows that were written before."""
    written = itertools.count()

    async def write(url: str) -> int:
        connection = await asyncpg.connect(url)
        try:
            await connection.execute("create table if not exists kept (n int)")
            before: int = await connection.fetchval("select count(*) from kept")
            await connection.execute("insert into kept values (1)")
            return before
        finally:
            await connection.close()

    def check(up: Up) -> None:
        assert asyncio.run(write(Stack.load(up.data).database_url("intake"))) == next(written)

    return check


def stop_order(up: Up) -> list[str]:
    return re.findall(r"stopped: (\S+)", (up.data / "log" / "supervisord.log").read_text())


def down(data: Path) -> str:
    script = "from lapor_deploy.cli import main; main()"
    command = [sys.executable, "-c", script, "down", "--data", str(data)]
    return subprocess.run(command, capture_output=True, text=True, check=True, timeout=100).stdout.strip()


def test_up_shows_one_log_restarts_what_dies_and_ends_with_nothing_left(
    start_up: Callable[..., Up], ledger: Callable[[Up], None]
) -> None:
    up = start_up()
    up.wait_for("greeter  │ greeter is up")
    pids = running_pids(up.run)
    assert set(pids) >= {"supervisord", "postgres", "kafka", "mailbox", "greeter"}
    ledger(up)

    os.kill(pids["greeter"], signal.SIGKILL)
    up.wait_for("greeter  │ ended and was started again")
    eventually(lambda: running_pid(up.run, "greeter") not in (None, pids["greeter"]), "a new greeter")

    # A second one on the same folder is refused, and harms the first in no way.
    second = subprocess.run(
        [sys.executable, "-c", UP, str(up.data)], capture_output=True, text=True, check=False, timeout=60
    )
    assert second.returncode == 1
    assert second.stderr.count("\n") == 1
    assert "in use by another `lapor up`" in second.stderr

    pids = running_pids(up.run)
    up.process.send_signal(signal.SIGTERM)
    assert up.ended() == 0
    assert up.output.rstrip().endswith("stopped")
    assert gone(pids)
    assert stop_order(up)[-4:] == ["greeter", "mailbox", "kafka", "postgres"]


def test_detached_it_stays_until_down(start_up: Callable[..., Up], ledger: Callable[[Up], None]) -> None:
    up = start_up("--detach")
    assert up.ended() == 0, up.output
    pids = running_pids(up.run)
    assert set(pids) >= {"supervisord", "postgres", "kafka", "mailbox", "greeter"}
    ledger(up)
    assert down(up.data) == "stopped"
    assert gone(pids)
    assert not list(up.run.glob("*.pid"))
    assert down(up.data).startswith("nothing is running")


def test_a_data_folder_that_is_moved_keeps_its_databases(
    start_up: Callable[..., Up], ledger: Callable[[Up], None], folder: Path
) -> None:
    """Also as root, when the database lies elsewhere, and although another stack starts in between."""
    up = start_up("--detach")
    assert up.ended() == 0, up.output
    ledger(up)
    assert down(folder) == "stopped"
    moved = folder.rename(folder.with_name("moved"))
    try:
        remove_orphans()
        up = start_up("--detach", data=moved)
        assert up.ended() == 0, up.output
        ledger(up)
        assert down(moved) == "stopped"
    finally:
        moved.rename(folder)


def test_when_the_supervisor_is_killed_nothing_outlives_it(
    start_up: Callable[..., Up], ledger: Callable[[Up], None]
) -> None:
    up = start_up()
    up.wait_for("greeter  │ greeter is up")
    ledger(up)
    pids = running_pids(up.run)
    os.kill(pids["supervisord"], signal.SIGKILL)
    assert up.ended() == 1
    assert up.output.splitlines()[-1].startswith("lapor: supervisord stopped by itself")
    assert gone(pids)


def test_when_up_is_killed_all_of_it_ends_in_order(start_up: Callable[..., Up]) -> None:
    up = start_up()
    up.wait_for("greeter  │ greeter is up")
    pids = running_pids(up.run)
    up.process.kill()
    eventually(lambda: gone(pids), "everything to end with `lapor up`", 60)
    assert stop_order(up) == ["greeter", "mailbox", "kafka", "postgres"]


def test_a_service_that_cannot_start_is_one_line_and_nothing_is_left(start_up: Callable[..., Up]) -> None:
    up = start_up("no-settings")
    assert up.ended() == 1
    line = up.output.splitlines()[-1]
    assert line.startswith("lapor: greeter stopped by itself (cannot: no-settings): read ")
    assert "Traceback" not in up.output
    assert not running_pids(up.run)


def test_a_port_that_is_taken_is_named(tmp_path: Path, start_up: Callable[..., Up]) -> None:
    port = Stack.create(tmp_path / "data").port("kafka")
    with socket.socket() as other:
        other.bind(("127.0.0.1", port))
        other.listen()
        up = start_up(data=tmp_path / "data")
        assert up.ended() == 1
    assert up.output.splitlines()[-1].startswith(f"lapor: port {port} (kafka) is taken by another program: ")
    assert not running_pids(up.run)


# --- the mailbox -----------------------------------------------------------------------------------------


def test_the_mailbox_keeps_each_mail_as_a_file_in_order(tmp_path: Path) -> None:
    port, folder = free_port(), tmp_path / "mail"
    command = [sys.executable, "-m", "lapor_deploy.mailbox", "--port", str(port), "--dir", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as mailbox:
        eventually(lambda: accepts("127.0.0.1", port), "the mailbox to listen", 30)
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as smtp:
            for number in (1, 2, 3):
                mail = EmailMessage()
                mail["From"], mail["To"], mail["Subject"] = "a@lapor.example", "b@pupr.example", f"Surat {number}"
                mail.set_content("Jalan rusak di Kampung Sembuan.\n")
                smtp.send_message(mail, to_addrs=["b@pupr.example", "hidden@pupr.example"])
        mailbox.terminate()
        assert mailbox.wait(10) == 0
    files = sorted(folder.iterdir())
    assert [path.suffix for path in files] == [".eml"] * 3
    texts = [path.read_text() for path in files]
    assert [re.search(r"Subject: (.*)", text)[1] for text in texts] == ["Surat 1", "Surat 2", "Surat 3"]  # type: ignore[index]
    assert "Return-Path: <a@lapor.example>" in texts[0]
    assert "Delivered-To: hidden@pupr.example" in texts[0]
    assert "Jalan rusak di Kampung Sembuan." in texts[0]


def test_a_given_address_that_does_not_answer_is_named_without_its_password(
    tmp_path: Path, start_up: Callable[..., Up], monkeypatch: pytest.MonkeyPatch
) -> None:
    for service in ("INTAKE", "ROUTER", "ESCALATION", "NOTIFIER"):
        url = f"postgresql://lapor:hidden-word@127.0.0.1:{free_port()}/x"
        monkeypatch.setenv(f"LAPOR_{service}_DATABASE_URL", url)
    monkeypatch.setenv("LAPOR_KAFKA_BOOTSTRAP", "127.0.0.1:1")
    monkeypatch.setenv("LAPOR_KAFKA_USERNAME", "boss")
    monkeypatch.setenv("LAPOR_KAFKA_PASSWORD", "hidden-word")
    monkeypatch.setenv("LAPOR_SMTP_URL", "smtp://127.0.0.1:1")
    up = start_up(data=tmp_path / "data")
    assert up.ended() == 1
    assert up.output.splitlines()[-1].startswith("lapor: LAPOR_KAFKA_BOOTSTRAP does not answer at 127.0.0.1:1: ")
    assert "hidden-word" not in up.output
