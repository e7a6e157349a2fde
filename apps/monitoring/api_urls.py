"""Addresses of long recordings, cue sheets, watchlists and plays below ``/api/v1/``."""

from django.urls import URLPattern, path

from apps.monitoring.api import views, watching

urlpatterns: list[URLPattern] = [
    path("monitoring/recordings/", views.LongRecordingList.as_view(), name="monitoring_recordings"),
    path(
        "monitoring/recordings/<uuid:recording_id>/", views.LongRecordingDetail.as_view(), name="monitoring_recording"
    ),
    path(
        "monitoring/recordings/<uuid:recording_id>/again/", views.LongRecordingAgain.as_view(), name="monitoring_again"
    ),
    path("monitoring/recordings/<uuid:recording_id>/cues/", views.CueList.as_view(), name="monitoring_cues"),
    path("monitoring/recordings/<uuid:recording_id>/export/", views.CueSheetExport.as_view(), name="monitoring_export"),
    path("monitoring/cues/<uuid:cue_id>/", views.CueDetail.as_view(), name="monitoring_cue"),
    path("monitoring/cues/<uuid:cue_id>/confirm/", views.CueConfirm.as_view(), name="monitoring_cue_confirm"),
    path("monitoring/cues/<uuid:cue_id>/undo/", views.CueUndo.as_view(), name="monitoring_cue_undo"),
    path("monitoring/sources/", watching.SourceList.as_view(), name="monitoring_sources"),
    path("monitoring/sources/<uuid:source_id>/", watching.SourceDetail.as_view(), name="monitoring_source"),
    path("monitoring/watchlists/", watching.WatchListList.as_view(), name="monitoring_watchlists"),
    path("monitoring/watchlists/<uuid:watchlist_id>/", watching.WatchListDetail.as_view(), name="monitoring_watchlist"),
    path(
        "monitoring/watchlists/<uuid:watchlist_id>/items/",
        watching.WatchItemAdd.as_view(),
        name="monitoring_watchlist_items",
    ),
    path(
        "monitoring/watchlists/items/<uuid:item_id>/", watching.WatchItemDetail.as_view(), name="monitoring_watchitem"
    ),
    path("monitoring/alerts/", watching.AlertList.as_view(), name="monitoring_alerts"),
    path("monitoring/plays/", watching.Plays.as_view(), name="monitoring_plays"),
]
