"""Embedded services that last one run: for the test suite and for `make smoke`."""

import shutil
import time
from pathlib import Path
from types import TracebackType
from typing import Self

from .folders import Folders, temporary_folders
from .postgres import SUPERUSER, EmbeddedPostgres
from .process import Child
from .roles import apply_roles, create_database, drop_database
from .temporary import LockedFolder
from .valkey import EmbeddedValkey

DATABASE = "descant"


class EphemeralServices:
    """An embedded PostgreSQL (and Valkey) in a temporary folder, on Unix sockets, gone after `stop`.

    Start it from the main thread; if the process is killed, the services end with it.

    Example:
        >>> with EphemeralServices() as services:  # doctest: +SKIP
        ...     print(services.database_url)
        postgres://descant_runtime@/descant?host=/tmp/descant-x1y2/run
    """

    def __init__(self, folder: Path | None = None, *, valkey: bool = True) -> None:
        """Prepare services in ``folder`` (a new temporary one by default); nothing is started yet."""
        self._own_folder: LockedFolder | None = None
        if folder is None:
            self._own_folder = LockedFolder()
            folder = self._own_folder.path
            folder.chmod(0o755)
        self.folder = Path(folder)
        self.folders: Folders
        self._outside: list[Path]
        self.folders, self._outside = temporary_folders(self.folder)
        self.postgres_server = EmbeddedPostgres(self.folders, disposable=True)
        self.valkey_server = EmbeddedValkey(self.folders)
        self.postgres = Child(self.postgres_server.program())
        self.valkey = Child(self.valkey_server.program()) if valkey else None

    @property
    def maintenance_url(self) -> str:
        """The superuser's URL: for creating databases only, never for the application."""
        return self.postgres_server.url("postgres", SUPERUSER)

    @property
    def database_url(self) -> str:
        """The runtime role's URL."""
        return self.url_for(DATABASE, "descant_runtime")

    @property
    def database_owner_url(self) -> str:
        """The owner's URL, for migrations."""
        return self.url_for(DATABASE, "descant_owner")

    @property
    def database_platform_url(self) -> str:
        """The staff portal's URL."""
        return self.url_for(DATABASE, "descant_platform")

    @property
    def broker_url(self) -> str:
        return self.valkey_server.broker_url

    @property
    def cache_url(self) -> str:
        return self.valkey_server.cache_url

    def url_for(self, database: str, role: str) -> str:
        """The URL of any database of this server for any role."""
        return self.postgres_server.url(database, role)

    def environment(self, database: str = DATABASE) -> dict[str, str]:
        """The environment variables that point Descant at these services."""
        return {
            "DATABASE_URL": self.url_for(database, "descant_runtime"),
            "DATABASE_OWNER_URL": self.url_for(database, "descant_owner"),
            "DATABASE_PLATFORM_URL": self.url_for(database, "descant_platform"),
            "BROKER_URL": self.broker_url,
            "CACHE_URL": self.cache_url,
        }

    def start(self) -> Self:
        """Start the services and create the database with its roles."""
        try:
            self.postgres_server.initialise()
            self.postgres.start()
            if self.valkey is not None:
                self.valkey_server.initialise()
                self.valkey.start()
                self.valkey.wait_ready()
            self.postgres.wait_ready()
            self.create_database(DATABASE)
        except BaseException:
            self.stop()
            raise
        return self

    def create_database(self, name: str, template: str | None = None) -> None:
        """Create a database with extensions and grants, optionally as a copy of ``template`` (which must be idle)."""
        create_database(self.maintenance_url, name, template=template)
        apply_roles(self.postgres_server.url(name, SUPERUSER))

    def drop_database(self, name: str) -> None:
        """Drop a database, ending its sessions."""
        drop_database(self.maintenance_url, name)

    def stop(self) -> None:
        """Stop everything and delete what was written; harmless when called again."""
        children = [child for child in (self.valkey, self.postgres) if child is not None]
        for child in children:
            child.request_stop()
        for child in children:
            child.finish(time.monotonic() + child.program.stop_seconds)
        for folder in [self.folders.data, self.folders.run, *self._outside]:
            shutil.rmtree(folder, ignore_errors=True)
        if self._own_folder is not None:
            self._own_folder.remove()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()
