"""Segments as files on a worker's machine, mapped read-only by all its processes.

PostgreSQL stays the durable store: a file can be deleted at any time and is written anew when it is missed. One process
writes a file, the others read from PostgreSQL meanwhile. A file is checked when a process maps it; a damaged one is
written again.
"""

import contextlib
import fcntl
import hashlib
import logging
import time
import uuid
from collections.abc import Callable, Collection, Iterator
from pathlib import Path

from django.conf import settings
from django.db import connection

from ml.fingerprint.blocks import Part, Tracks
from ml.fingerprint.errors import FingerprintError
from ml.fingerprint.files import DRAFT, PartWriter, map_part

logger = logging.getLogger(__name__)

SUFFIX, LOCK = ".part", ".lock"
LEAST_BYTES = 4 * 1024**2
"""Smaller segments are kept in memory: they are merged away soon."""
YOUNG_S = 600.0
"""A file that is younger may be of a segment that whoever cleans up doesn't know of yet."""
OLD_DRAFT_S = 3600.0
PAUSE_S = 600.0
"""So long a process doesn't try again after a file could not be written (disk full, not allowed)."""

Write = Callable[[PartWriter], None]


class SegmentFiles:
    """The exported segments of one database in a folder."""

    def __init__(self, folder: Path | None) -> None:
        self._folder = folder
        self._failed_at: float | None = None

    def part(self, uid: uuid.UUID, tracks: Tracks, write: Write) -> Part | None:
        """The mapped segment; None when its file can't be had now. write: fills a new file from PostgreSQL."""
        if self._folder is None or self._paused():
            return None
        path = self._folder / f"{uid}{SUFFIX}"
        try:
            return _map(path) or _export(path, tracks, write)
        except OSError as error:
            self._failed_at = time.monotonic()
            logger.warning("Segments can't be kept in %s (%s); they are read from the database.", self._folder, error)
            return None

    def collect(self, standing: Collection[uuid.UUID]) -> int:
        """Delete files of segments that stand no more, and what killed writers left; answers how many."""
        if self._folder is None or not self._folder.is_dir():
            return 0
        names, now, gone = {str(uid) for uid in standing}, time.time(), 0
        for path in self._folder.iterdir():
            with contextlib.suppress(OSError):
                age = now - path.stat().st_mtime
                draft = path.name.endswith(DRAFT)
                if (draft and age > OLD_DRAFT_S) or (not draft and age > YOUNG_S and path.name[:36] not in names):
                    path.unlink()
                    gone += 1
        return gone

    def _paused(self) -> bool:
        return self._failed_at is not None and time.monotonic() - self._failed_at < PAUSE_S


def _map(path: Path) -> Part | None:
    if not path.exists():
        return None
    try:
        return map_part(path)
    except FingerprintError as error:
        logger.warning("An exported segment is written again: %s", error)
        path.unlink(missing_ok=True)
        return None


def _export(path: Path, tracks: Tracks, write: Write) -> Part | None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _lock(path.with_suffix(LOCK)) as mine:
        if not mine:
            return None
        # Another process may have finished it between the look and the lock.
        found = _map(path)
        if found is not None:
            return found
        with PartWriter(path, tracks) as writer:
            write(writer)
            writer.finish()
        return _map(path)


@contextlib.contextmanager
def _lock(path: Path) -> Iterator[bool]:
    """Whether this process may write the file; the lock ends with the process at the latest."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        yield True


_files: dict[str, SegmentFiles] = {}


def files() -> SegmentFiles:
    """The exported segments of the database in use, below ``REGISTRY_SEGMENT_DIR``; none when that is empty."""
    database = connection.settings_dict
    name = f"{settings.REGISTRY_SEGMENT_DIR}|{database['HOST']}:{database['PORT']}/{database['NAME']}"
    if name not in _files:
        folder = settings.REGISTRY_SEGMENT_DIR
        key = hashlib.sha256(name.encode()).hexdigest()[:16]
        _files[name] = SegmentFiles(Path(folder) / key if folder else None)
    return _files[name]
