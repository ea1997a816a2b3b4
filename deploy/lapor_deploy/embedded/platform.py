"""Kafka and PostgreSQL as children of this process: for tests, benchmarks and short stories."""

from __future__ import annotations

import base64
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

from lapor_deploy.embedded.postgres_user import remove_orphans
from lapor_deploy.embedded.program import Child, Program, wait_until
from lapor_deploy.paths import check_disk, make_private_dir
from lapor_deploy.stack import Stack

START_SECONDS = 60.0


@contextmanager
def embedded_platform(data: Path, *, durable: bool = False) -> Iterator[Stack]:
    """A broker and a database server with the services' databases; both are gone when the block ends.

    They also end with this process, however it ends: enter the block in a thread that lives as long.
    Not `durable`: PostgreSQL does not wait for the disk; killing its process still loses nothing.
    """
    stack = Stack.create(data, durable=durable)
    check_disk(data)
    started: list[Child] = []
    # First: a stack that was moved says so, and its folder elsewhere is no orphan.
    server = stack.postgres_server() if stack.embeds_postgres else None
    remove_orphans()
    with ExitStack() as cleanup:
        cleanup.callback(_kill_all, started)
        if server and not stack.durable and server.folder.parent != data:
            cleanup.callback(shutil.rmtree, server.folder, ignore_errors=True)
        format_storage(stack, started)
        _start(stack, started)
        if server:
            server.provide(stack.database_passwords())
        yield stack


def node_id(stack_id: str) -> str:
    """Kafka's cluster id of a stack: 16 bytes in base64, made of the stack's own id."""
    return base64.urlsafe_b64encode(stack_id.encode().ljust(16, b"0")[:16]).decode().rstrip("=")


def format_storage(stack: Stack, started: list[Child] | None = None) -> None:
    """Make what must be there before the first start; both sides at once, and nothing the second time."""
    node = stack.kafka_node() if stack.embeds_kafka else None
    server = stack.postgres_server() if stack.embeds_postgres else None
    programs = [server.formatting() if server else None, node.formatting(node_id(stack.id)) if node else None]
    run_to_end(stack, [program for program in programs if program], started)
    for made in (node, server):
        if made:
            made.mark_formatted()


def run_to_end(stack: Stack, programs: list[Program], started: list[Child] | None = None) -> None:
    """Run programs side by side until each has ended well."""
    children = [_child(stack, program) for program in programs]
    if started is not None:
        started.extend(children)
    deadline = time.monotonic() + START_SECONDS
    for child in children:
        child.finished(max(0.1, deadline - time.monotonic()))


def train(data: Path, warm_start: Path) -> None:
    """Start and stop a broker in `data` and write its loaded classes to `warm_start`."""
    stack = Stack.create(data)
    node = stack.kafka_node()
    draft = warm_start.with_suffix(".draft")
    ordinary = node.program()
    argv = [ordinary.argv[0], f"-XX:AOTCacheOutput={draft}", *ordinary.argv[1:]]
    formatting_node = node.formatting(node_id(stack.id))
    if formatting_node:
        run_to_end(stack, [formatting_node])
    broker = _child(stack, replace(ordinary, argv=argv, stop_seconds=120))
    try:
        wait_until(node.ready, broker.alive, "kafka", broker.log, START_SECONDS)
        broker.stop()
    finally:
        _kill_all([broker])
    if draft.exists():
        draft.rename(warm_start)


def _start(stack: Stack, started: list[Child]) -> None:
    """Both at once, then wait for both."""
    waits = []
    if stack.embeds_postgres:
        server = stack.postgres_server()
        waits.append((_child(stack, server.program()), server.ready))
    if stack.embeds_kafka:
        node = stack.kafka_node()
        waits.append((_child(stack, node.program()), node.ready))
    started.extend(child for child, _ in waits)
    for child, ready in waits:
        wait_until(ready, child.alive, child.program.name, child.log, START_SECONDS)


def _child(stack: Stack, program: Program) -> Child:
    logs = make_private_dir(stack.data / "log")
    return Child(program, stack.data / "run", logs / f"{program.name}.log")


def _kill_all(children: list[Child]) -> None:
    for child in reversed(children):
        if child.alive():
            child.kill()
