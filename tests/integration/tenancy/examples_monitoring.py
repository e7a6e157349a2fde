"""Examples of monitoring: a recording with a cue sheet, a watched folder, a watchlist, written row by row."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.utils import timezone

from apps.accounts.models import User
from apps.monitoring.models import (
    Alert,
    CorrectionKind,
    Cue,
    CueCorrection,
    DayCount,
    FetchedObject,
    LongRecording,
    LongRecordingState,
    MonitoringSource,
    RecordingChunk,
    WatchedFolder,
    WatchItem,
    WatchKind,
    WatchList,
)


@dataclass(frozen=True)
class Monitored:
    """All that hangs on one recording."""

    source: MonitoringSource
    folder: WatchedFolder
    recording: LongRecording
    cue: Cue
    watchlist: WatchList
    item: WatchItem


def make_monitored(marker: str, user: User) -> Monitored:
    """A cue sheet in the bound organisation, with the marker in whatever is private."""
    source = MonitoringSource.objects.create(name=f"Station {marker}")
    folder = WatchedFolder.objects.create(source=source, prefix=f"{marker}/")
    recording = make_long_recording(marker, user, source)
    FetchedObject.objects.create(folder=folder, key=f"{marker}/show.mp3", version="1", recording=recording)
    RecordingChunk.objects.create(recording=recording, index=0, start_s=0.0, end_s=60.0)
    cue = Cue.objects.create(
        recording=recording,
        start_s=10.0,
        end_s=40.0,
        title=f"Cue {marker}",
        original={"title": f"Cue {marker}", "start_s": 10.0, "end_s": 40.0},
    )
    CueCorrection.objects.create(cue=cue, kind=CorrectionKind.CONFIRMED, before={"state": "found"}, actor=user)
    watchlist = WatchList.objects.create(name=f"List {marker}")
    item = WatchItem.objects.create(
        watchlist=watchlist, kind=WatchKind.ARTIST, name=f"Artist {marker}", name_key=marker
    )
    Alert.objects.create(watchlist=watchlist, cue=cue)
    DayCount.objects.create(day=timezone.localdate(), source=source, track_key="#1", title=f"Cue {marker}", plays=1)
    return Monitored(source, folder, recording, cue, watchlist, item)


def make_long_recording(marker: str, user: User, source: MonitoringSource | None = None) -> LongRecording:
    """A recording that was listened to."""
    key = default_storage.save(f"monitoring/examples/{marker}", ContentFile(marker.encode()))
    recording: LongRecording = LongRecording.objects.create(
        title=f"Show {marker}", source=source, filename=f"{marker}.mp3", storage_key=key, container="mp3",
        duration_s=60.0, state=LongRecordingState.DONE, outline=bytes(120), outline_points_per_s=1.0,
        requested_by=user, finished_at=timezone.now(),
    )  # fmt: skip
    return recording


def _part(name: str, world: Any) -> Any:
    return getattr(world.monitored, name).id


def _deleted(world: Any) -> Any:
    recording = make_long_recording(f"deleted-{world.marker}", world.owner)
    recording.deleted_at = timezone.now()
    recording.save()
    return recording.id


EXAMPLES: dict[str, Callable[[Any], Any]] = {
    "recording_id": partial(_part, "recording"),
    "monitoring:restore:recording_id": _deleted,
    "cue_id": partial(_part, "cue"),
    "source_id": partial(_part, "source"),
    "folder_id": partial(_part, "folder"),
    "watchlist_id": partial(_part, "watchlist"),
    "item_id": partial(_part, "item"),
}
