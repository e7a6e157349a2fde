"""Watchlists, and the alerts that they raise when something on them is heard."""

import uuid
from collections.abc import Iterable

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.accounts.services import notify
from apps.audit.services import record
from apps.catalog.models import Track
from apps.catalog.selectors import get_track
from apps.catalog.text import clean_line, name_key
from apps.core.errors import Conflict, InvalidInput
from apps.monitoring import messages
from apps.monitoring.links import recording_page
from apps.monitoring.models import STANDING, Alert, Cue, LongRecording, WatchItem, WatchKind, WatchList
from apps.monitoring.selectors import get_cue, get_item, get_watchlist

NAME_LENGTH = 200


@transaction.atomic
def save_watchlist(
    *, watchlist_id: uuid.UUID | None, name: str, own_tracks: bool, alert: bool, digest: bool
) -> WatchList:
    """Make or change a watchlist. Side effect: audit.

    Raises:
        NotFound: there is no such list here.
        Conflict: another list has this name.
    """
    watchlist = get_watchlist(watchlist_id) if watchlist_id else WatchList()
    watchlist.name = clean_line(name)[:NAME_LENGTH]
    watchlist.own_tracks, watchlist.alert, watchlist.digest = own_tracks, alert, digest
    try:
        with transaction.atomic():
            watchlist.save()
    except IntegrityError as error:
        told = _("Another watchlist has this name. Choose a different one.")
        raise Conflict(told, code="name_taken", fields={"name": told}) from error
    _record("watchlist.saved", watchlist, {"own_tracks": own_tracks})
    return watchlist


def ensure_own_watchlist() -> WatchList:
    """The list of one's own tracks that every organisation starts with; made with the first recording."""
    found: WatchList | None = WatchList.objects.first()
    if found is not None:
        return found
    return save_watchlist(watchlist_id=None, name=_("Our own tracks"), own_tracks=True, alert=True, digest=True)


@transaction.atomic
def delete_watchlist(*, watchlist_id: uuid.UUID) -> None:
    """Delete a watchlist with its items and alerts. Side effect: audit.

    Raises:
        NotFound: there is no such list here.
    """
    watchlist = get_watchlist(watchlist_id)
    _record("watchlist.deleted", watchlist, {"items": [item.name for item in watchlist.items.all()]})
    watchlist.delete()


@transaction.atomic
def add_item(
    *,
    watchlist_id: uuid.UUID,
    kind: str,
    name: str = "",
    track_id: uuid.UUID | None = None,
    cue_id: uuid.UUID | None = None,
) -> WatchItem:
    """Put a track, an artist or a label on a list; again answers what is there.

    Args:
        name: of the artist or label, as it is published.
        track_id: a track of our own.
        cue_id: a cue whose track shall be looked out for, whoever registered it.

    Raises:
        NotFound: no such list, track or cue here.
        InvalidInput: nothing says what to watch.
    """
    watchlist = get_watchlist(watchlist_id)
    item = _item(kind, clean_line(name), track_id, cue_id)
    known: WatchItem | None = watchlist.items.filter(kind=item.kind, name_key=item.name_key).first()
    if known is not None:
        return known
    item.watchlist = watchlist
    item.save()
    _record("watchlist.item_added", watchlist, {"kind": item.kind, "name": item.name})
    return item


@transaction.atomic
def remove_item(*, item_id: uuid.UUID) -> WatchItem:
    """Take something off its list. Side effect: audit.

    Raises:
        NotFound: it is not on a list here.
    """
    item = get_item(item_id)
    _record("watchlist.item_removed", item.watchlist, {"kind": item.kind, "name": item.name})
    watchlist = item.watchlist
    item.delete()
    item.watchlist = watchlist
    return item


def raise_alerts(recording: LongRecording, cues: Iterable[Cue]) -> int:
    """Note which watched tracks were heard; one notification for each list. Answers how many alerts are new."""
    standing = [cue for cue in cues if cue.state in STANDING]
    if not standing:
        return 0
    ensure_own_watchlist()
    new = 0
    for watchlist in WatchList.objects.prefetch_related("items"):
        heard = [cue for cue in standing if _watches(watchlist, cue)]
        fresh = [cue for cue in heard if Alert.objects.get_or_create(watchlist=watchlist, cue=cue)[1]]
        new += len(fresh)
        if fresh and watchlist.alert:
            _notify(watchlist, recording, fresh)
    return new


def _watches(watchlist: WatchList, cue: Cue) -> bool:
    if watchlist.own_tracks and cue.already_ours:
        return True
    return any(_names(item, cue) for item in watchlist.items.all())


def _names(item: WatchItem, cue: Cue) -> bool:
    if item.kind == WatchKind.ARTIST:
        return item.name_key in _artist_keys(cue.artist)
    if item.kind == WatchKind.LABEL:
        return item.name_key == name_key(cue.label)
    if item.entry_number is not None and item.entry_number == cue.entry_number:
        return True
    return item.track_id is not None and item.track_id == cue.track_id


def _artist_keys(line: str) -> set[str]:
    """The line as a whole, and each name of “Anna, Ben feat. Cy”."""
    names = [part for piece in line.split(" feat. ") for part in piece.split(", ")]
    return {name_key(name) for name in [line, *names] if name}


def _item(kind: str, name: str, track_id: uuid.UUID | None, cue_id: uuid.UUID | None) -> WatchItem:
    if kind != WatchKind.TRACK:
        if not name:
            told = _("Say whom to watch.")
            raise InvalidInput(told, fields={"name": told})
        return WatchItem(kind=kind, name=name, name_key=name_key(name))
    if track_id is not None:
        track: Track = get_track(track_id)
        return WatchItem(kind=kind, name=track.full_title, name_key=f"track:{track.id}", track=track)
    if cue_id is not None:
        cue = get_cue(cue_id)
        if cue.track_id is not None:
            return _item(kind, name, cue.track_id, None)
        if cue.entry_number is not None:
            return WatchItem(kind=kind, name=_line(cue), name_key=f"#{cue.entry_number}", entry_number=cue.entry_number)
    told = _("Say which track to watch: one of your own, or one that was heard.")
    raise InvalidInput(told, fields={"track": told})


def _line(cue: Cue) -> str:
    return f"{cue.title} · {cue.artist}" if cue.artist else cue.title


def _notify(watchlist: WatchList, recording: LongRecording, cues: list[Cue]) -> None:
    different = len({cue.entry_number or cue.title for cue in cues})
    notify(
        kind="monitoring.watched",
        text=messages.WATCHED_MORE if different > 1 else messages.WATCHED,
        params={"track": cues[0].title, "list": watchlist.name, "title": recording.title, "count": different},
        link=recording_page(recording.organisation, recording.id),
    )


def _record(action: str, watchlist: WatchList, data: dict[str, object]) -> None:
    record(action=action, subject_type="watchlist", subject_id=watchlist.id, data={"name": watchlist.name, **data})
