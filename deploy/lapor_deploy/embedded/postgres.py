"""PostgreSQL 18 on this machine: TCP on 127.0.0.1, passwords always, one database and one role a service."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from lapor_deploy.embedded.postgres_user import binaries_for, reachable_folder, unprivileged_user
from lapor_deploy.embedded.program import Program, User
from lapor_deploy.errors import LaporError
from lapor_deploy.paths import make_private_dir

SUPERUSER = "postgres"

# Secrecy: no statement, parameter or row value (DETAIL) reaches the log. The settings for durability are
# PostgreSQL's own defaults unless `durable` is off (tests: a killed process still loses nothing).
_SETTINGS = """\
listen_addresses = '127.0.0.1'
unix_socket_directories = ''
max_connections = 200
shared_buffers = 256MB
max_wal_size = 2GB
wal_level = minimal
max_wal_senders = 0
max_logical_replication_workers = 0
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
datestyle = 'iso, mdy'
password_encryption = scram-sha-256
idle_in_transaction_session_timeout = 5000
tcp_keepalives_idle = 10
log_line_prefix = '%m [%p] %d '
log_min_error_statement = panic
log_error_verbosity = terse
log_parameter_max_length = 0
log_parameter_max_length_on_error = 0
"""
_VOLATILE = "fsync = off\nfull_page_writes = off\n"
_ACCESS = "host all all 127.0.0.1/32 scram-sha-256\n"


@dataclass(frozen=True)
class PostgresServer:
    """Its folder, port and the superuser's password. `bin` and `user`: see postgres_user."""

    folder: Path
    port: int
    superuser_password: str
    bin: Path
    user: User | None
    durable: bool = True

    @classmethod
    def at(cls, folder: Path, stack_id: str, port: int, superuser_password: str, *, durable: bool) -> PostgresServer:
        """The server whose data lie in `folder`, or elsewhere if its user cannot reach that."""
        user = unprivileged_user()
        place = reachable_folder(folder, stack_id, user, disposable=not durable)
        return cls(place, port, superuser_password, binaries_for(user), user, durable)

    def formatting(self) -> Program | None:
        """What makes the data folder; None when that was done."""
        if self._formatted.exists():
            return None
        shutil.rmtree(self._data, ignore_errors=True)  # one that was interrupted
        password_file = self.folder / "superuser"
        self._give(password_file, self.superuser_password)
        options = ["--auth=scram-sha-256", "-U", SUPERUSER, f"--pwfile={password_file}", "--encoding=UTF8"]
        locale = ["--locale-provider=builtin", "--locale=C.UTF-8"]
        sync = [] if self.durable else ["--no-sync"]
        argv = [str(self.bin / "initdb"), "-D", str(self._data), *options, *locale, *sync]
        return Program("postgres-format", argv, {"LC_ALL": "C.UTF-8"}, user=self.user)

    def program(self) -> Program:
        """The server; writes its settings."""
        (self.folder / "superuser").unlink(missing_ok=True)
        settings = _SETTINGS + f"port = {self.port}\n" + ("" if self.durable else _VOLATILE)
        self._give(self._data / "postgresql.conf", settings)
        self._give(self._data / "pg_hba.conf", _ACCESS)
        return Program(
            "postgres",
            [str(self.bin / "postgres"), "-D", str(self._data)],
            {"LC_ALL": "C.UTF-8"},
            user=self.user,
            # SIGINT: the fast shutdown. SIGTERM would wait for every client to leave.
            stop_signal=signal.SIGINT,
            stop_seconds=20,
        )

    def ready(self) -> bool:
        """Does it accept connections?"""
        command = [
            str(self.bin / "pg_isready"),
            "-q",
            "-U",
            SUPERUSER,
            "-d",
            "postgres",
            "-h",
            "127.0.0.1",
            "-p",
            str(self.port),
        ]
        return subprocess.run(command, check=False, timeout=10).returncode == 0

    def provide(self, passwords: Mapping[str, str]) -> None:
        """Make role and database of this name with this password where absent; nobody else may connect."""
        # Names are ours and passwords url-safe: nothing in them needs quoting.
        lines = [
            "revoke connect on database postgres, template1 from public;",
            "create temporary view databases as select datname from pg_database;",
        ]
        for name, password in passwords.items():
            role = f"create role {name} login password ''{password}''"
            database = f"create database {name} owner {name}"
            lines += [
                f"select '{role}' where to_regrole('{name}') is null \\gexec",
                f"select '{database}' where '{name}' not in (table databases) \\gexec",
                f"revoke all on database {name} from public;",
            ]
        self.run_sql("\n".join(lines))

    def run_sql(self, script: str) -> None:
        """Run a psql script as superuser; raises LaporError with psql's own words."""
        target = ["-h", "127.0.0.1", "-p", str(self.port), "-U", SUPERUSER, "-d", "postgres"]
        done = subprocess.run(
            [str(self.bin / "psql"), "-X", "-q", "-v", "ON_ERROR_STOP=1", *target],
            input=script,
            text=True,
            capture_output=True,
            check=False,
            timeout=60,
            env={**os.environ, "PGPASSWORD": self.superuser_password},
        )
        if done.returncode:
            said = " ".join(done.stderr.split())[:200]
            raise LaporError(f"PostgreSQL refused to make roles and databases ({said})", "read its log")

    def mark_formatted(self) -> None:
        """Say that the program of `formatting` ended well."""
        self._formatted.touch()

    @property
    def _formatted(self) -> Path:
        return self.folder / "formatted"

    @property
    def _data(self) -> Path:
        return self.folder / "data"

    def _give(self, path: Path, text: str) -> None:
        """Write a file that only the server's user can read."""
        make_private_dir(path.parent)
        path.unlink(missing_ok=True)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
        if self.user:
            os.chown(path, self.user.uid, self.user.gid)
