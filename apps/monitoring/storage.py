"""Where long recordings lie: private files under opaque keys in the default storage."""

import uuid
from collections.abc import Iterable
from functools import partial

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.db import transaction

FOLDER = "monitoring"
AUDIO_TYPES = {
    "wav": "audio/wav",
    "flac": "audio/flac",
    "aiff": "audio/aiff",
    "mp3": "audio/mpeg",
    "aac": "audio/aac",
    "m4a": "audio/mp4",
    "ogg": "audio/ogg",
}
UNKNOWN_TYPE = "application/octet-stream"


def store(file: File, *, organisation_id: uuid.UUID, recording_id: uuid.UUID) -> str:
    """Put a recording into storage; answers its key."""
    return default_storage.save(f"{FOLDER}/{organisation_id}/{recording_id}", file)


def remove(keys: Iterable[str]) -> None:
    """Delete files; those that are gone already are no error."""
    for key in keys:
        if key:
            default_storage.delete(key)


def remove_on_commit(keys: Iterable[str]) -> None:
    """Delete files once the rows that named them are gone for good."""
    gone = list(keys)
    if gone:
        transaction.on_commit(partial(remove, gone))
