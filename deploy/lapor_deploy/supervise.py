"""The programs of one stack under supervisord: its configuration, its start and stop, its answers.

supervisord restarts what ends by itself (with back-off while it cannot start), keeps one log a program,
and stops in order: services first, then the mailbox, the broker and the database. It is asked through its
XML-RPC on a socket file that only this user can open.
"""

from __future__ import annotations

import hashlib
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
import xmlrpc.client
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from supervisor.xmlrpc import SupervisorTransport

from lapor_deploy.embedded.program import Program, pid_file, running_pid, running_pids
from lapor_deploy.errors import LaporError
from lapor_deploy.paths import make_private_dir, write_private

NAME = "supervisord"
# A socket's path has at most 107 bytes on Linux, 103 elsewhere.
_LONGEST_SOCKET_PATH = 100
_START_SECONDS = 15.0
_STOP_SECONDS = 90.0
_LOG_BYTES = "20MB"
_ERRORS = (OSError, xmlrpc.client.Error, xmlrpc.client.ProtocolError)


@dataclass(frozen=True)
class State:
    """Of one program, as supervisord says: RUNNING, STARTING, BACKOFF (tries again), FATAL (gave up), ..."""

    name: str
    state: str
    pid: int
    since: int

    @property
    def gave_up(self) -> bool:
        return self.state in ("FATAL", "UNKNOWN")


class Supervisor:
    """The supervisord of a data folder."""

    def __init__(self, data: Path) -> None:
        self._data = data
        self._run = data / "run"
        socket_path = self._run / "supervisor.sock"
        if len(str(socket_path)) > _LONGEST_SOCKET_PATH:
            short = hashlib.sha256(str(data).encode()).hexdigest()[:16]
            socket_path = Path(tempfile.gettempdir()) / f"lapor-{os.getuid()}-{short}.sock"
        self._socket = socket_path

    def start(self, platform: Sequence[Program], services: Sequence[Program], *, detached: bool) -> None:
        """Start supervisord, but none of its programs. Not detached: it ends, in order, with this process."""
        make_private_dir(self._run)
        make_private_dir(self._data / "log")
        self._stopping.unlink(missing_ok=True)
        config = self._run / "supervisord.conf"
        write_private(config, self._config(platform, services))
        command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(config)]
        launch = Program(NAME, command).write(self._run, death_signal=None if detached else signal.SIGTERM)
        log = self._data / "log" / f"{NAME}.out"
        with log.open("wb") as output:
            started = subprocess.Popen(
                launch, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )
        deadline = time.monotonic() + _START_SECONDS
        while not self.answers():
            if started.poll() is not None or time.monotonic() > deadline:
                raise LaporError("supervisord did not start", f"read {log}")
            time.sleep(0.05)

    def answers(self) -> bool:
        # Asked first: its client leaves a socket open that it could not connect.
        if not self._socket.exists():
            return False
        try:
            self._call().getState()
        except _ERRORS:
            return False
        return True

    def pid(self) -> int | None:
        """Of the running supervisord, None when there is none."""
        return running_pid(self._run, NAME)

    def start_program(self, name: str) -> None:
        self._call().startProcess(self._full_name(name), False)

    def stop_program(self, name: str) -> None:
        """It stays stopped until it is started again."""
        self._call().stopProcess(self._full_name(name), True)

    def states(self) -> dict[str, State]:
        """By program; empty when supervisord does not answer."""
        if not self._socket.exists():
            return {}
        try:
            answer: Any = self._call().getAllProcessInfo()
        except _ERRORS:
            return {}
        return {one["name"]: State(one["name"], one["statename"], one["pid"], one["start"]) for one in answer}

    def told_to_stop(self) -> bool:
        """Did somebody call `stop` since the start?"""
        return self._stopping.exists()

    @property
    def _stopping(self) -> Path:
        return self._run / "stopping"

    def stop(self) -> bool:
        """Stop all programs in order, then supervisord and whatever is left; False: nothing was running."""
        was_running = bool(running_pids(self._run))
        pid = self.pid()
        if pid is not None:
            self._stopping.touch()
            with suppress(*_ERRORS):
                self._call().shutdown()
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
            self._wait_for_end(lambda: self.pid() is None, _STOP_SECONDS)
        # Programs whose supervisord was killed were told to stop by the kernel: give them their time.
        self._wait_for_end(lambda: not running_pids(self._run), _STOP_SECONDS / 3)
        for left in running_pids(self._run).values():
            with suppress(ProcessLookupError):
                os.kill(left, signal.SIGKILL)
        for path in self._run.glob("*.pid"):
            path.unlink(missing_ok=True)
        self._socket.unlink(missing_ok=True)
        return was_running

    @staticmethod
    def _wait_for_end(ended: Callable[[], bool], seconds: float) -> None:
        deadline = time.monotonic() + seconds
        while not ended() and time.monotonic() < deadline:
            time.sleep(0.05)

    def _call(self) -> Any:
        transport = SupervisorTransport(None, None, f"unix://{self._socket}")
        return xmlrpc.client.ServerProxy("http://localhost", transport=transport).supervisor

    def _full_name(self, name: str) -> str:
        """With supervisord's group, which it asks for."""
        answer: Any = self._call().getAllProcessInfo()
        return next(f"{one['group']}:{name}" for one in answer if one["name"] == name)

    def _config(self, platform: Sequence[Program], services: Sequence[Program]) -> str:
        logs = self._data / "log"
        sections = [
            f"[supervisord]\nnodaemon=true\nsilent=true\nlogfile={_plain(logs / 'supervisord.log')}\n"
            f"logfile_maxbytes={_LOG_BYTES}\nlogfile_backups=1\npidfile={_plain(pid_file(self._run, NAME))}\n"
            f"childlogdir={_plain(logs)}\n" + ("user=root\n" if os.geteuid() == 0 else ""),
            f"[unix_http_server]\nfile={_plain(self._socket)}\nchmod=0600\n",
            "[rpcinterface:supervisor]\n"
            "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n",
        ]
        # supervisord stops groups from the highest priority down; the programs of one group at the same time.
        for priority, program in enumerate(platform, start=1):
            sections.append(self._program(program, priority, tries=3))
        sections += [self._program(program, 900, tries=8) for program in services]
        if services:
            names = ",".join(program.name for program in services)
            sections.append(f"[group:services]\nprograms={names}\npriority=900\n")
        return "\n".join(sections)

    def _program(self, program: Program, priority: int, *, tries: int) -> str:
        """`tries`: how often, ever slower, a start is tried that does not hold for `startsecs`."""
        command = shlex.join(program.write(self._run, death_signal=program.stop_signal))
        return (
            f"[program:{program.name}]\n"
            f"command={command.replace('%', '%%')}\n"
            f"priority={priority}\nautostart=false\nautorestart=true\n"
            f"startsecs=3\nstartretries={tries}\n"
            f"stopsignal={program.stop_signal.name.removeprefix('SIG')}\nstopwaitsecs={program.stop_seconds}\n"
            f"redirect_stderr=true\nstdout_logfile={_plain(self._data / 'log' / program.name)}.log\n"
            f"stdout_logfile_maxbytes={_LOG_BYTES}\nstdout_logfile_backups=2\n"
        )


def _plain(path: Path) -> str:
    """A path in supervisord's configuration, where a percent sign starts a variable."""
    return str(path).replace("%", "%%")
