"""Kafka's jars: fetched once into the cache, exactly those of the committed lock.

Where they come from is jgo's setting, so a mirror (its `[repositories]`) works without changing the lock.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any

import jgo
import requests
from jgo.config import GlobalSettings
from jgo.constants import MAVEN_CENTRAL_URL
from jgo.maven import MavenContext
from rich.console import Console
from rich.progress import Progress

from lapor_deploy.embedded.jars import LockedJar, check, jars_dir, read_lock, sha256_of
from lapor_deploy.embedded.kafka import warm_start_file
from lapor_deploy.embedded.platform import train
from lapor_deploy.errors import LaporError
from lapor_deploy.paths import JARS_LOCK

KAFKA_VERSION = "4.3.1"
KAFKA = f"org.apache.kafka:kafka_2.13:{KAFKA_VERSION}+org.apache.kafka:kafka-tools:{KAFKA_VERSION}"
# Sends the broker's log to standard output. Without its dependencies: they are Kafka's own log4j-core, whose
# version it must have, and resolved together its version management would pull kafka-clients down to 3.9.
LOG_BINDING = "org.apache.logging.log4j:log4j-slf4j-impl:2.25.4"
PARALLEL_DOWNLOADS = 8


def install(lock: Path = JARS_LOCK, *, quiet: bool = False) -> int:
    """Fetch what is missing, check everything; the number of jars fetched (0: no network was used)."""
    folder = jars_dir(lock)
    missing = []
    for jar in read_lock(lock):
        path = folder / jar.file_name
        if path.exists():
            check(jar, path, in_cache=True)
        else:
            missing.append(jar)
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        _fetch_all(missing, folder, quiet=quiet)
    return len(missing)


def warm_up(*, quiet: bool = False) -> None:
    """Run a broker once and keep its loaded classes: each later start takes a third of the processor time.

    Nothing depends on it: without the file, or when it does not fit any more, Java starts the long way.
    """
    if warm_start_file().exists():
        return
    with tempfile.TemporaryDirectory() as scratch, _progress(quiet) as progress:
        if progress:
            progress.add_task("first start of the broker", total=None)
        train(Path(scratch) / "stack", warm_start_file())


def relock(lock: Path = JARS_LOCK) -> int:
    """For maintainers: resolve Kafka's dependencies anew and write the lock; the number of jars in it."""
    resolved = [*jgo.resolve(KAFKA), jgo.resolve(LOG_BINDING)[0]]
    artifacts = {f"{a.groupId}:{a.artifactId}:{a.version}": a for a in resolved}
    jars = []
    for coordinate, artifact in artifacts.items():
        if artifact.classifier or artifact.packaging != "jar":
            raise LaporError(f"{coordinate} is no plain jar", "extend the lock's format before using it")
        jars.append(LockedJar(coordinate, sha256_of(artifact.resolve())))
    lines = [f"{jar.coordinate} {jar.sha256}" for jar in jars]
    header = f"# The jars of Apache Kafka {KAFKA_VERSION} and its tools. Made by `lapor install --relock`.\n"
    lock.write_text(header + "\n".join(lines) + "\n", encoding="utf-8")
    return len(jars)


def _fetch_all(jars: list[LockedJar], folder: Path, *, quiet: bool) -> None:
    with (
        tempfile.TemporaryDirectory(dir=folder, prefix=".fetching-") as scratch,
        ThreadPoolExecutor(PARALLEL_DOWNLOADS) as pool,
        _progress(quiet) as progress,
    ):
        context = _maven(Path(scratch))
        jobs = [pool.submit(_fetch, context, jar, folder) for jar in jars]
        for _ in _tracked(progress, as_completed(jobs), len(jobs)):
            pass
        try:
            for job in jobs:
                job.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def _maven(scratch: Path) -> Any:  # jgo has no types
    mirrors = dict(GlobalSettings.load().repositories)
    return MavenContext(repo_cache=scratch, remote_repos={**mirrors, "central": MAVEN_CENTRAL_URL}, timeout=60)


def _fetch(context: Any, jar: LockedJar, folder: Path) -> None:
    group, artifact, version = jar.coordinate.split(":")
    try:
        fetched: Path = context.project(group, artifact).at_version(version).artifact().resolve()
    except (requests.RequestException, RuntimeError) as error:
        raise LaporError(
            f"could not download {jar.file_name} ({type(error).__name__})",
            "check the network or the mirror in jgo's settings, then run `lapor install` again",
        ) from error
    check(jar, fetched, in_cache=False)
    # Same file system: the jar appears whole, or not at all.
    fetched.rename(folder / jar.file_name)


def _progress(quiet: bool) -> AbstractContextManager[Progress | None]:
    if quiet:
        return nullcontext(None)
    return Progress(console=Console(stderr=True), transient=True)


def _tracked(progress: Progress | None, jobs: Iterable[Any], total: int) -> Iterable[Any]:
    if progress is None:
        return jobs
    return progress.track(jobs, total=total, description=f"Apache Kafka {KAFKA_VERSION}")
