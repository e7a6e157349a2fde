"""Addresses of the catalogue below ``/api/v1/``."""

from django.urls import path

from apps.catalog.api import views

urlpatterns = [
    path("tracks/", views.TrackList.as_view(), name="tracks"),
    path("tracks/<uuid:track_id>/", views.TrackDetail.as_view(), name="track"),
    path("tracks/<uuid:track_id>/restore/", views.TrackRestore.as_view(), name="track_restore"),
    path("tracks/<uuid:track_id>/recording/", views.TrackRecording.as_view(), name="track_recording"),
    path("assets/<uuid:asset_id>/", views.AssetDetail.as_view(), name="asset"),
    path("assets/<uuid:asset_id>/audio/", views.AssetAudio.as_view(), name="asset_audio"),
    path("artists/", views.ArtistList.as_view(), name="artists"),
    path("artists/<uuid:artist_id>/", views.ArtistDetail.as_view(), name="artist"),
    path("artists/<uuid:artist_id>/merge/", views.ArtistMerge.as_view(), name="artist_merge"),
    path("releases/", views.ReleaseList.as_view(), name="releases"),
    path("releases/<uuid:release_id>/", views.ReleaseDetail.as_view(), name="release"),
]
