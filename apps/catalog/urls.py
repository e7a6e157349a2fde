"""Addresses of the catalogue, below the organisation."""

from django.urls import URLPattern, path

from apps.catalog.views import artists, media, releases, search, track_edit, tracks, work_edit, works

tenant_patterns: list[URLPattern] = [
    path("catalogue/tracks/", tracks.track_list, name="tracks"),
    path("catalogue/tracks/bulk/", tracks.bulk, name="tracks_bulk"),
    path("catalogue/tracks/deleted/", tracks.deleted, name="tracks_deleted"),
    path("catalogue/tracks/<uuid:track_id>/", tracks.track_detail, name="track"),
    path("catalogue/tracks/<uuid:track_id>/edit/", track_edit.edit, name="track_edit"),
    path("catalogue/tracks/<uuid:track_id>/recording/", track_edit.recording, name="track_recording"),
    path("catalogue/tracks/<uuid:track_id>/delete/", tracks.delete, name="track_delete"),
    path("catalogue/tracks/<uuid:track_id>/restore/", tracks.restore, name="track_restore"),
    path("catalogue/recordings/<uuid:asset_id>/audio/", media.asset_audio, name="asset_audio"),
    path("catalogue/recordings/<uuid:asset_id>/waveform/", media.asset_waveform, name="asset_waveform"),
    path("catalogue/works/", works.work_list, name="works"),
    path("catalogue/works/new/", work_edit.create, name="work_new"),
    path("catalogue/works/upload/", work_edit.upload, name="works_upload"),
    path("catalogue/works/bulk/", works.bulk, name="works_bulk"),
    path("catalogue/works/deleted/", works.deleted, name="works_deleted"),
    path("catalogue/works/<uuid:work_id>/", works.work_detail, name="work"),
    path("catalogue/works/<uuid:work_id>/edit/", work_edit.edit, name="work_edit"),
    path("catalogue/works/<uuid:work_id>/score/", work_edit.score, name="work_score"),
    path("catalogue/works/<uuid:work_id>/delete/", works.delete, name="work_delete"),
    path("catalogue/works/<uuid:work_id>/restore/", works.restore, name="work_restore"),
    path("catalogue/scores/<uuid:score_id>/", works.score_file, name="score_file"),
    path("catalogue/releases/", releases.release_list, name="releases"),
    path("catalogue/releases/new/", releases.create, name="release_new"),
    path("catalogue/releases/<uuid:release_id>/", releases.release_detail, name="release"),
    path("catalogue/releases/<uuid:release_id>/edit/", releases.edit, name="release_edit"),
    path("catalogue/releases/<uuid:release_id>/delete/", releases.delete, name="release_delete"),
    path("catalogue/artists/", artists.artist_list, name="artists"),
    path("catalogue/artists/new/", artists.create, name="artist_new"),
    path("catalogue/artists/<uuid:artist_id>/", artists.artist_detail, name="artist"),
    path("catalogue/artists/<uuid:artist_id>/edit/", artists.edit, name="artist_edit"),
    path("catalogue/artists/<uuid:artist_id>/merge/", artists.merge, name="artist_merge"),
    path("catalogue/search/", search.search, name="search"),
]
