"""Addresses of long recordings, cue sheets, watchlists and play counts."""

from django.urls import URLPattern, path

from apps.monitoring.views import cues, plays, recordings, sources, watchlists

# Namespace "monitoring".
tenant_patterns: list[URLPattern] = [
    path("monitoring/", recordings.overview, name="list"),
    path("monitoring/new/", recordings.new, name="new"),
    path("monitoring/deleted/", recordings.deleted, name="deleted"),
    path("monitoring/recordings/<uuid:recording_id>/", recordings.detail, name="detail"),
    path("monitoring/recordings/<uuid:recording_id>/edit/", recordings.edit, name="edit"),
    path("monitoring/recordings/<uuid:recording_id>/delete/", recordings.delete, name="delete"),
    path("monitoring/recordings/<uuid:recording_id>/restore/", recordings.restore, name="restore"),
    path("monitoring/recordings/<uuid:recording_id>/again/", recordings.again, name="again"),
    path("monitoring/recordings/<uuid:recording_id>/audio/", recordings.audio, name="audio"),
    path("monitoring/recordings/<uuid:recording_id>/waveform/", recordings.waveform, name="waveform"),
    path("monitoring/recordings/<uuid:recording_id>/export/", recordings.export, name="export"),
    path("monitoring/recordings/<uuid:recording_id>/cues/new/", cues.add, name="cue_add"),
    path("monitoring/cues/<uuid:cue_id>/edit/", cues.edit, name="cue_edit"),
    path("monitoring/cues/<uuid:cue_id>/confirm/", cues.confirm, name="cue_confirm"),
    path("monitoring/cues/<uuid:cue_id>/remove/", cues.remove, name="cue_remove"),
    path("monitoring/cues/<uuid:cue_id>/undo/", cues.undo, name="cue_undo"),
    path("monitoring/cues/<uuid:cue_id>/watch/", cues.watch, name="cue_watch"),
    path("monitoring/plays/", plays.chart, name="chart"),
    path("monitoring/watchlists/", watchlists.overview, name="watchlists"),
    path("monitoring/watchlists/new/", watchlists.create, name="watchlist_new"),
    path("monitoring/watchlists/<uuid:watchlist_id>/edit/", watchlists.edit, name="watchlist_edit"),
    path("monitoring/watchlists/<uuid:watchlist_id>/delete/", watchlists.delete, name="watchlist_delete"),
    path("monitoring/watchlists/<uuid:watchlist_id>/items/", watchlists.add_item, name="watchlist_add"),
    path("monitoring/watchlists/items/<uuid:item_id>/remove/", watchlists.remove_item, name="watchlist_remove"),
    path("monitoring/sources/", sources.overview, name="sources"),
    path("monitoring/sources/new/", sources.create, name="source_new"),
    path("monitoring/sources/<uuid:source_id>/edit/", sources.edit, name="source_edit"),
    path("monitoring/sources/<uuid:source_id>/archive/", sources.archive, name="source_archive"),
    path("monitoring/folders/new/", sources.create_folder, name="folder_new"),
    path("monitoring/folders/<uuid:folder_id>/edit/", sources.edit_folder, name="folder_edit"),
    path("monitoring/folders/<uuid:folder_id>/remove/", sources.remove_folder, name="folder_remove"),
]
