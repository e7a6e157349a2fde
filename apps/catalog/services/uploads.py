"""Receiving recordings: stored once, under an opaque key, whatever happens around it."""

import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.utils.translation import gettext_lazy

from apps.catalog import storage
from apps.catalog.models import AudioAsset, Track
from apps.catalog.rejections import rejection_message
from apps.catalog.selectors import asset_with_content, current_asset
from apps.catalog.services.files import Files, FileWords
from apps.catalog.services.subjects import CreditInput
from apps.catalog.services.tracks import TRACKS
from apps.jobs.models import Job
from apps.jobs.services import Subject, submit
from apps.tenancy.context import current_organisation_id

INGEST = "catalog.ingest"


class Recordings(Files[AudioAsset]):
    """The recordings of tracks."""

    name, short = "recording", "asset"
    model, subjects = AudioAsset, TRACKS
    content_once = "catalog_audioasset_content_once"
    words = FileWords(
        checking=gettext_lazy("A check of this track is running. Cancel it before you replace the recording."),
        registered=gettext_lazy(
            "The registry knows this recording. Withdraw the track first, or register the new recording by itself."
        ),
        replaced=gettext_lazy("The recording was replaced."),
        deleted_meanwhile=gettext_lazy("This recording was deleted a moment ago. Upload it again."),
    )

    @property
    def most_bytes(self) -> int:
        return int(settings.UPLOAD_MAX_BYTES)

    def store(self, file: File, organisation_id: uuid.UUID, file_id: uuid.UUID) -> str:
        return storage.store(file, organisation_id=organisation_id, asset_id=file_id)

    def with_content(self, sha256: str) -> AudioAsset | None:
        return asset_with_content(sha256)

    def current(self, subject_id: uuid.UUID) -> AudioAsset | None:
        return current_asset(subject_id)

    def refused(self, code: str, params: dict[str, float]) -> str:
        return rejection_message(code, params)


RECORDINGS = Recordings()


@dataclass(frozen=True)
class UploadResult:
    """What became of one upload.

    Attributes:
        track, asset: where the content lies now. With ``duplicate`` they are the ones that were there before.
        duplicate: the organisation has exactly this content already; nothing was stored.
        job: the analysis, if one was submitted.
    """

    track: Track
    asset: AudioAsset
    duplicate: bool = False
    job: Job | None = None

    @property
    def rejected(self) -> bool:
        return self.asset.is_rejected


def receive_upload(
    *,
    file: File,
    filename: str,
    track_id: uuid.UUID | None = None,
    title: str = "",
    changes: Mapping[str, Any] | None = None,
    credited: Sequence[CreditInput] | None = None,
    ingest: bool = True,
) -> UploadResult:
    """Keep an uploaded recording and have it analysed. The same content again answers what is there.

    Args:
        track_id: replace the recording of this track; None makes a draft, titled after the file.
        title, changes, credited: what a person has typed already (as ``update_track``); tags won't overwrite it.
        ingest: submit the analysis; a caller that submits a job which analyses anyway says False.

    Side effects: the file in storage, rows of the draft and the recording, history, audit, a job on commit. Zero bytes
    and a file beyond ``UPLOAD_MAX_BYTES`` keep the draft and what was typed, with a rejected recording.

    Raises:
        NotFound: there is no track ``track_id``.
        Conflict: its recording may not be replaced in its present status.
        InvalidInput: something typed is not valid; nothing is kept.
    """
    typed = {**(changes or {}), **({"title": title} if title else {})}
    asset, duplicate = RECORDINGS.receive(
        file, filename, track_id, typed, credited, organisation_id=current_organisation_id()
    )
    wanted = ingest and not duplicate and not asset.is_rejected
    return UploadResult(asset.track, asset, duplicate, submit_ingest(asset) if wanted else None)


def content_order(files: Sequence[File]) -> list[int]:
    """In which order to receive several files of one request.

    By their content, so that two requests with the same files never wait for each other in a circle.
    """
    digests = [storage.digest(file).sha256 for file in files]
    return sorted(range(len(files)), key=digests.__getitem__)


def submit_ingest(asset: AudioAsset) -> Job:
    """Have a worker analyse a recording; again answers the same job."""
    return submit(
        kind=INGEST,
        args={"asset_id": str(asset.id)},
        key=str(asset.id),
        subject=Subject("track", asset.track_id),
    )


def refuse_too_large(file: File) -> None:
    """For programs, which get an error at once instead of a draft to repair.

    Raises:
        TooLarge: the file is beyond ``UPLOAD_MAX_BYTES``.
    """
    RECORDINGS.refuse_too_large(file)
