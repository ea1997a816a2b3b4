"""`lapor kafka <tool> ...`: Kafka's own command-line tools, signed in as administrator of the stack here."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from lapor_deploy.commands.options import DataOption
from lapor_deploy.embedded.kafka import ADMIN, jaas, java
from lapor_deploy.embedded.ports import LOOPBACK, accepts
from lapor_deploy.errors import LaporError
from lapor_deploy.paths import data_dir, write_private
from lapor_deploy.stack import Stack

# The names of Kafka's own scripts without `kafka-` and `.sh`.
TOOLS = {
    "topics": "org.apache.kafka.tools.TopicCommand",
    "console-consumer": "org.apache.kafka.tools.consumer.ConsoleConsumer",
    "console-producer": "org.apache.kafka.tools.ConsoleProducer",
    "consumer-groups": "org.apache.kafka.tools.consumer.group.ConsumerGroupCommand",
    "get-offsets": "org.apache.kafka.tools.GetOffsetShell",
    "acls": "org.apache.kafka.tools.AclCommand",
    "configs": "kafka.admin.ConfigCommand",
}
_LOGGING = Path(__file__).parent.parent / "embedded" / "log4j2-tools.properties"

app = typer.Typer()


@app.command(
    # What comes after the tool's name is the tool's.
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True, "allow_interspersed_args": False},
    epilog="Example: lapor kafka topics --list",
)
def kafka(
    context: typer.Context,
    tool: Annotated[str, typer.Argument(help=f"One of: {', '.join(TOOLS)}.", metavar="TOOL")],
    data: DataOption = None,
) -> None:
    """Kafka's own tools, from the same jars, with address and login filled in."""
    if tool not in TOOLS:
        raise LaporError(f"there is no tool `{tool}`", f"take one of {', '.join(TOOLS)}")
    stack = Stack.load(data_dir(data))
    if stack.embeds_kafka and not accepts(LOOPBACK, stack.port("kafka")):
        # The tool itself would be silent for a minute.
        raise LaporError(f"Kafka does not answer at {stack.bootstrap}", "is the stack up? see `lapor status`")
    command = tool_command(stack, tool, list(context.args))
    sys.stdout.flush()
    # The tool takes our place: Ctrl-C, exit code and output are its own.
    os.execv(command[0], command)  # noqa: S606 - no shell is wanted


def tool_command(stack: Stack, tool: str, arguments: list[str]) -> list[str]:
    """The command line of a tool; the login is in a file of mode 0600."""
    login = stack.data / "run" / "admin.properties"
    settings = stack.kafka_client(ADMIN)
    write_private(
        login,
        f"security.protocol={settings['security.protocol']}\n"
        f"sasl.mechanism={settings['sasl.mechanism']}\n"
        f"sasl.jaas.config={jaas(settings['sasl.username'], settings['sasl.password'])}\n",
    )
    filled_in = ["--bootstrap-server", stack.bootstrap, "--command-config", str(login)]
    logging = f"-Dlog4j2.configurationFile={_LOGGING}"
    return [*java("256m"), logging, TOOLS[tool], *([] if "--help" in arguments else filled_in), *arguments]
