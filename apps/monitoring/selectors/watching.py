"""Watchlists, alerts and watched folders."""

import uuid

from django.db.models import Count, QuerySet
from django.utils.translation import gettext as _

from apps.core.errors import NotFound
from apps.monitoring.models import STANDING, Alert, WatchedFolder, WatchItem, WatchList


def watchlists() -> QuerySet[WatchList]:
    """Watchlists with their items and the number of their alerts."""
    return WatchList.objects.prefetch_related("items").annotate(alert_count=Count("alerts")).order_by("created_at")


def get_watchlist(watchlist_id: uuid.UUID) -> WatchList:
    """One watchlist.

    Raises:
        NotFound: there is none with this id here.
    """
    found: WatchList | None = watchlists().filter(id=watchlist_id).first()
    if found is None:
        raise NotFound(_("There is no such watchlist."))
    return found


def get_item(item_id: uuid.UUID) -> WatchItem:
    """One thing on a watchlist.

    Raises:
        NotFound: there is none with this id here.
    """
    found: WatchItem | None = WatchItem.objects.select_related("watchlist").filter(id=item_id).first()
    if found is None:
        raise NotFound(_("This is not on the watchlist."))
    return found


def alerts() -> QuerySet[Alert]:
    """Alerts about cues that stand, newest first."""
    standing = Alert.objects.filter(cue__state__in=STANDING, cue__recording__deleted_at=None)
    return standing.select_related("watchlist", "cue", "cue__recording", "cue__recording__source").order_by(
        "-created_at"
    )


def unmailed_alerts() -> QuerySet[Alert]:
    """What the next digest tells."""
    return alerts().filter(mailed_at=None, watchlist__digest=True)


def folders() -> QuerySet[WatchedFolder]:
    """Watched folders with their sources and the number of objects that were taken."""
    found = WatchedFolder.objects.select_related("source", "organisation")
    return found.annotate(object_count=Count("objects_seen")).order_by("created_at")


def get_folder(folder_id: uuid.UUID) -> WatchedFolder:
    """One watched folder.

    Raises:
        NotFound: there is none with this id here.
    """
    found: WatchedFolder | None = folders().filter(id=folder_id).first()
    if found is None:
        raise NotFound(_("There is no such watched folder."))
    return found
