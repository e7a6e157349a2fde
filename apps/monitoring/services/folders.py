"""Watched folders: which places an organisation may watch, and which objects were taken already.

A bucket is watched with the server's own credentials, so an organisation may name only what the operator allows in
``MONITORING_BUCKETS``; in a bucket for everybody, and in local storage, it sees its own folder alone.
"""

import uuid
from dataclasses import dataclass

from django.conf import settings
from django.core.files.base import File
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from apps.accounts.services import notify
from apps.audit.services import record
from apps.core.errors import Conflict, InvalidInput
from apps.monitoring import messages
from apps.monitoring.links import sources_page
from apps.monitoring.models import FetchedObject, LongRecording, Origin, WatchedFolder
from apps.monitoring.selectors import get_folder, get_source
from apps.monitoring.services.recordings import receive_recording
from apps.tenancy.models import Organisation

LOCAL_FOLDER = "incoming"
PREFIX_LENGTH = 500


@dataclass(frozen=True)
class Place:
    """Where a folder lies: everything below ``root`` of a bucket (empty: the default storage)."""

    bucket: str
    root: str


def allowed_buckets(organisation: Organisation) -> list[str]:
    """Buckets that an organisation may watch; "" is its folder in local storage, where there is no bucket at all."""
    named = [entry.partition("=") for entry in settings.MONITORING_BUCKETS]
    buckets = [bucket for bucket, _sep, slug in named if slug in ("", organisation.slug)]
    return list(dict.fromkeys(buckets)) or ([""] if settings.MONITORING_LOCAL_FOLDER else [])


def place_of(folder: WatchedFolder) -> Place:
    """Where a folder's objects are.

    Raises:
        InvalidInput: the operator does not (any more) allow its bucket to this organisation.
    """
    organisation = folder.organisation
    if folder.bucket not in allowed_buckets(organisation):
        raise InvalidInput(_("This bucket may not be watched. Ask the operator of Descant."), code="bucket_not_allowed")
    dedicated = f"{folder.bucket}={organisation.slug}" in settings.MONITORING_BUCKETS
    own = [] if dedicated else [str(organisation.id)]
    parts = [*([LOCAL_FOLDER] if not folder.bucket else []), *own, folder.prefix]
    return Place(folder.bucket, "/".join(part for part in parts if part))


@transaction.atomic
def save_folder(
    *, folder_id: uuid.UUID | None, source_id: uuid.UUID, bucket: str, prefix: str, enabled: bool
) -> WatchedFolder:
    """Make or change a watched folder. Side effect: audit.

    Raises:
        NotFound: no such folder or source here.
        InvalidInput: the bucket is not allowed, or the prefix leads out of it.
        Conflict: it is watched already.
    """
    folder = get_folder(folder_id) if folder_id else WatchedFolder()
    folder.source, folder.bucket, folder.enabled = get_source(source_id), bucket, enabled
    folder.organisation = folder.source.organisation
    folder.prefix, folder.error = _clean_prefix(prefix), ""
    place_of(folder)
    try:
        with transaction.atomic():
            folder.save()
    except IntegrityError as error:
        told = _("This folder is watched already.")
        raise Conflict(told, code="folder_watched", fields={"prefix": told}) from error
    record(
        action="folder.saved",
        subject_type="source",
        subject_id=folder.source_id,
        data={"bucket": bucket, "prefix": folder.prefix, "enabled": enabled},
    )
    return folder


@transaction.atomic
def remove_folder(*, folder_id: uuid.UUID) -> None:
    """Watch a folder no more; recordings that were fetched stay. Side effect: audit.

    Raises:
        NotFound: there is no such folder here.
    """
    folder = get_folder(folder_id)
    data = {"bucket": folder.bucket, "prefix": folder.prefix}
    record(action="folder.removed", subject_type="source", subject_id=folder.source_id, data=data)
    folder.delete()


def is_taken(folder: WatchedFolder, key: str, version: str) -> bool:
    """Whether this object was taken already."""
    return FetchedObject.objects.filter(folder_id=folder.id, key=key, version=version).exists()


def take_object(*, folder_id: uuid.UUID, key: str, version: str, file: File) -> LongRecording | None:
    """Keep an object's content as a recording; None when somebody took it meanwhile or the folder is gone.

    Side effects: as ``receive_recording``; the object is never taken again in this version.
    """
    folder: WatchedFolder | None = WatchedFolder.objects.select_for_update().filter(id=folder_id).first()
    if folder is None or not folder.enabled or is_taken(folder, key, version):
        return None
    name = key.rsplit("/", 1)[-1]
    recording = receive_recording(
        file=file,
        filename=name,
        source=get_source(folder.source_id),
        started_at=None,
        origin=Origin.FOLDER,
    )
    FetchedObject.objects.create(
        folder=folder, key=key, version=version, size_bytes=recording.size_bytes, recording=recording
    )
    return recording


def refuse_object(*, folder_id: uuid.UUID, key: str, version: str) -> None:
    """Remember an object that can't be taken (empty, too large), so that it is not tried again and again."""
    FetchedObject.objects.get_or_create(folder_id=folder_id, key=key, version=version)


def record_visit(*, folder_id: uuid.UUID, error: str = "") -> None:
    """When a folder was looked at, and what went wrong; people are told once, not at every visit."""
    folder: WatchedFolder | None = WatchedFolder.objects.filter(id=folder_id).select_related("organisation").first()
    if folder is None:
        return
    if error and not folder.error:
        notify(
            kind="monitoring.folder_failed",
            text=messages.FOLDER_FAILED,
            params={"folder": folder.prefix or folder.bucket or LOCAL_FOLDER, "reason": error},
            link=sources_page(folder.organisation),
        )
    folder.checked_at, folder.error = timezone.now(), error
    folder.save(update_fields=["checked_at", "error", "updated_at"])


def watching_organisations() -> list[uuid.UUID]:
    """Organisations that watch a folder: only their ids are known here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_id FROM monitoring_watching()")
        return [row[0] for row in cursor.fetchall()]


def _clean_prefix(prefix: str) -> str:
    parts = [part for part in prefix.replace("\\", "/").split("/") if part]
    if any(part in (".", "..") for part in parts):
        told = _("A prefix is a path below the bucket, without “..”.")
        raise InvalidInput(told, fields={"prefix": told})
    cleaned = "/".join(parts)[:PREFIX_LENGTH]
    return f"{cleaned}/" if cleaned else ""
