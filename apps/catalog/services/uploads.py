"""Receiving recordings: stored once, under an opaque key, whatever happens around it."""

import logging
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.audit.services import record
from apps.catalog import storage
from apps.catalog.models import TITLE_LENGTH, AssetState, AudioAsset, EventKind, Track, TrackStatus
from apps.catalog.rejections import rejection_message
from apps.catalog.selectors import asset_with_content, current_asset, get_track
from apps.catalog.services.history import add_event
from apps.catalog.services.tracks import CreditInput, lock_track, new_draft, transition_track, update_track
from apps.catalog.text import clean_filename, title_from_filename
from apps.catalog.transitions import OPEN_STATUSES
from apps.core.errors import Conflict, TooLarge
from apps.core.ids import uuid7
from apps.jobs.models import Job
from apps.jobs.services import Subject, submit
from apps.tenancy.context import current_organisation_id

logger = logging.getLogger(__name__)

INGEST = "catalog.ingest"
_MEGABYTE = 1024**2


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
    name = clean_filename(filename)
    if track_id is not None:
        _require_replaceable(get_track(track_id))
    typed = {**(changes or {}), **({"title": title} if title else {})}
    refusal = _refusal(file)
    if refusal:
        return _keep_refused(name, track_id, refusal, typed, credited, size_bytes=file.size or 0)
    facts = storage.digest(file)
    known = asset_with_content(facts.sha256)
    if known is not None:
        return UploadResult(known.track, known, duplicate=True)
    asset_id = uuid7()
    key = storage.store(file, organisation_id=current_organisation_id(), asset_id=asset_id)
    asset = AudioAsset(id=asset_id, storage_key=key, sha256=facts.sha256, size_bytes=facts.size_bytes, filename=name)
    try:
        result = _keep(asset, track_id, typed, credited)
    except BaseException:
        storage.remove(key)
        raise
    if result is None:  # another request kept the same content meanwhile
        storage.remove(key)
        known = asset_with_content(facts.sha256)
        if known is None:
            raise Conflict(_("This recording was deleted a moment ago. Upload it again."), code="upload_raced")
        return UploadResult(known.track, known, duplicate=True)
    job = submit_ingest(result) if ingest else None
    return UploadResult(result.track, result, job=job)


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
    refusal = _refusal(file)
    if refusal and refusal[0] == "too_large":
        message = rejection_message(*refusal)
        raise TooLarge(message, fields={"file": message})


def _refusal(file: File) -> tuple[str, dict[str, float]] | None:
    size = file.size or 0
    if size > settings.UPLOAD_MAX_BYTES:
        return "too_large", {"size_mb": size / _MEGABYTE, "maximum_mb": settings.UPLOAD_MAX_BYTES / _MEGABYTE}
    return ("empty", {}) if size == 0 else None


def _require_replaceable(track: Track) -> None:
    if track.status in OPEN_STATUSES:
        return
    message = (
        _("A check of this track is running. Cancel it before you replace the recording.")
        if track.status == TrackStatus.CHECKING
        else _("The registry knows this recording. Withdraw the track first, or register the new recording by itself.")
    )
    raise Conflict(message, code="recording_in_registry")


@transaction.atomic
def _keep_refused(
    name: str,
    track_id: uuid.UUID | None,
    refusal: tuple[str, dict[str, float]],
    typed: Mapping[str, Any],
    credited: Sequence[CreditInput] | None,
    *,
    size_bytes: int,
) -> UploadResult:
    code, params = refusal
    asset = AudioAsset(
        id=uuid7(),
        filename=name,
        size_bytes=size_bytes,
        state=AssetState.REJECTED,
        error_code=code,
        error_params=params,
    )
    kept = _keep(asset, track_id, typed, credited)
    assert kept is not None  # noqa: S101 – no two of these are ever the same content
    add_event(kept.track, EventKind.REJECTED, data={"code": code, "filename": name})
    return UploadResult(kept.track, kept)


def _keep(
    asset: AudioAsset,
    track_id: uuid.UUID | None,
    typed: Mapping[str, Any],
    credited: Sequence[CreditInput] | None,
) -> AudioAsset | None:
    """Write the rows of a recording and its track; None when the content is there already."""
    try:
        with transaction.atomic():
            track = (
                new_draft(title_from_filename(asset.filename)[:TITLE_LENGTH])
                if track_id is None
                else _make_room(track_id)
            )
            asset.track = track
            asset.save(force_insert=True)
            replaced = track_id is not None
            add_event(
                track,
                EventKind.REPLACED if replaced else EventKind.UPLOADED,
                data={"filename": asset.filename, "sha256": asset.sha256},
            )
            record(
                action="recording.replaced" if replaced else "recording.uploaded",
                subject_type="track",
                subject_id=track.id,
                data={"filename": asset.filename, "sha256": asset.sha256, "asset": str(asset.id)},
            )
            if typed or credited is not None:
                asset.track = update_track(track_id=track.id, changes=typed, credited=credited)
    except IntegrityError as error:
        if "catalog_audioasset_content_once" not in str(error):
            raise
        return None
    return asset


def _make_room(track_id: uuid.UUID) -> Track:
    """Lock a track and set its present recording aside."""
    track = lock_track(track_id)
    _require_replaceable(track)
    present = current_asset(track.id)
    if present is not None:
        present.deleted_at = timezone.now()
        present.save(update_fields=["deleted_at", "updated_at"])
    if track.status != TrackStatus.DRAFT:
        track = transition_track(track=track, to=TrackStatus.DRAFT, reason=_("The recording was replaced."))
    return track
