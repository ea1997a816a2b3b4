"""Where things lie: the data folder of a stack, the cache of downloaded jars."""

from __future__ import annotations

import errno
import os
import secrets
import shutil
from pathlib import Path

from lapor_deploy.errors import LaporError

JARS_LOCK = Path(__file__).resolve().parent.parent / "kafka-jars.lock"
# Kafka refuses to write and PostgreSQL panics on a full disk; below this they are not started at all.
LEAST_FREE_BYTES = 500_000_000


def cache_dir() -> Path:
    """Survives a clean clone; `LAPOR_CACHE` overrides."""
    given = os.environ.get("LAPOR_CACHE")
    return Path(given).resolve() if given else Path.home() / ".cache" / "lapor"


def data_dir(given: Path | None = None, *, simulated: bool = False) -> Path:
    """Argument, else `LAPOR_DATA`, else `.lapor` here (a simulated stack has a folder of its own in it)."""
    if given is None and "LAPOR_DATA" in os.environ:
        given = Path(os.environ["LAPOR_DATA"])
    if given is not None:
        return given.resolve()
    default = Path(".lapor").resolve()
    return default / "simulated" if simulated else default


def make_private_dir(path: Path) -> Path:
    """A folder that only its owner may enter, and its parents where they are missing."""
    for folder in reversed([path, *path.parents]):
        folder.mkdir(exist_ok=True, mode=0o700)
    return path


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 0600 atomically: a reader sees the old text or the new."""
    make_private_dir(path.parent)
    draft = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(path)


def kept_secret(path: Path) -> str:
    """The password in this file; a new random one (url-safe, 192 bits) is kept there if there is none."""
    if not path.exists():
        write_private(path, secrets.token_urlsafe(24))
    return path.read_text(encoding="utf-8")


def check_disk(path: Path) -> None:
    """Raise LaporError when the file system of `path` is as good as full."""
    free = shutil.disk_usage(path).free
    if free < LEAST_FREE_BYTES:
        raise LaporError(
            f"the disk of {path} is full: {free // 1_000_000} MB left, 500 needed",
            "free some space, or name another folder with --data",
        )


def explain_os_error(error: OSError) -> LaporError | None:
    """What an operator can do about a full disk or a refused file; None for anything else."""
    where = error.filename or "a file of the stack"
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return LaporError(f"no space left while writing {where}", "free some space, or name another folder with --data")
    if error.errno in (errno.EACCES, errno.EPERM, errno.EROFS):
        return LaporError(f"not allowed to write {where}", "give this user the folder, or name another with --data")
    return None
