"""Addresses of the catalogue below ``/api/v1/``."""

from django.urls import path

from apps.catalog.api import views, works

urlpatterns = [
    path("tracks/", views.TrackList.as_view(), name="tracks"),
    path("tracks/<uuid:track_id>/", views.TrackDetail.as_view(), name="track"),
    path("tracks/<uuid:track_id>/restore/", views.TrackRestore.as_view(), name="track_restore"),
    path("tracks/<uuid:track_id>/recording/", views.TrackRecording.as_view(), name="track_recording"),
    path("assets/<uuid:asset_id>/", views.AssetDetail.as_view(), name="asset"),
    path("assets/<uuid:asset_id>/audio/", views.AssetAudio.as_view(), name="asset_audio"),
    path("works/", works.WorkList.as_view(), name="works"),
    path("works/<uuid:work_id>/", works.WorkDetail.as_view(), name="work"),
    path("works/<uuid:work_id>/restore/", works.WorkRestore.as_view(), name="work_restore"),
    path("works/<uuid:work_id>/score/", works.WorkScore.as_view(), name="work_score"),
    path("scores/<uuid:score_id>/notes/", works.ScoreNotesDetail.as_view(), name="score_notes"),
    path("scores/<uuid:score_id>/file/", works.ScoreDownload.as_view(), name="score_file"),
    path("artists/", views.ArtistList.as_view(), name="artists"),
    path("artists/<uuid:artist_id>/", views.ArtistDetail.as_view(), name="artist"),
    path("artists/<uuid:artist_id>/merge/", views.ArtistMerge.as_view(), name="artist_merge"),
    path("releases/", views.ReleaseList.as_view(), name="releases"),
    path("releases/<uuid:release_id>/", views.ReleaseDetail.as_view(), name="release"),
]
