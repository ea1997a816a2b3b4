"""The command `lapor`. Each command is loaded only when it is used.

Commands that belong to one service come from its package, through the entry point group `lapor.commands`:
an installation has the commands of what is installed in it. The rest are named in `COMMANDS`.
"""

from __future__ import annotations

import importlib
import logging
import os
import sys
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import typer
import typer.core
import typer.main

from lapor_deploy.errors import LaporError
from lapor_deploy.paths import data_dir, explain_os_error

# Name -> module:attribute of a typer.Typer; the order is that of `lapor --help`.
COMMANDS = {
    "install": "lapor_deploy.commands.install:app",
    "up": "lapor_deploy.commands.up:app",
    "down": "lapor_deploy.commands.down:app",
    "status": "lapor_deploy.commands.status:app",
    "topics": "lapor_deploy.commands.topics:app",
    "access": "lapor_deploy.commands.access:app",
    "submit": "lapor_deploy.commands.submit:app",
    "follow": "lapor_deploy.commands.follow:app",
    "verify": "lapor_deploy.commands.verify:app",
    "resend": "lapor_deploy.commands.dead_letters:resend",
    "dlq": "lapor_deploy.commands.dead_letters:app",
    "kafka": "lapor_deploy.commands.kafka_tools:app",
    "demo": "lapor_deploy.commands.demo:app",
}


class LazyCommands(typer.core.TyperGroup):
    """Imports the module of a command when it is wanted, and gives a service's command its addresses."""

    def list_commands(self, _context: Any) -> list[str]:
        return [*COMMANDS, *sorted(self._of_services())]

    def get_command(self, _context: Any, name: str) -> Any:
        if name in COMMANDS:
            module, _, attribute = COMMANDS[name].partition(":")
            loaded = getattr(importlib.import_module(module), attribute)
        elif name in self._of_services():
            _set_addresses()
            loaded = self._of_services()[name].load()
        else:
            return None
        command: Any = typer.main.get_command(loaded)
        command.name = name
        return command

    @staticmethod
    def _of_services() -> dict[str, EntryPoint]:
        return {entry.name: entry for entry in entry_points(group="lapor.commands")}


app = typer.Typer(
    name="lapor",
    cls=LazyCommands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _lapor() -> None:
    """SP4N-LAPOR!: run the system and look inside it."""


def _set_addresses() -> None:
    """Commands of services know the environment only: tell them the addresses of the stack here."""
    from lapor_deploy.stack import Stack  # noqa: PLC0415 - slow to import, and most commands need none of it

    folder = data_dir()
    if (folder / "stack.json").exists():
        for name, value in Stack.load(folder).operator_env().items():
            os.environ.setdefault(name, value)


def main() -> None:
    """Run the command; a LaporError is one line on standard error and exit code 1."""
    # Its lines would come before ours, which say the same and what to do.
    logging.getLogger("aiokafka").addHandler(logging.NullHandler())
    try:
        app()
    except LaporError as error:
        _fail(error)
    except OSError as error:
        explained = explain_os_error(error)
        if explained is None or os.environ.get("LAPOR_TRACEBACK"):
            raise
        _fail(explained)


def _fail(error: LaporError) -> None:
    print(f"lapor: {' '.join(str(error).split())}", file=sys.stderr)
    sys.exit(1)
