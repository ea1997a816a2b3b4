"""`lapor up` and `lapor down`: the platform and the services of one data folder, in order."""

from __future__ import annotations

import fcntl
import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from rich.console import Console

from lapor_deploy.embedded.kafka import ADMIN, kafka_answers
from lapor_deploy.embedded.platform import format_storage
from lapor_deploy.embedded.ports import accepts, is_free
from lapor_deploy.embedded.postgres_user import remove_orphans
from lapor_deploy.embedded.program import Program, dead_child, wait_until
from lapor_deploy.errors import LaporError
from lapor_deploy.logs import MergedLog
from lapor_deploy.parts import Parts, platform_probes, platform_programs, unready
from lapor_deploy.paths import check_disk, make_private_dir
from lapor_deploy.stack import SERVICES, Stack
from lapor_deploy.supervise import Supervisor

PLATFORM_SECONDS = 60.0
SERVICE_SECONDS = 60.0
GIVEN_ADDRESS_SECONDS = 5.0
LOG_EVERY_SECONDS = 0.2
LOOK_EVERY_SECONDS = 1.0


def up(stack: Stack, parts: Parts, console: Console, *, detach: bool = False, new_ports: bool = False) -> bool:
    """Bring all up. Then, unless detached, show one log until Ctrl-C or SIGTERM, and stop all in order.

    True where it goes on running: detached, and not interrupted meanwhile.
    """
    with _sole_use(stack.data):
        supervisor = Supervisor(stack.data)
        _take_over(supervisor, stack.data)
        check_disk(stack.data)
        if new_ports:
            stack.forget_ports()
        stays = False
        try:
            with _stop_signals():
                logs = _bring_up(stack, parts, supervisor, console, detached=detach)
                if detach:
                    _detached(stack.data).touch()
                    stays = True
                else:
                    _follow(stack, supervisor, console, logs)
        except KeyboardInterrupt:
            console.print("stopping ...")
        finally:
            if not stays:
                with _deaf():
                    supervisor.stop()
    if not stays:
        console.print("stopped")
    return stays


def down(data: Path, console: Console) -> bool:
    """Stop whatever runs in this folder, in order; False when nothing did."""
    with console.status("stopping: services, mailbox, broker, database"):
        was_running = Supervisor(data).stop()
    _detached(data).unlink(missing_ok=True)
    return was_running


def _healthy(program: Program) -> bool:
    return unready(program) is None


def _bring_up(stack: Stack, parts: Parts, supervisor: Supervisor, console: Console, *, detached: bool) -> MergedLog:
    """All programs in order, each waited for; what they logged meanwhile and will log."""
    with _step(console, "storage"):
        _check_ports(stack)
        stack.keep_settings()
        format_storage(stack)
        platform = platform_programs(stack)
        # Only now: a stack that was moved has said so, and its folder elsewhere is no orphan.
        remove_orphans()
        services = parts.services(stack)
        # Chosen now at the latest, so that no service finds its port taken by another.
        _check_ports(stack)
        logs = MergedLog(console, stack.data / "log", [program.name for program in (*platform, *services)])
        supervisor.start(platform, services, detached=detached)
    with _step(console, "database, broker, mailbox"):
        for program in platform:
            supervisor.start_program(program.name)
        for name, ready in platform_probes(stack).items():
            _wait_for(stack, supervisor, name, ready, PLATFORM_SECONDS)
        _check_given(stack)
    with _step(console, "databases, topics, access rules"):
        if stack.embeds_postgres:
            stack.postgres_server().provide(stack.database_passwords())
        parts.prepare(stack)
    with _step(console, "services, first agencies"):
        for program in services:
            supervisor.start_program(program.name)
        parts.welcome(stack)
        for program in services:
            _wait_for(stack, supervisor, program.name, partial(_healthy, program), SERVICE_SECONDS)
    return logs


def _wait_for(stack: Stack, supervisor: Supervisor, name: str, ready: Callable[[], bool], seconds: float) -> None:
    pids: set[int] = set()

    def alive() -> bool:
        state = supervisor.states().get(name)
        if state is None or state.state not in ("STARTING", "RUNNING"):
            return False
        # At the first start nothing is tried twice: what fails now would fail again.
        pids.update({state.pid} - {0})
        return len(pids) <= 1

    wait_until(ready, alive, name, stack.data / "log" / f"{name}.log", seconds)


def _follow(stack: Stack, supervisor: Supervisor, console: Console, logs: MergedLog) -> None:
    """Show the log until `lapor down`; raises LaporError when a program gave up or the disk is full."""
    for line in summary(stack):
        console.print(line)
    pids = {name: state.pid for name, state in supervisor.states().items()}
    next_look = time.monotonic() + LOOK_EVERY_SECONDS
    while True:
        logs.show_new()
        if time.monotonic() >= next_look:
            next_look = time.monotonic() + LOOK_EVERY_SECONDS
            if supervisor.pid() is None:
                logs.show_new()
                if supervisor.told_to_stop():
                    return
                raise dead_child("supervisord", stack.data / "log" / "supervisord.log")
            check_disk(stack.data)
            for name, state in supervisor.states().items():
                if state.gave_up:
                    raise dead_child(name, stack.data / "log" / f"{name}.log")
                if state.pid and pids.get(name) not in (None, state.pid):
                    logs.say(name, f"ended and was started again (process {state.pid})", "bold yellow")
                if state.pid:
                    pids[name] = state.pid
        time.sleep(LOG_EVERY_SECONDS)


def summary(stack: Stack) -> list[str]:
    """Where to find what, a line each."""
    lines = [
        f"data    {stack.data}",
        f"Kafka   {stack.bootstrap}",
        f"intake  http://127.0.0.1:{stack.http_port('intake')}",
    ]
    if stack.embeds_smtp:
        lines.append(f"mail    {stack.mail_dir}")
    if stack.clock:
        lines.append(f"clock   {stack.clock}")
    return lines


def _check_ports(stack: Stack) -> None:
    for name, port in stack.ports().items():
        if not is_free(port):
            raise LaporError(
                f"port {port} ({name}) is taken by another program",
                "stop that program, or let others be chosen: `lapor up --new-ports`",
            )


def _check_given(stack: Stack) -> None:
    """Every address that was given instead of an embedded part must answer."""
    if not stack.embeds_kafka:
        deadline = time.monotonic() + GIVEN_ADDRESS_SECONDS
        while not kafka_answers(stack.kafka_client(ADMIN)):
            if time.monotonic() > deadline:
                raise _wrong_address("LAPOR_KAFKA_BOOTSTRAP", stack.bootstrap)
    urls = {f"LAPOR_{name.upper()}_DATABASE_URL": 5432 for name in SERVICES} | {"LAPOR_SMTP_URL": 25}
    for name, default_port in urls.items():
        if name in stack.given:
            _check_url(name, stack.given[name], default_port)


def _check_url(name: str, url: str, default_port: int) -> None:
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port or default_port
    except ValueError:
        host, port = None, default_port
    # Never the url itself: it holds a password.
    if host is None or not accepts(host, port, seconds=GIVEN_ADDRESS_SECONDS):
        raise _wrong_address(name, f"{host or '(no host)'}:{port}")


def _wrong_address(name: str, where: str) -> LaporError:
    return LaporError(f"{name} does not answer at {where}", f"correct it, or unset {name} to use the embedded one")


def _take_over(supervisor: Supervisor, data: Path) -> None:
    """Refuse a folder whose stack runs; clear away what a `lapor up` that was killed left running."""
    if supervisor.pid() is not None and _detached(data).exists():
        raise LaporError(f"the stack in {data} is running already", "see `lapor status`, or stop it with `lapor down`")
    supervisor.stop()
    _detached(data).unlink(missing_ok=True)


@contextmanager
def _sole_use(data: Path) -> Iterator[None]:
    """Hold the folder's lock; the kernel lets it go however this process ends."""
    with (make_private_dir(data) / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise LaporError(
                f"the data folder {data} is in use by another `lapor up`",
                "stop that one with `lapor down`, or name another folder with --data",
            ) from None
        yield


@contextmanager
def _stop_signals() -> Iterator[None]:
    """SIGTERM and SIGHUP end the block as Ctrl-C does."""

    def interrupt(_number: int, _frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _deaf() -> Iterator[None]:
    """While stopping, a second Ctrl-C must not leave half of it running."""
    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, signal.SIG_IGN) for number in numbers}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def _step(console: Console, what: str) -> Iterator[None]:
    began = time.monotonic()
    with console.status(f"starting: {what}"):
        yield
    console.print(f"[green]✓[/green] {what} [dim]{time.monotonic() - began:.1f} s[/dim]")


def _detached(data: Path) -> Path:
    """Exists while a stack runs without its `lapor up`."""
    return data / "run" / "detached"
