"""Endpoints of recordings and cue sheets."""

import uuid
from typing import Any

from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.api.views import AnyMediaRenderer
from apps.jobs.api import accepted
from apps.monitoring import selectors, services
from apps.monitoring.api import serializers as shapes
from apps.monitoring.exports import FORMATS, export
from apps.monitoring.models import Cue, LongRecording, LongRecordingState, MonitoringSource, Origin
from apps.monitoring.selectors import RecordingFilters
from apps.monitoring.services import CueDetails

SCOPE = "monitoring"


class LongRecordingList(ListAPIView[LongRecording]):
    """Long recordings, newest first; POST submits one."""

    scope = SCOPE
    parser_classes = [MultiPartParser]
    serializer_class = shapes.LongRecordingSerializer

    def get_queryset(self) -> Any:
        asked = self.request.query_params
        return selectors.recordings(
            RecordingFilters(
                text=asked.get("text", ""), state=asked.get("state", ""), source=_uuid(asked.get("source"))
            )
        )

    @extend_schema(
        operation_id="monitoring_recordings_list",
        tags=["monitoring"],
        parameters=[
            OpenApiParameter("text", description="Words in the title or the source."),
            OpenApiParameter("state", enum=LongRecordingState.values),
            OpenApiParameter("source", OpenApiTypes.UUID),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="monitoring_recordings_create",
        tags=["monitoring"],
        request={"multipart/form-data": shapes.LongUploadSerializer},
        responses={202: shapes.LongRecordingResultSerializer},
    )
    def post(self, request: Request) -> Response:
        form = shapes.LongUploadSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = form.validated_data
        file = values["file"]
        recording = services.receive_recording(
            file=file,
            filename=file.name,
            title=values.get("title", ""),
            source=_source(values.get("source")),
            started_at=values.get("started_at"),
            origin=Origin.API,
        )
        return _accepted(recording)


class LongRecordingDetail(GenericAPIView[LongRecording]):
    """One long recording."""

    scope = SCOPE
    serializer_class = shapes.LongRecordingSerializer

    @extend_schema(operation_id="monitoring_recordings_read", tags=["monitoring"])
    def get(self, request: Request, recording_id: uuid.UUID) -> Response:
        return Response(shapes.LongRecordingSerializer(selectors.get_recording(recording_id)).data)

    @extend_schema(
        operation_id="monitoring_recordings_change",
        tags=["monitoring"],
        request=shapes.RecordingChangeSerializer,
        responses=shapes.LongRecordingSerializer,
    )
    def patch(self, request: Request, recording_id: uuid.UUID) -> Response:
        recording = selectors.get_recording(recording_id)
        form = shapes.RecordingChangeSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        values = form.validated_data
        changed = services.update_recording(
            recording_id=recording.id,
            title=values.get("title", recording.title),
            source=_source(values["source"]) if "source" in values else recording.source,
            started_at=values.get("started_at", recording.started_at),
        )
        return Response(shapes.LongRecordingSerializer(changed).data)

    @extend_schema(operation_id="monitoring_recordings_delete", tags=["monitoring"], responses={204: None})
    def delete(self, request: Request, recording_id: uuid.UUID) -> Response:
        services.delete_recording(recording_id=recording_id)
        return Response(status=204)


class LongRecordingAgain(GenericAPIView[LongRecording]):
    """Compare a finished recording with the registry as it is now. What people said stays."""

    scope = SCOPE
    serializer_class = shapes.LongRecordingResultSerializer

    @extend_schema(
        operation_id="monitoring_recordings_again",
        tags=["monitoring"],
        request=None,
        responses={202: shapes.LongRecordingResultSerializer},
    )
    def post(self, request: Request, recording_id: uuid.UUID) -> Response:
        return _accepted(services.listen_again(recording_id=recording_id))


class CueList(GenericAPIView[Cue]):
    """The cue sheet of a recording, in order of time; POST adds a cue by hand."""

    scope = SCOPE
    serializer_class = shapes.CueSerializer

    @extend_schema(operation_id="monitoring_cues_list", tags=["monitoring"], responses=shapes.CueSerializer(many=True))
    def get(self, request: Request, recording_id: uuid.UUID) -> Response:
        recording = selectors.get_recording(recording_id)
        cues: Any = selectors.cues_of(recording.id)
        return Response(shapes.CueSerializer(cues, many=True).data)

    @extend_schema(
        operation_id="monitoring_cues_add",
        tags=["monitoring"],
        request=shapes.CueInputSerializer,
        responses={201: shapes.CueSerializer},
    )
    def post(self, request: Request, recording_id: uuid.UUID) -> Response:
        selectors.get_recording(recording_id)
        cue = services.add_cue(recording_id=recording_id, details=_details(request.data))
        return Response(shapes.CueSerializer(cue).data, status=201)


class CueDetail(GenericAPIView[Cue]):
    """One cue: read, correct, take off the sheet."""

    scope = SCOPE
    serializer_class = shapes.CueSerializer

    @extend_schema(operation_id="monitoring_cues_read", tags=["monitoring"])
    def get(self, request: Request, cue_id: uuid.UUID) -> Response:
        return Response(shapes.CueSerializer(selectors.get_cue(cue_id)).data)

    @extend_schema(
        operation_id="monitoring_cues_correct",
        tags=["monitoring"],
        request=shapes.CueInputSerializer,
        responses=shapes.CueSerializer,
    )
    def put(self, request: Request, cue_id: uuid.UUID) -> Response:
        selectors.get_cue(cue_id)
        cue = services.edit_cue(cue_id=cue_id, details=_details(request.data))
        return Response(shapes.CueSerializer(cue).data)

    @extend_schema(operation_id="monitoring_cues_remove", tags=["monitoring"], responses={204: None})
    def delete(self, request: Request, cue_id: uuid.UUID) -> Response:
        services.remove_cue(cue_id=cue_id)
        return Response(status=204)


class CueConfirm(GenericAPIView[Cue]):
    """Say that a cue is right."""

    scope = SCOPE
    serializer_class = shapes.CueSerializer

    @extend_schema(operation_id="monitoring_cues_confirm", tags=["monitoring"], request=None)
    def post(self, request: Request, cue_id: uuid.UUID) -> Response:
        return Response(shapes.CueSerializer(services.confirm_cue(cue_id=cue_id)).data)


class CueUndo(GenericAPIView[Cue]):
    """Take the newest correction of a cue back."""

    scope = SCOPE
    serializer_class = shapes.CueSerializer

    @extend_schema(operation_id="monitoring_cues_undo", tags=["monitoring"], request=None)
    def post(self, request: Request, cue_id: uuid.UUID) -> Response:
        return Response(shapes.CueSerializer(services.undo_correction(cue_id=cue_id)).data)


class CueSheetExport(GenericAPIView[LongRecording]):
    """The cue sheet as a file."""

    scope = SCOPE
    renderer_classes = [AnyMediaRenderer]

    @extend_schema(
        operation_id="monitoring_export",
        tags=["monitoring"],
        parameters=[OpenApiParameter("as", enum=list(FORMATS), default="csv")],
        responses={(200, "*/*"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, recording_id: uuid.UUID) -> HttpResponse:
        recording = selectors.get_recording(recording_id)
        made = export(request.query_params.get("as", "csv"), recording, selectors.cues_of(recording.id))
        response = HttpResponse(made.content, content_type=made.media_type)
        response["Content-Disposition"] = f'attachment; filename="{made.filename}"'
        return response


def _accepted(recording: LongRecording) -> Response:
    if recording.job is None:
        raise RuntimeError("A recording was received without a job")
    body = shapes.LongRecordingResultSerializer({"recording": recording, "job": recording.job}).data
    return accepted(recording.job, body)


def _details(data: Any) -> CueDetails:
    form = shapes.CueInputSerializer(data=data)
    form.is_valid(raise_exception=True)
    values = form.validated_data
    return CueDetails(
        start_s=values["from_s"],
        end_s=values["to_s"],
        title=values.get("title", ""),
        artist=values.get("artist", ""),
        label=values.get("label", ""),
        track_id=values.get("track"),
    )


def _source(source_id: uuid.UUID | None) -> MonitoringSource | None:
    return selectors.get_source(source_id) if source_id else None


def _uuid(text: str | None) -> str:
    """An id for filtering; one that is no id finds nothing."""
    if not text:
        return ""
    try:
        return str(uuid.UUID(text))
    except ValueError:
        return str(uuid.UUID(int=0))
