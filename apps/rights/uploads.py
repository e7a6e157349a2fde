"""What the wizard and the API do with an uploaded recording."""

import uuid
from collections.abc import Iterable
from datetime import datetime
from functools import partial

from django.core.files.base import File

from apps.catalog.models import EventKind, Track, TrackEvent
from apps.catalog.selectors import tracks_with_recordings
from apps.catalog.services import receive_upload
from apps.rights import services
from apps.rights.receiving import SHOWN_AT_ONCE, Received, checked, receive_each


def receive_recording(*, file: File, filename: str, title: str = "", check: bool) -> Received:
    """Keep a recording and, if asked for, check it against the registry at once.

    Side effects: those of ``catalog.receive_upload`` and ``rights.start_check``. A duplicate is not checked again.
    """
    kept = receive_upload(file=file, filename=filename, title=title, ingest=not check)
    received = Received(kept.track, kept.asset, kept.duplicate, job=kept.job)
    if kept.duplicate or kept.rejected or not check:
        return received
    return checked(received, partial(services.start_check, track_id=kept.track.id))


def receive_recordings(*, files: Iterable[tuple[File, str]], check: bool) -> list[Received]:
    """Several files of one form, each for itself, answered in their order."""
    return receive_each(files, lambda file, name: receive_recording(file=file, filename=name, check=check))


def uploaded_since(*, user_id: uuid.UUID | None, since: datetime) -> list[Track]:
    """Tracks whose recording this person has uploaded since a moment, in the order of their arrival."""
    kinds = [EventKind.UPLOADED, EventKind.REPLACED]
    events = TrackEvent.objects.filter(actor_id=user_id, created_at__gte=since, kind__in=kinds)
    ids = list(events.values_list("track_id", flat=True)[:SHOWN_AT_ONCE])
    return list(tracks_with_recordings().filter(id__in=ids).order_by("created_at", "id"))
