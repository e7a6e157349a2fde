"""Endpoints of tracks, recordings, artists and releases."""

import uuid
from typing import Any

from django.http import HttpResponseBase
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import JSONRenderer
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog import selectors, services
from apps.catalog.api import serializers as shapes
from apps.catalog.models import Artist, AudioAsset, Release, Track, TrackStatus
from apps.catalog.presenters import stored_file
from apps.core.errors import InvalidInput, NotFound
from apps.core.serving import serve

SCOPE = "tracks"


class AnyMediaRenderer(JSONRenderer):
    """Lets a client ask for ``audio/*``; only problems are rendered by it."""

    media_type = "*/*"
    format = ""


class TrackList(ListAPIView[Track]):
    """Tracks, newest first."""

    scope = SCOPE
    serializer_class = shapes.TrackSerializer

    def get_queryset(self) -> Any:
        asked = self.request.query_params
        wanted = selectors.TrackFilter(
            text=asked.get("q", ""),
            statuses=[known_status(asked["status"])] if asked.get("status") else [],
            release_id=uuid_of("release", asked.get("release")),
            artist_id=uuid_of("artist", asked.get("artist")),
            isrc=asked.get("isrc", ""),
        )
        return selectors.filter_tracks(selectors.tracks_in_full(), wanted)

    @extend_schema(
        operation_id="tracks_list",
        tags=["tracks"],
        parameters=[
            OpenApiParameter("q", description="Words in title, version, artists, release or ISRC; any script."),
            OpenApiParameter("status", enum=TrackStatus.values, description="Only tracks of this status."),
            OpenApiParameter("isrc", description="Only the track with this ISRC."),
            OpenApiParameter("release", OpenApiTypes.UUID, description="Only tracks on this release."),
            OpenApiParameter("artist", OpenApiTypes.UUID, description="Only tracks that credit this artist."),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="tracks_create",
        tags=["tracks"],
        request=shapes.TrackInputSerializer,
        responses={201: shapes.TrackSerializer},
        description="A draft without a recording. To make one of a file, use uploads.",
    )
    def post(self, request: Request) -> Response:
        form = shapes.TrackInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        track = services.create_track(changes=form.changes(), credited=form.credited())
        body = _track(track.id)
        return Response(body, status=201, headers={"Location": body["url"]})


class TrackDetail(GenericAPIView[Track]):
    """One track."""

    scope = SCOPE
    serializer_class = shapes.TrackSerializer

    @extend_schema(operation_id="tracks_read", tags=["tracks"])
    def get(self, request: Request, track_id: uuid.UUID) -> Response:
        return Response(_track(track_id))

    @extend_schema(operation_id="tracks_update", tags=["tracks"], request=shapes.TrackInputSerializer)
    def patch(self, request: Request, track_id: uuid.UUID) -> Response:
        """Change a track; what is left out stays."""
        selectors.get_track(track_id)
        form = shapes.TrackInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.update_track(track_id=track_id, changes=form.changes(), credited=form.credited())
        return Response(_track(track_id))

    @extend_schema(operation_id="tracks_delete", tags=["tracks"], responses={204: None})
    def delete(self, request: Request, track_id: uuid.UUID) -> Response:
        """Delete a track that the registry does not know. It can be restored for 30 days."""
        services.delete_track(track_id=track_id)
        return Response(status=204)


class TrackRestore(GenericAPIView[Track]):
    """Bring a deleted track back; one that is not deleted stays as it is."""

    scope = SCOPE
    serializer_class = shapes.TrackSerializer

    @extend_schema(operation_id="tracks_restore", tags=["tracks"], request=None)
    def post(self, request: Request, track_id: uuid.UUID) -> Response:
        return Response(_track(services.restore_track(track_id=track_id).id))


class TrackRecording(GenericAPIView[Track]):
    """Replace the recording of a track, or give it one. 200 when you have exactly this content already."""

    scope = SCOPE
    parser_classes = [MultiPartParser]
    serializer_class = shapes.ReplacementSerializer

    @extend_schema(
        operation_id="tracks_recording",
        tags=["tracks"],
        responses={200: shapes.ReplacedSerializer, 201: shapes.ReplacedSerializer},
    )
    def post(self, request: Request, track_id: uuid.UUID) -> Response:
        selectors.get_track(track_id)
        form = shapes.ReplacementSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        file = form.validated_data["file"]
        services.refuse_too_large(file)
        result = services.receive_upload(file=file, filename=file.name, track_id=track_id)
        body = {
            "track": _track(result.track.id),
            "duplicate": result.duplicate,
            "job_id": str(result.job.id) if result.job else None,
        }
        return Response(body, status=200 if result.duplicate else 201)


class AssetDetail(GenericAPIView[AudioAsset]):
    """One recording: its file and what was heard in it."""

    scope = SCOPE
    serializer_class = shapes.RecordingSerializer

    @extend_schema(operation_id="assets_read", tags=["tracks"])
    def get(self, request: Request, asset_id: uuid.UUID) -> Response:
        return Response(shapes.RecordingSerializer(selectors.get_asset(asset_id)).data)


class AssetAudio(GenericAPIView[AudioAsset]):
    """The file as it was uploaded; answers ranges, or leads to a short-lived signed address."""

    scope = SCOPE
    serializer_class = shapes.RecordingSerializer
    renderer_classes = [JSONRenderer, AnyMediaRenderer]

    @extend_schema(
        operation_id="assets_audio",
        tags=["tracks"],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, asset_id: uuid.UUID) -> HttpResponseBase:
        asset = selectors.get_asset(asset_id)
        if not asset.storage_key:
            raise NotFound(_("This file was not kept. Upload the recording again."))
        return serve(request._request, stored_file(asset, download=True))


class ArtistList(ListAPIView[Artist]):
    """Artists, newest first."""

    scope = SCOPE
    serializer_class = shapes.ArtistSerializer

    def get_queryset(self) -> Any:
        return selectors.matching(selectors.artists(), self.request.query_params.get("q", ""))

    @extend_schema(
        operation_id="artists_list",
        tags=["artists"],
        parameters=[OpenApiParameter("q", description="Words in the name.")],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(operation_id="artists_create", tags=["artists"], responses={201: shapes.ArtistSerializer})
    def post(self, request: Request) -> Response:
        """A new artist, or the one that has this name already."""
        form = shapes.ArtistSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        artist = services.create_artist(name=form.validated_data["name"])
        body = _artist(artist.id)
        return Response(body, status=201, headers={"Location": body["url"]})


class ArtistDetail(GenericAPIView[Artist]):
    """One artist."""

    scope = SCOPE
    serializer_class = shapes.ArtistSerializer

    @extend_schema(operation_id="artists_read", tags=["artists"])
    def get(self, request: Request, artist_id: uuid.UUID) -> Response:
        return Response(_artist(artist_id))

    @extend_schema(operation_id="artists_rename", tags=["artists"])
    def patch(self, request: Request, artist_id: uuid.UUID) -> Response:
        """Rename an artist; every track and release shows the new name."""
        selectors.get_artist(artist_id)
        form = shapes.ArtistSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.rename_artist(artist_id=artist_id, name=form.validated_data["name"])
        return Response(_artist(artist_id))


class ArtistMerge(GenericAPIView[Artist]):
    """Move every credit and release of this artist to another one, and delete this one."""

    scope = SCOPE
    serializer_class = shapes.MergeSerializer

    @extend_schema(operation_id="artists_merge", tags=["artists"], responses={200: shapes.ArtistSerializer})
    def post(self, request: Request, artist_id: uuid.UUID) -> Response:
        selectors.get_artist(artist_id)
        form = shapes.MergeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        target = services.merge_artists(source_id=artist_id, target_id=form.validated_data["into"])
        return Response(_artist(target.id))


class ReleaseList(ListAPIView[Release]):
    """Releases, newest first."""

    scope = SCOPE
    serializer_class = shapes.ReleaseSerializer

    def get_queryset(self) -> Any:
        return selectors.matching(selectors.releases(), self.request.query_params.get("q", ""))

    @extend_schema(
        operation_id="releases_list",
        tags=["releases"],
        parameters=[OpenApiParameter("q", description="Words in title, artist or UPC.")],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="releases_create",
        tags=["releases"],
        request=shapes.ReleaseInputSerializer,
        responses={201: shapes.ReleaseSerializer},
    )
    def post(self, request: Request) -> Response:
        """A new release."""
        form = shapes.ReleaseInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        body = _release(services.create_release(details=form.details()).id)
        return Response(body, status=201, headers={"Location": body["url"]})


class ReleaseDetail(GenericAPIView[Release]):
    """One release."""

    scope = SCOPE
    serializer_class = shapes.ReleaseSerializer

    @extend_schema(operation_id="releases_read", tags=["releases"])
    def get(self, request: Request, release_id: uuid.UUID) -> Response:
        return Response(_release(release_id))

    @extend_schema(operation_id="releases_update", tags=["releases"], request=shapes.ReleaseInputSerializer)
    def patch(self, request: Request, release_id: uuid.UUID) -> Response:
        """Change a release; what is left out stays."""
        release = selectors.get_release(release_id)
        form = shapes.ReleaseInputSerializer(data=request.data, partial=True)
        form.is_valid(raise_exception=True)
        services.update_release(release_id=release_id, details=form.details(release))
        return Response(_release(release_id))

    @extend_schema(operation_id="releases_delete", tags=["releases"], responses={204: None})
    def delete(self, request: Request, release_id: uuid.UUID) -> Response:
        """Delete a release; its tracks stay."""
        services.delete_release(release_id=release_id)
        return Response(status=204)


def _track(track_id: uuid.UUID) -> dict[str, Any]:
    selectors.get_track(track_id)
    return shapes.TrackSerializer(selectors.tracks_in_full().get(id=track_id)).data


def _artist(artist_id: uuid.UUID) -> dict[str, Any]:
    return shapes.ArtistSerializer(selectors.get_artist(artist_id)).data


def _release(release_id: uuid.UUID) -> dict[str, Any]:
    return shapes.ReleaseSerializer(selectors.get_release(release_id)).data


def known_status(text: str) -> str:
    """A status of tracks and works, or an error that names it."""
    if text not in TrackStatus.values:
        message = _("“%(status)s” is no status of a track.") % {"status": text}
        raise InvalidInput(message, fields={"status": message})
    return text


def uuid_of(name: str, text: str | None) -> uuid.UUID | None:
    """The id in a parameter, or an error that names it."""
    try:
        return uuid.UUID(text) if text else None
    except ValueError as error:
        message = _("“%(text)s” is no id.") % {"text": text}
        raise InvalidInput(message, fields={name: message}) from error
