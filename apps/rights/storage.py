"""Where evidence lies: small private files under opaque keys in the default storage."""

import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime
from functools import partial

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import transaction

from apps.core.ids import uuid7

FOLDER = "evidence"


def store(content: bytes, *, organisation_id: uuid.UUID) -> str:
    """Keep a file; answers its key."""
    return default_storage.save(f"{FOLDER}/{organisation_id}/{uuid7()}", ContentFile(content))


def remove(keys: Iterable[str]) -> None:
    """Delete files; those that are gone already are no error."""
    for key in keys:
        default_storage.delete(key)


def remove_on_commit(keys: Iterable[str]) -> None:
    """Delete files once the rows that named them are gone for good."""
    gone = list(keys)
    if gone:
        transaction.on_commit(partial(remove, gone))


def organisations_with_files() -> list[uuid.UUID]:
    """Organisations that have evidence in storage."""
    return [uuid.UUID(name) for name in _listing(FOLDER)[0]]


def files_of(organisation_id: uuid.UUID) -> Iterator[tuple[str, datetime]]:
    """Key and time of last change of every stored evidence file of one organisation."""
    folder = f"{FOLDER}/{organisation_id}"
    for name in _listing(folder)[1]:
        key = f"{folder}/{name}"
        with suppress(FileNotFoundError):
            yield key, default_storage.get_modified_time(key)


def _listing(folder: str) -> tuple[list[str], list[str]]:
    try:
        folders, files = default_storage.listdir(folder)
    except FileNotFoundError:
        return [], []
    return list(folders), list(files)
