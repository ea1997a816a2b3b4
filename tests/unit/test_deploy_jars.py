"""The lock of Kafka's jars, and what happens to a jar that is not the locked one."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from jgo.maven import MavenContext
from lapor_deploy import install
from lapor_deploy.cli import main
from lapor_deploy.embedded import jars
from lapor_deploy.errors import LaporError
from lapor_deploy.paths import JARS_LOCK

GOOD = b"these bytes stand for a jar"


@pytest.fixture
def lock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lock of two jars, both in the cache."""
    monkeypatch.setenv("LAPOR_CACHE", str(tmp_path / "cache"))
    path = tmp_path / "kafka-jars.lock"
    digest = hashlib.sha256(GOOD).hexdigest()
    path.write_text(f"# made by hand\norg.one:first:1.0 {digest}\norg.two:second:2.0 {digest}\n")
    folder = jars.jars_dir(path)
    folder.mkdir(parents=True)
    for name in ("first-1.0.jar", "second-2.0.jar"):
        (folder / name).write_bytes(GOOD)
    return path


def test_installed_jars_are_found_without_a_network(lock: Path) -> None:
    assert [path.name for path in jars.installed_jars(lock)] == ["first-1.0.jar", "second-2.0.jar"]
    assert install.install(lock, quiet=True) == 0


@pytest.mark.parametrize("use", [jars.installed_jars, install.install])
def test_a_corrupted_jar_is_refused_with_both_hashes(lock: Path, use: object) -> None:
    bad = jars.jars_dir(lock) / "second-2.0.jar"
    bad.write_bytes(GOOD + b"!")
    with pytest.raises(LaporError) as caught:
        use(lock)  # type: ignore[operator]
    line = str(caught.value)
    assert "second-2.0.jar" in line
    assert hashlib.sha256(GOOD).hexdigest() in line
    assert hashlib.sha256(GOOD + b"!").hexdigest() in line
    assert f"delete {bad}" in line
    assert "\n" not in line


def test_a_missing_jar_says_what_to_run(lock: Path) -> None:
    (jars.jars_dir(lock) / "first-1.0.jar").unlink()
    with pytest.raises(LaporError, match="run `lapor install`"):
        jars.installed_jars(lock)


def test_a_download_that_is_not_the_locked_jar_never_enters_the_cache(
    lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (jars.jars_dir(lock) / "first-1.0.jar").unlink()
    served = tmp_path / "mirror" / "org" / "one" / "first" / "1.0"
    served.mkdir(parents=True)
    (served / "first-1.0.jar").write_bytes(b"something else")

    def from_mirror(scratch: Path) -> object:
        # jgo itself, reading a mirror in a folder.
        return MavenContext(repo_cache=scratch, local_repos=[tmp_path / "mirror"], remote_repos={})

    monkeypatch.setattr(install, "_maven", from_mirror)
    with pytest.raises(LaporError, match=r"refused first-1\.0\.jar"):
        install.install(lock, quiet=True)
    assert not (jars.jars_dir(lock) / "first-1.0.jar").exists()


def test_a_download_of_the_locked_jar_is_kept(lock: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (jars.jars_dir(lock) / "first-1.0.jar").unlink()
    served = tmp_path / "mirror" / "org" / "one" / "first" / "1.0"
    served.mkdir(parents=True)
    (served / "first-1.0.jar").write_bytes(GOOD)

    def from_mirror(scratch: Path) -> object:
        return MavenContext(repo_cache=scratch, local_repos=[tmp_path / "mirror"], remote_repos={})

    monkeypatch.setattr(install, "_maven", from_mirror)
    assert install.install(lock, quiet=True) == 1
    assert (jars.jars_dir(lock) / "first-1.0.jar").read_bytes() == GOOD
    assert not list(jars.jars_dir(lock).glob(".fetching-*"))


def test_a_damaged_line_of_the_lock_is_named(lock: Path) -> None:
    lock.write_text(lock.read_text() + "org.three:third 12\n")
    with pytest.raises(LaporError, match="line 4"):
        jars.read_lock(lock)


def test_the_committed_lock_names_one_version_of_kafka_and_no_host() -> None:
    text = JARS_LOCK.read_text()
    assert "://" not in text
    ours = [jar.coordinate for jar in jars.read_lock() if jar.coordinate.startswith("org.apache.kafka:")]
    assert {coordinate.rsplit(":", 1)[1] for coordinate in ours} == {install.KAFKA_VERSION}
    assert f"org.apache.kafka:kafka_2.13:{install.KAFKA_VERSION}" in ours


def test_the_command_refuses_a_corrupted_cache_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = jars.jars_dir()
    folder = tmp_path / "jars" / real.name
    folder.mkdir(parents=True)
    for jar in real.glob("*.jar"):
        (folder / jar.name).symlink_to(jar)
    bad = folder / f"kafka-clients-{install.KAFKA_VERSION}.jar"
    content = bad.read_bytes()
    bad.unlink()
    bad.write_bytes(content[:-1])
    monkeypatch.setenv("LAPOR_CACHE", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["lapor", "install"])
    with pytest.raises(SystemExit) as ended:
        main()
    complaint = capsys.readouterr().err
    assert ended.value.code == 1
    assert complaint.count("\n") == 1
    assert bad.name in complaint
