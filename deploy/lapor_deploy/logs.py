"""One log on the screen from one file a process: a coloured name in front, JSON lines made readable."""

from __future__ import annotations

import json
import zlib
from pathlib import Path

from rich.console import Console
from rich.text import Text

_COLOURS = ("cyan", "green", "yellow", "magenta", "blue", "bright_cyan", "bright_green", "bright_magenta")
_LEVEL_STYLES = {"warning": "yellow", "error": "bold red", "critical": "bold red"}
# Told by the line's place, or of use to machines only.
_NOT_SHOWN = frozenset({"event", "level", "timestamp", "service", "instance", "logger", "trace_id", "span_id"})
_MOST_BYTES = 256 * 1024


class LogFile:
    """Reads what is appended to a file, line by line, through rotation."""

    def __init__(self, path: Path, *, from_start: bool = False) -> None:
        self._path = path
        self._inode, self._offset = self._identity()
        if from_start:
            self._offset = 0
        self._rest = b""

    def new_lines(self) -> list[str]:
        """The whole lines that came since the last call."""
        inode, size = self._identity()
        if inode != self._inode or size < self._offset:
            self._inode, self._offset, self._rest = inode, 0, b""
        if size == self._offset:
            return []
        with self._path.open("rb") as file:
            file.seek(self._offset)
            chunk = file.read(_MOST_BYTES)
        self._offset += len(chunk)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return [line.decode("utf-8", "replace").rstrip("\r") for line in lines]

    def _identity(self) -> tuple[int, int]:
        try:
            stat = self._path.stat()
        except FileNotFoundError:
            return 0, 0
        return stat.st_ino, stat.st_size


class MergedLog:
    """The logs of several programs on one console."""

    def __init__(self, console: Console, folder: Path, names: list[str]) -> None:
        self._console = console
        self._width = max(map(len, names), default=0)
        self._files = {name: LogFile(folder / f"{name}.log") for name in names}

    def show_new(self) -> int:
        """Print what came; the number of lines."""
        lines = [(name, line) for name, file in self._files.items() for line in file.new_lines()]
        for name, line in lines:
            self._console.print(self._prefixed(name, line), soft_wrap=True)
        return len(lines)

    def say(self, name: str, text: str, style: str = "bold") -> None:
        """A line of our own about a program."""
        self._console.print(Text.assemble(self._prefix(name), (text, style)), soft_wrap=True)

    def _prefix(self, name: str) -> tuple[str, str]:
        colour = _COLOURS[zlib.crc32(name.encode()) % len(_COLOURS)]
        return f"{name:<{self._width}} │ ", colour

    def _prefixed(self, name: str, line: str) -> Text:
        text, style = readable(line)
        return Text.assemble(self._prefix(name), (text, style))


def readable(line: str) -> tuple[str, str]:
    """The line for a person and its style: a JSON log line as `event key=value ...`, others as they are."""
    try:
        record = json.loads(line)
    except ValueError:
        return line, ""
    if not isinstance(record, dict) or "event" not in record:
        return line, ""
    details = " ".join(f"{key}={value}" for key, value in record.items() if key not in _NOT_SHOWN)
    moment = str(record.get("timestamp", ""))[11:23]
    words = [moment, str(record["event"]), details]
    return " ".join(word for word in words if word), _LEVEL_STYLES.get(str(record.get("level")), "")
