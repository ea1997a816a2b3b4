"""The lock of Kafka's jars, and the jars in the cache: every sha256 is checked before one is used.

The lock has one jar a line: `group:artifact:version sha256`, and nothing about where it comes from.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from lapor_deploy.errors import LaporError
from lapor_deploy.paths import JARS_LOCK, cache_dir

_LINE = re.compile(r"^(?P<coordinate>[^:\s]+:[^:\s]+:[^:\s]+) (?P<sha256>[0-9a-f]{64})$")


@dataclass(frozen=True)
class LockedJar:
    """One line of the lock."""

    coordinate: str
    sha256: str

    @property
    def file_name(self) -> str:
        _, artifact, version = self.coordinate.split(":")
        return f"{artifact}-{version}.jar"


def read_lock(lock: Path = JARS_LOCK) -> list[LockedJar]:
    """The jars of the lock, in class path order."""
    jars = []
    for number, line in enumerate(lock.read_text(encoding="utf-8").splitlines(), start=1):
        if not line.strip() or line.startswith("#"):
            continue
        match = _LINE.match(line)
        if match is None:
            raise LaporError(
                f"{lock} line {number} is not `group:artifact:version sha256`",
                "restore the file from version control, or remake it with `lapor install --relock`",
            )
        jars.append(LockedJar(match["coordinate"], match["sha256"]))
    return jars


def jars_dir(lock: Path = JARS_LOCK) -> Path:
    """The folder of the jars of exactly this lock."""
    return cache_dir() / "jars" / sha256_of(lock)[:16]


def installed_jars(lock: Path = JARS_LOCK) -> list[Path]:
    """Every jar of the lock, present and with the right sha256; raises LaporError otherwise."""
    folder = jars_dir(lock)
    paths = []
    for jar in read_lock(lock):
        path = folder / jar.file_name
        if not path.exists():
            raise LaporError(f"Kafka's {jar.file_name} is not installed", "run `lapor install`")
        check(jar, path, in_cache=True)
        paths.append(path)
    return paths


def check(jar: LockedJar, path: Path, *, in_cache: bool) -> None:
    """Raise LaporError unless the file is exactly the locked one."""
    got = sha256_of(path)
    if got == jar.sha256:
        return
    remedy = (
        f"delete {path} and run `lapor install` again"
        if in_cache
        else "do not use it; tell the maintainers, or check the mirror it came from"
    )
    raise LaporError(
        f"refused {jar.file_name}: its sha256 is {got}, the lock says {jar.sha256}",
        remedy,
    )


def sha256_of(path: Path) -> str:
    """In hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
