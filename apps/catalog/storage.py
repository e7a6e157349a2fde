"""Where recordings and scores lie: under opaque keys on disk or in S3. Names of files are never trusted."""

import hashlib
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.files.base import File
from django.core.files.storage import Storage, default_storage

FOLDER = "recordings"
SCORE_FOLDER = "scores"
_CHUNK_BYTES = 1024**2

# What the sniffed container is called on the web; anything else is offered for download only.
_MEDIA_TYPES = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "aiff": "audio/aiff",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
}
UNKNOWN_MEDIA_TYPE = "application/octet-stream"
PREVIEW_MEDIA_TYPE = "audio/mpeg"


@dataclass(frozen=True)
class Digest:
    """SHA-256 (hex) and size of a file's content."""

    sha256: str
    size_bytes: int


def media_type(container: str) -> str:
    """The content type of a sniffed container."""
    return _MEDIA_TYPES.get(container, UNKNOWN_MEDIA_TYPE)


def digest(file: File) -> Digest:
    """Read a file once, from its start, in pieces; it is back at its start afterwards."""
    sha256, size = hashlib.sha256(), 0
    file.seek(0)
    while chunk := file.read(_CHUNK_BYTES):
        sha256.update(chunk)
        size += len(chunk)
    file.seek(0)
    return Digest(sha256.hexdigest(), size)


def folder_of(organisation_id: uuid.UUID, folder: str = FOLDER) -> str:
    return f"{folder}/{organisation_id}"


def store(file: File, *, organisation_id: uuid.UUID, asset_id: uuid.UUID) -> str:
    """Put an upload into storage; answers its key."""
    return default_storage.save(f"{folder_of(organisation_id)}/{asset_id}", file)


def store_score(file: File, *, organisation_id: uuid.UUID, score_id: uuid.UUID) -> str:
    """Put an uploaded score into storage; answers its key."""
    return default_storage.save(f"{folder_of(organisation_id, SCORE_FOLDER)}/{score_id}", file)


def store_preview(path: Path, *, organisation_id: uuid.UUID, asset_id: uuid.UUID) -> str:
    """Put the listening copy of a recording into storage; answers its key."""
    with path.open("rb") as file:
        return default_storage.save(f"{folder_of(organisation_id)}/{asset_id}-preview", File(file))


def remove(*keys: str) -> None:
    """Delete stored files; one that is gone already is no error."""
    for key in keys:
        if key:
            default_storage.delete(key)


def is_local() -> bool:
    """Whether files lie on this machine's disk (else they are in an object store that signs URLs)."""
    return _local_path(default_storage, "probe") is not None


@contextmanager
def local_copy(key: str) -> Iterator[Path]:
    """The path of a stored file: itself on disk, a temporary copy of an object in S3.

    Raises:
        FileNotFoundError: storage does not have it.
    """
    path = _local_path(default_storage, key)
    if path is not None:
        if not path.is_file():
            raise FileNotFoundError(key)
        yield path
        return
    with tempfile.NamedTemporaryFile(prefix="descant-") as copy:
        with default_storage.open(key, "rb") as stored:
            shutil.copyfileobj(stored, copy, _CHUNK_BYTES)
        copy.flush()
        yield Path(copy.name)


def organisations_with_files() -> list[uuid.UUID]:
    """Organisations that have a folder in storage."""
    found = set()
    for name in (*_listing(FOLDER)[0], *_listing(SCORE_FOLDER)[0]):
        try:
            found.add(uuid.UUID(name))
        except ValueError:
            continue
    return sorted(found)


def files_of(organisation_id: uuid.UUID) -> Iterator[tuple[str, datetime]]:
    """Key and time of last change of every stored file of one organisation."""
    for folder in (folder_of(organisation_id), folder_of(organisation_id, SCORE_FOLDER)):
        for name in _listing(folder)[1]:
            key = f"{folder}/{name}"
            try:
                yield key, default_storage.get_modified_time(key)
            except FileNotFoundError:
                continue


def _listing(folder: str) -> tuple[list[str], list[str]]:
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []
    return list(folders), list(files)


def _local_path(storage: Storage | Any, key: str) -> Path | None:
    try:
        return Path(storage.path(key))
    except NotImplementedError:
        return None
