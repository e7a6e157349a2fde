"""Where evidence lies: small private files under opaque keys in the default storage."""

import uuid
from collections.abc import Iterable
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
