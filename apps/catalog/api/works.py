"""Endpoints of works and scores."""

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
from apps.catalog.api import work_serializers as shapes
from apps.catalog.api.views import SCOPE, AnyMediaRenderer, known_status, uuid_of
from apps.catalog.models import ScoreFile, TrackStatus, Work
from apps.catalog.work_presenters import score_download
from apps.core.errors import NotFound
from apps.core.serving import serve


class WorkList(ListAPIView[Work]):
    """Works, newest first."""

    scope = SCOPE
    serializer_class = shapes.WorkSerializer

    def get_queryset(self) -> Any:
        asked = self.request.query_params
        wanted = selectors.WorkFilter(
            text=asked.get("q", ""),
            statuses=[known_status(asked["status"])] if asked.get("status") else [],
            artist_id=uuid_of("artist", asked.get("artist")),
            iswc=asked.get("iswc", ""),
        )
        return selectors.filter_works(selectors.works_in_full(), wanted)

    @extend_schema(
        operation_id="works_list",
        tags=["works"],
        parameters=[
            OpenApiParameter("q", description="Words in title, subtitle, names or ISWC; any script."),
            OpenApiParameter("status", enum=TrackStatus.values, description="Only works of this status."),
            OpenApiParameter("iswc", description="Only the work with this ISWC."),
            OpenApiParameter("artist", OpenApiTypes.UUID, description="Only works that credit this person."),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)

    @extend_schema(
        operation_id="works_create",
        tags=["works"],
        request=shapes.WorkInputSerializer,
        responses={201: shapes.WorkSerializer},
        description="A draft without a score. To make one of a file, use works/uploads.",
    )
    def post(self, request: Request) -> Response:
        form = shapes.WorkInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        body = work_body(services.create_work(changes=form.changes(), credited=form.credited()).id)
        return Response(body, status=201, headers={"Location": body["url"]})


class WorkDetail(GenericAPIView[Work]):
    """One work."""

    scope = SCOPE
    serializer_class = shapes.WorkSerializer

    @extend_schema(operation_id="works_read", tags=["works"])
    def get(self, request: Request, work_id: uuid.UUID) -> Response:
        return Response(work_body(work_id))

    @extend_schema(operation_id="works_update", tags=["works"], request=shapes.WorkInputSerializer)
    def patch(self, request: Request, work_id: uuid.UUID) -> Response:
        """Change a work; what is left out stays."""
        selectors.get_work(work_id)
        form = shapes.WorkInputSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.update_work(work_id=work_id, changes=form.changes(), credited=form.credited())
        return Response(work_body(work_id))

    @extend_schema(operation_id="works_delete", tags=["works"], responses={204: None})
    def delete(self, request: Request, work_id: uuid.UUID) -> Response:
        """Delete a work that the registry does not know. It can be restored for 30 days."""
        services.delete_work(work_id=work_id)
        return Response(status=204)


class WorkRestore(GenericAPIView[Work]):
    """Bring a deleted work back; one that is not deleted stays as it is."""

    scope = SCOPE
    serializer_class = shapes.WorkSerializer

    @extend_schema(operation_id="works_restore", tags=["works"], request=None)
    def post(self, request: Request, work_id: uuid.UUID) -> Response:
        return Response(work_body(services.restore_work(work_id=work_id).id))


class WorkScore(GenericAPIView[Work]):
    """Replace the score of a work, or give it one. 200 when you have exactly this content already."""

    scope = SCOPE
    parser_classes = [MultiPartParser]
    serializer_class = shapes.ScoreReplacementSerializer

    @extend_schema(
        operation_id="works_score",
        tags=["works"],
        responses={200: shapes.ScoreReplacedSerializer, 201: shapes.ScoreReplacedSerializer},
    )
    def post(self, request: Request, work_id: uuid.UUID) -> Response:
        selectors.get_work(work_id)
        form = shapes.ScoreReplacementSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        file = form.validated_data["file"]
        services.refuse_large_score(file)
        result = services.receive_score(file=file, filename=file.name, work_id=work_id)
        body = {
            "work": work_body(result.work.id),
            "duplicate": result.duplicate,
            "job_id": str(result.job.id) if result.job else None,
        }
        return Response(body, status=200 if result.duplicate else 201)


class ScoreNotesDetail(GenericAPIView[ScoreFile]):
    """Every note of a score, and its melody."""

    scope = SCOPE
    serializer_class = shapes.ScoreNotesSerializer

    @extend_schema(operation_id="scores_notes", tags=["works"])
    def get(self, request: Request, score_id: uuid.UUID) -> Response:
        content = selectors.content_of(selectors.get_score(score_id).id)
        if content is None:
            raise NotFound(_("This score was not read yet."))
        return Response(shapes.ScoreNotesSerializer(content.drawing).data)


class ScoreDownload(GenericAPIView[ScoreFile]):
    """The file as it was uploaded."""

    scope = SCOPE
    serializer_class = shapes.ScoreSerializer
    renderer_classes = [JSONRenderer, AnyMediaRenderer]

    @extend_schema(
        operation_id="scores_file", tags=["works"], responses={(200, "application/octet-stream"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, score_id: uuid.UUID) -> HttpResponseBase:
        score = selectors.get_score(score_id)
        if not score.storage_key:
            raise NotFound(_("This file was not kept. Upload the score again."))
        return serve(request._request, score_download(score))


def work_body(work_id: uuid.UUID) -> dict[str, Any]:
    """A work as the API says it.

    Raises:
        NotFound: there is no such work.
    """
    selectors.get_work(work_id)
    return shapes.WorkSerializer(selectors.works_in_full().get(id=work_id)).data
