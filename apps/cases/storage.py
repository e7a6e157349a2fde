"""Where the files of cases lie: private, under opaque keys in the default storage, apart from every other room's."""

import hashlib
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import IO

from django.core.files.base import ContentFile, File
from django.core.files.storage import default_storage
from django.db import transaction

from apps.core.ids import uuid7

FOLDER = "cases"
CHUNK_BYTES = 256 * 1024


@dataclass(frozen=True)
class Stored:
    """A file that was put into storage."""

    key: str
    size_bytes: int
    sha256: str


def store(content: bytes, *, organisation_id: uuid.UUID) -> Stored:
    """Keep some bytes."""
    key = default_storage.save(_key(organisation_id), ContentFile(content))
    return Stored(key, len(content), hashlib.sha256(content).hexdigest())


def store_file(file: File, *, organisation_id: uuid.UUID) -> Stored:
    """Keep an uploaded file, read in pieces."""
    sha256, size = digest(file)
    return Stored(default_storage.save(_key(organisation_id), file), size, sha256)


def copy(source: str, *, organisation_id: uuid.UUID) -> Stored:
    """Keep a copy of a stored file.

    Raises:
        FileNotFoundError: storage does not have it.
    """
    with default_storage.open(source, "rb") as stored:
        return store_file(File(stored, name="copy"), organisation_id=organisation_id)


def digest(file: File | IO[bytes]) -> tuple[str, int]:
    """SHA-256 (hex) and size of a file's content; it is back at its start afterwards."""
    sha256, size = hashlib.sha256(), 0
    file.seek(0)
    while piece := file.read(CHUNK_BYTES):
        sha256.update(piece)
        size += len(piece)
    file.seek(0)
    return sha256.hexdigest(), size


def digest_of(key: str) -> str:
    """SHA-256 of a stored file, "" when it is gone."""
    try:
        with default_storage.open(key, "rb") as stored:
            return digest(stored)[0]
    except FileNotFoundError:
        return ""


def read(key: str) -> bytes:
    """All of a stored file.

    Raises:
        FileNotFoundError: storage does not have it.
    """
    with default_storage.open(key, "rb") as stored:
        content: bytes = stored.read()
    return content


def remove(keys: Iterable[str]) -> None:
    """Delete files; those that are gone already are no error."""
    for key in keys:
        if key:
            default_storage.delete(key)


def remove_on_commit(keys: Iterable[str]) -> None:
    """Delete files once the rows that named them are gone for good."""
    gone = [key for key in keys if key]
    if gone:
        transaction.on_commit(partial(remove, gone))


def organisations_with_files() -> list[uuid.UUID]:
    """Organisations that have files of cases in storage."""
    return [uuid.UUID(name) for name in _listing(FOLDER)[0]]


def files_of(organisation_id: uuid.UUID) -> Iterator[tuple[str, datetime]]:
    """Key and time of last change of every stored file of one organisation's cases."""
    folder = f"{FOLDER}/{organisation_id}"
    for name in _listing(folder)[1]:
        key = f"{folder}/{name}"
        with suppress(FileNotFoundError):
            yield key, default_storage.get_modified_time(key)


def _key(organisation_id: uuid.UUID) -> str:
    return f"{FOLDER}/{organisation_id}/{uuid7()}"


def _listing(folder: str) -> tuple[list[str], list[str]]:
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []
    return list(folders), list(files)
