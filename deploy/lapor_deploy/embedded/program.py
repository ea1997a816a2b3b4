"""A program of the stack: what is run, with which settings, and how it is told to stop."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from lapor_deploy.errors import LaporError
from lapor_deploy.paths import make_private_dir, write_private

_TIED = Path(__file__).with_name("tied.py")
# Tells the processes of one data folder from all others, in their environment.
RUN_MARK = "LAPOR_RUN"
# What a program needs of the surroundings it was started in; all else is given to it by name.
_INHERITED = ("PATH", "HOME", "LANG", "TZ", "TMPDIR", "SSL_CERT_FILE", "LD_LIBRARY_PATH")


@dataclass(frozen=True)
class User:
    """A user that a program runs as; None where a `User | None` is wanted means: as we do."""

    name: str
    uid: int
    gid: int


@dataclass(frozen=True)
class Program:
    """`argv[0]` is an absolute path; `env` is added to a small inherited set."""

    name: str
    argv: Sequence[str]
    env: Mapping[str, str] = field(default_factory=dict)
    user: User | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    # Seconds after which a program that was told to stop is killed.
    stop_seconds: int = 10
    # Answers 200 when the program is ready; None: nothing is asked.
    health_url: str | None = None

    def write(self, run: Path, *, death_signal: signal.Signals | None) -> list[str]:
        """Write the launch file (mode 0600: settings hold passwords) into `run`; the command to start it.

        `death_signal` is what the program gets when its parent ends; None: it may outlive it.
        """
        inherited = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        launch = {
            "argv": list(self.argv),
            "env": {**inherited, **self.env, RUN_MARK: str(run)},
            # Another user may not be able to reach our folders.
            "cwd": "/" if self.user else str(run),
            "uid": self.user and self.user.uid,
            "gid": self.user and self.user.gid,
            "death_signal": int(death_signal or 0),
            "pid_file": str(pid_file(run, self.name)),
        }
        path = run / f"{self.name}.json"
        write_private(path, json.dumps(launch))
        return [sys.executable, "-I", "-S", str(_TIED), str(path)]


def pid_file(run: Path, name: str) -> Path:
    """Where the process id of a started program is kept."""
    return run / f"{name}.pid"


def running_pid(run: Path, name: str) -> int | None:
    """The process of this program if it runs: started from this very folder, not a later one of the same id."""
    try:
        pid = int(pid_file(run, name).read_text(encoding="utf-8"))
        surroundings = Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
    except (OSError, ValueError):
        return None
    # An ended process that nobody has waited for yet has no environment.
    return pid if f"{RUN_MARK}={run}".encode() in surroundings else None


def running_pids(run: Path) -> dict[str, int]:
    """Name -> process id of all programs started from this folder that run."""
    found = {path.stem: running_pid(run, path.stem) for path in run.glob("*.pid")}
    return {name: pid for name, pid in found.items() if pid is not None}


class Child:
    """A program started by this process, killed with it. Start it from a thread that lives as long as it."""

    def __init__(self, program: Program, run: Path, log: Path) -> None:
        make_private_dir(run)
        self.program = program
        self.log = log
        command = program.write(run, death_signal=signal.SIGKILL)
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, start_new_session=True
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative: the signal that ended it."""
        return self._process.poll()

    def alive(self) -> bool:
        return self.exit_code is None

    def finished(self, timeout: float) -> None:
        """Wait for a program that ends by itself; raises LaporError unless it ended well."""
        if self._process.wait(timeout) != 0:
            raise dead_child(self.program.name, self.log)
        # It has served its purpose, and Kafka's shows the administrator's salted keys.
        self.log.unlink()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait()

    def stop(self) -> None:
        """Ask it to stop, then kill it."""
        if not self.alive():
            return
        self._process.send_signal(self.program.stop_signal)
        try:
            self._process.wait(self.program.stop_seconds)
        except subprocess.TimeoutExpired:
            self.kill()


def dead_child(name: str, log: Path) -> LaporError:
    """The error for a program that ended although it should run."""
    return LaporError(f"{name} stopped by itself{_last_words(log)}", f"read {log}")


def wait_until(ready: Callable[[], bool], alive: Callable[[], bool], name: str, log: Path, seconds: float) -> None:
    """Wait until `ready()`; raises LaporError when the program ends first or takes longer than `seconds`."""
    deadline = time.monotonic() + seconds
    while not ready():
        if not alive():
            raise dead_child(name, log)
        if time.monotonic() > deadline:
            raise LaporError(f"{name} is not ready after {seconds:.0f} s", f"read {log}")
        time.sleep(0.05)


def _last_words(log: Path) -> str:
    """The last line of a log that says something, for a one-line error."""
    if not log.exists():
        return ""
    lines = log.read_bytes()[-8192:].decode("utf-8", "replace").splitlines()
    telling = [line.strip() for line in lines if "ERROR" in line or "FATAL" in line or "PANIC" in line]
    candidates = telling or [line.strip() for line in lines if line.strip()]
    return f" ({candidates[-1][:200]})" if candidates else ""
