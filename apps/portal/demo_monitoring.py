"""The demo's broadcasts: one mix heard by two labels, what they watch for, and what one of them put right by hand."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from django.core.files import File
from django.utils import timezone

from apps.jobs import runner
from apps.monitoring.models import LongRecording, MonitoringSource, SourceKind, WatchKind, WatchList
from apps.monitoring.selectors import corrections_of, cues_of, get_cue
from apps.monitoring.services import (
    CueDetails,
    add_item,
    confirm_cue,
    edit_cue,
    ensure_own_watchlist,
    receive_recording,
    save_source,
    save_watchlist,
)
from apps.portal.demo_material import Recording
from apps.tenancy.context import bind

LATER_S = 1.5
"""By how much the corrected cue begins later: one track fades into the next there."""


@dataclass(frozen=True)
class Broadcast:
    """What a demo label listens to, and whose tracks it waits for there."""

    label: str
    station: str
    kind: str
    time_zone: str
    title: str
    days_ago: int
    hour: int
    watchlist: str
    watched_label: str


BROADCASTS = (
    Broadcast(
        "parlour", "Radio Parlour (demo)", SourceKind.RADIO, "Europe/London", "Morning music (demo)", 1, 7,
        "Ceilidh Recordings on the air", "Ceilidh Recordings (demo)",
    ),
    Broadcast(
        "ceilidh", "Quayside stream (demo)", SourceKind.STREAM, "Europe/Dublin", "Saturday night stream (demo)", 2, 21,
        "Parlour Editions in streams", "Parlour Editions (demo)",
    ),
)  # fmt: skip

Listening = tuple[uuid.UUID, uuid.UUID, Broadcast, Recording]


def listen_to_broadcast(work: Listening) -> uuid.UUID:
    """Submit a mix as a broadcast, and have its cue sheet made; answers the recording's id. Safe to repeat."""
    organisation_id, user_id, planned, recording = work
    with bind(organisation_id, user_id=user_id), recording.path.open("rb") as stream:
        _watch_for(planned)
        known: LongRecording | None = LongRecording.objects.filter(title=planned.title).first()
        began = timezone.now().replace(hour=planned.hour, minute=0, second=0, microsecond=0)
        broadcast = known or receive_recording(
            file=File(stream, name=recording.path.name),
            filename=recording.path.name,
            title=planned.title,
            source=_source(planned),
            started_at=began - timedelta(days=planned.days_ago),
        )
    if broadcast.job_id is not None:
        runner.run(broadcast.job_id, organisation_id)
    with bind(organisation_id, user_id=user_id):
        _put_right(broadcast.id)
    return broadcast.id


def _source(planned: Broadcast) -> MonitoringSource:
    return MonitoringSource.objects.filter(name=planned.station).first() or save_source(
        source_id=None, name=planned.station, kind=planned.kind, time_zone=planned.time_zone
    )


def _watch_for(planned: Broadcast) -> None:
    """A list for the other label's tracks, beside that of one's own. It stands before anything is heard."""
    ensure_own_watchlist()
    watchlist = WatchList.objects.filter(name=planned.watchlist).first() or save_watchlist(
        watchlist_id=None, name=planned.watchlist, own_tracks=False, alert=True, digest=True
    )
    add_item(watchlist_id=watchlist.id, kind=WatchKind.LABEL, name=planned.watched_label)


def _put_right(recording_id: uuid.UUID) -> None:
    """Somebody listened: the first cue is right, the second begins a little later."""
    changes: list[Callable[[uuid.UUID], object]] = [lambda cue_id: confirm_cue(cue_id=cue_id), _begin_later]
    for change, cue in zip(changes, cues_of(recording_id), strict=False):
        if not corrections_of(cue.id):
            change(cue.id)


def _begin_later(cue_id: uuid.UUID) -> None:
    cue = get_cue(cue_id)
    edit_cue(
        cue_id=cue_id,
        details=CueDetails(cue.start_s + LATER_S, cue.end_s, cue.title, cue.artist, cue.label, cue.track_id),
    )
