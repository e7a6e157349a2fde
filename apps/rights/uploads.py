"""From a file to a check: what the wizard and the API do with an uploaded recording."""

import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.core.files.base import File
from django.db import transaction
from django.utils.translation import gettext as _

from apps.catalog.models import AudioAsset, EventKind, Track, TrackEvent
from apps.catalog.selectors import tracks_with_recordings
from apps.catalog.services import content_order, receive_upload
from apps.core.errors import DomainError
from apps.jobs.models import Job
from apps.rights import services
from apps.rights.models import Check

SHOWN_AT_ONCE = 200


@dataclass(frozen=True)
class Received:
    """What became of one file.

    Attributes:
        track, asset: where its content lies; with ``duplicate`` they were there before.
        check: the check that was started, if one was asked for.
        job: what runs now: the check's job, or the analysis; None when nothing needs doing.
        problem: why no check was started although one was asked for.
    """

    track: Track
    asset: AudioAsset
    duplicate: bool
    check: Check | None = None
    job: Job | None = None
    problem: str = ""

    @property
    def message(self) -> str:
        """One sentence for the person who sent the file; empty when there is nothing to add."""
        if self.asset.is_rejected:
            return self.asset.error_message
        if self.duplicate:
            return _("You have this recording already: “%(title)s”. It was not stored again.") % {
                "title": self.track.full_title
            }
        return self.problem


def receive_recording(*, file: File, filename: str, title: str = "", check: bool) -> Received:
    """Keep a recording and, if asked for, check it against the registry at once.

    Side effects: those of ``catalog.receive_upload`` and ``rights.start_check``. A duplicate is not checked again.
    """
    kept = receive_upload(file=file, filename=filename, title=title, ingest=not check)
    if kept.duplicate or kept.rejected or not check:
        return Received(kept.track, kept.asset, kept.duplicate, job=kept.job)
    try:
        with transaction.atomic():
            started = services.start_check(track_id=kept.track.id)
    except DomainError as error:
        return Received(kept.track, kept.asset, kept.duplicate, problem=str(error.message))
    return Received(started.track or kept.track, kept.asset, kept.duplicate, check=started, job=started.job)


def receive_recordings(*, files: Iterable[tuple[File, str]], check: bool) -> list[Received]:
    """Several files of one form, each for itself, answered in their order."""
    listed = list(files)
    received: dict[int, Received] = {}
    for index in content_order([file for file, _name in listed]):
        file, name = listed[index]
        received[index] = receive_recording(file=file, filename=name, check=check)
    return [received[index] for index in range(len(listed))]


def uploaded_since(*, user_id: uuid.UUID | None, since: datetime) -> list[Track]:
    """Tracks whose recording this person has uploaded since a moment, in the order of their arrival."""
    events = TrackEvent.objects.filter(
        actor_id=user_id, created_at__gte=since, kind__in=[EventKind.UPLOADED, EventKind.REPLACED]
    )
    ids = events.values_list("track_id", flat=True)[:SHOWN_AT_ONCE]
    return list(tracks_with_recordings().filter(id__in=list(ids)).order_by("created_at", "id"))
