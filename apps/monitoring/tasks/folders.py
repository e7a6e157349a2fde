"""Looking into watched folders. Listing and copying happen with no transaction open but the last."""

import logging
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Protocol

from django.conf import settings
from django.core.files.base import File
from django.core.files.storage import Storage, default_storage
from django.utils import timezone

from apps.core.errors import DomainError
from apps.monitoring.models import WatchedFolder
from apps.monitoring.selectors import folders
from apps.monitoring.services.folders import (
    Place,
    is_taken,
    place_of,
    record_visit,
    refuse_object,
    take_object,
    watching_organisations,
)
from apps.tenancy.context import bind

logger = logging.getLogger(__name__)

SETTLED_AFTER = timedelta(seconds=60)
"""A file on disk is taken when nobody has written to it for so long; objects in S3 appear whole."""
MOST_A_VISIT = 200
"""Objects that one visit takes; the next one goes on."""
SOUND = (".aac", ".aif", ".aiff", ".flac", ".m4a", ".mka", ".mkv", ".mp2", ".mp3", ".mp4", ".oga", ".ogg", ".opus",
         ".ts", ".wav", ".w64", ".wma")  # fmt: skip
_COPY_BYTES = 1024**2


@dataclass(frozen=True, slots=True)
class Found:
    """An object in a watched place; ``version`` changes with its content."""

    key: str
    version: str
    size_bytes: int
    changed_at: datetime | None = None


class Reader(Protocol):
    """What a place offers."""

    def objects(self, root: str) -> Iterator[Found]:
        """Everything below ``root``."""

    def open(self, key: str) -> Any:
        """The content as a file to read."""


class StorageReader:
    """Any storage of Django: the local folder in development."""

    def __init__(self, storage: Storage) -> None:
        self._storage = storage

    def objects(self, root: str) -> Iterator[Found]:
        """Everything below ``root``, folders inside it too."""
        try:
            names, files = self._storage.listdir(root)
        except FileNotFoundError:
            return
        for name in sorted(files):
            key = f"{root.rstrip('/')}/{name}"
            try:
                size, changed = self._storage.size(key), self._storage.get_modified_time(key)
            except FileNotFoundError:
                continue
            yield Found(key, f"{size}-{changed.timestamp():.3f}", size, changed)
        for name in sorted(names):
            yield from self.objects(f"{root.rstrip('/')}/{name}")

    def open(self, key: str) -> Any:
        """The content as a file to read."""
        return self._storage.open(key, "rb")


class BucketReader:
    """An S3 bucket, through the storage that holds it. One listing tells keys, sizes and ETags."""

    def __init__(self, storage: Any) -> None:
        self._storage = storage

    def objects(self, root: str) -> Iterator[Found]:
        """Everything whose key begins with ``root``."""
        for summary in self._storage.bucket.objects.filter(Prefix=root):
            if not summary.key.endswith("/"):
                yield Found(summary.key, str(summary.e_tag).strip('"'), summary.size)

    def open(self, key: str) -> Any:
        """The content as a file to read."""
        return self._storage.open(key, "rb")


def reader_of(place: Place) -> Reader:
    """How to look into a place. Credentials come from the environment, as for all of S3."""
    if not place.bucket:
        return StorageReader(default_storage)
    from storages.backends.s3 import S3Storage

    return BucketReader(
        S3Storage(
            bucket_name=place.bucket,
            endpoint_url=settings.MONITORING_S3_ENDPOINT_URL or None,
            region_name=settings.MONITORING_S3_REGION_NAME or None,
        )
    )


def visit_all() -> int:
    """Look into the watched folders of every organisation; answers how many recordings came in."""
    taken = 0
    for organisation_id in watching_organisations():
        with bind(organisation_id):
            watched = list(folders().filter(enabled=True))
        for folder in watched:
            try:
                taken += visit(folder)
            except Exception:
                logger.exception("Watched folder %s could not be visited", folder.id)
                _note(folder, "")
    return taken


def visit(folder: WatchedFolder) -> int:
    """Take what is new in one folder; answers how many recordings came in. Errors of the place are noted on it."""
    try:
        with bind(folder.organisation_id):
            place = place_of(folder)
        reader = reader_of(place)
        waiting = [found for found in reader.objects(place.root) if _is_wanted(found)]
    except DomainError as error:
        _note(folder, str(error.message))
        return 0
    except Exception as error:
        logger.warning("Watched folder %s can't be listed", folder.id, exc_info=True)
        _note(folder, type(error).__name__)
        return 0
    taken = 0
    for found in waiting:
        if taken >= MOST_A_VISIT:
            break
        taken += _take(folder, reader, found)
    _note(folder, "")
    return taken


def _is_wanted(found: Found) -> bool:
    if not found.key.lower().endswith(SOUND):
        return False
    return found.changed_at is None or found.changed_at < timezone.now() - SETTLED_AFTER


def _take(folder: WatchedFolder, reader: Reader, found: Found) -> bool:
    with bind(folder.organisation_id):
        if is_taken(folder, found.key, found.version):
            return False
        if found.size_bytes > settings.MONITORING_MAX_BYTES or found.size_bytes == 0:
            refuse_object(folder_id=folder.id, key=found.key, version=found.version)
            return False
    with tempfile.NamedTemporaryFile(prefix="descant-", dir=settings.FILE_UPLOAD_TEMP_DIR) as copy:
        with reader.open(found.key) as content:
            while piece := content.read(_COPY_BYTES):
                copy.write(piece)
        copy.flush()
        copy.seek(0)
        with bind(folder.organisation_id):
            recording = take_object(
                folder_id=folder.id, key=found.key, version=found.version, file=File(copy, name=found.key)
            )
    return recording is not None


def _note(folder: WatchedFolder, error: str) -> None:
    with bind(folder.organisation_id):
        record_visit(folder_id=folder.id, error=error)
