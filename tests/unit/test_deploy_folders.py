"""PostgreSQL's folder elsewhere, which root's stacks need: it outlives a move, and nobody else's is touched."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import pytest
from lapor_deploy.embedded import postgres_user
from lapor_deploy.embedded.postgres_user import reachable_folder, remove_orphans
from lapor_deploy.embedded.program import User
from lapor_deploy.errors import LaporError
from lapor_deploy.paths import write_private

STACK = "0123456789abcdef012345"


@pytest.fixture
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stands for /var/tmp; gives the folder that the stack's database lies in."""
    shared = tmp_path / "shared"
    shared.mkdir()
    monkeypatch.setattr(postgres_user, "_SHARED", shared)
    return shared / f"lapor-data-{STACK}"


@pytest.fixture
def user() -> User:
    """As if we were root and PostgreSQL another user: a folder of mode 0700 is out of its reach."""
    return User("ourselves", os.geteuid(), os.getegid())


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A stack's data folder in a closed one."""
    (tmp_path / "closed").mkdir(mode=0o700)
    return make(tmp_path / "closed" / ".lapor")


def make(data: Path, another: str = STACK) -> Path:
    data.mkdir()
    write_private(data / "stack.json", f'{{"id": "{another}"}}')
    return data


def place_of(data: Path, user: User, *, disposable: bool = False) -> Path:
    return reachable_folder(data / "postgres", STACK, user, disposable=disposable)


def test_a_stack_that_was_moved_keeps_its_database(elsewhere: Path, user: User, data: Path, tmp_path: Path) -> None:
    vault = place_of(data, user) / "vault"
    vault.touch()
    moved = data.rename(tmp_path / "closed" / "renamed")
    # Another stack starts first.
    remove_orphans()
    assert vault.exists()
    assert place_of(moved, user) == elsewhere == vault.parent
    assert (elsewhere / "belongs-to").read_text() == str(moved)
    remove_orphans()
    assert vault.exists()


def test_moved_to_where_all_can_reach_it_the_database_stays_where_it_is(
    elsewhere: Path, user: User, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (place_of(data, user) / "vault").touch()
    monkeypatch.setattr(postgres_user, "_reachable", lambda path: "closed" not in str(path))
    moved = data.rename(tmp_path / "open")
    assert place_of(moved, user) == elsewhere


def test_moved_out_of_reach_it_is_refused_and_not_begun_anew(
    user: User, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, elsewhere: Path
) -> None:
    monkeypatch.setattr(postgres_user, "_reachable", lambda path: "closed" not in str(path))
    data = make(tmp_path / "open")
    (place_of(data, user) / "formatted").touch()
    (tmp_path / "closed").mkdir()
    moved = data.rename(tmp_path / "closed" / "moved")
    with pytest.raises(LaporError, match=r"cannot reach the database in .*/closed/moved/postgres any more: let other"):
        place_of(moved, user)
    assert not elsewhere.exists()


def test_a_copy_does_not_write_into_the_database_of_the_first(
    elsewhere: Path, user: User, data: Path, tmp_path: Path
) -> None:
    place_of(data, user)
    copy = tmp_path / "closed" / "copy"
    shutil.copytree(data, copy)
    with pytest.raises(LaporError, match=r"copy is a copy of .*\.lapor, and the database in "):
        place_of(copy, user)
    assert place_of(data, user) == elsewhere
    shutil.rmtree(data)
    assert place_of(copy, user) == elsewhere


def test_only_what_a_disposable_stack_left_is_removed(elsewhere: Path, user: User, data: Path) -> None:
    place_of(data, user, disposable=True)
    remove_orphans()
    assert elsewhere.exists()
    shutil.rmtree(data)
    make(data, another="f" * 22)
    remove_orphans()
    assert not elsewhere.exists()


def test_another_users_closed_folder_is_passed_over(
    elsewhere: Path, user: User, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Root may look into any, so the refusal is made here as the system makes it."""
    place_of(data, user, disposable=True)
    shutil.rmtree(data)
    theirs = elsewhere.with_name("lapor-data-00")
    theirs.mkdir(mode=0)
    exists = Path.exists

    def refused(path: Path) -> bool:
        if theirs in path.parents:
            raise PermissionError(13, "Permission denied", str(path))
        return exists(path)

    monkeypatch.setattr(Path, "exists", refused)
    remove_orphans()
    assert theirs.is_dir()
    assert not elsewhere.exists()


def test_what_is_not_ours_is_neither_used_nor_removed(elsewhere: Path, user: User, data: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    elsewhere.symlink_to(other)
    with pytest.raises(LaporError, match="belongs to somebody else"):
        place_of(data, user)
    remove_orphans()
    assert elsewhere.is_symlink()
