"""Endpoints of uploads, matches, decisions and registrations, and of what is done with a track."""

import uuid
from typing import Any

from django.http import HttpResponse, HttpResponseBase
from django.utils.translation import gettext_lazy as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.permissions import AllowAny
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.api.views import AnyMediaRenderer
from apps.catalog.selectors import get_track
from apps.catalog.services import refuse_too_large
from apps.core.errors import NotFound
from apps.jobs.api import accepted
from apps.rights import downloads, selectors, services
from apps.rights.api import serializers as shapes
from apps.rights.api.parameters import uuid_parameter
from apps.rights.api.references import TrackReferenceSerializer
from apps.rights.models import (
    Check,
    Direction,
    Facet,
    Match,
    MatchKind,
    MatchState,
    Registration,
    RegistrationState,
)
from apps.rights.uploads import receive_recording

SCOPE = "registrations"


class UploadCreate(GenericAPIView[Any]):
    """Upload one recording: it becomes a draft, titled after its tags or its file name.

    201 when it is stored, 200 when you have exactly this content already (``duplicate``), 202 with the job when
    ``check`` is true. A file that can't be used is kept with the reason in ``recording.error_message``.
    """

    scope = "tracks"
    parser_classes = [MultiPartParser]
    serializer_class = shapes.UploadRequestSerializer

    @extend_schema(
        operation_id="uploads_create",
        tags=["tracks"],
        responses={
            200: shapes.UploadResultSerializer,
            201: shapes.UploadResultSerializer,
            202: shapes.UploadResultSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        form = shapes.UploadRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        file = form.validated_data["file"]
        refuse_too_large(file)
        received = receive_recording(
            file=file,
            filename=file.name,
            title=form.validated_data.get("title", ""),
            check=form.validated_data["check"],
        )
        body = shapes.UploadResultSerializer(received).data
        if received.check is not None and received.job is not None:
            return accepted(received.job, body)
        return Response(body, status=200 if received.duplicate else 201)


class TrackCheck(GenericAPIView[Check]):
    """Check a track's recording against the registry. 202: follow the job, then read the check."""

    scope = SCOPE
    serializer_class = shapes.CheckSerializer

    @extend_schema(operation_id="tracks_check", tags=["checks"], request=None, responses={202: shapes.CheckSerializer})
    def post(self, request: Request, track_id: uuid.UUID) -> Response:
        check = services.start_check(track_id=track_id)
        body = shapes.CheckSerializer(check).data
        return accepted(check.job, body) if check.job else Response(body)


class TrackRegister(GenericAPIView[Registration]):
    """Register a track that came out clear, or whose every match was decided as own or licensed."""

    scope = SCOPE
    serializer_class = shapes.RegistrationSerializer

    @extend_schema(
        operation_id="tracks_register",
        tags=["registrations"],
        request=None,
        responses={201: shapes.RegistrationSerializer},
    )
    def post(self, request: Request, track_id: uuid.UUID) -> Response:
        registration = services.register(track_id=track_id)
        return Response(shapes.RegistrationSerializer(registration).data, status=201)


class TrackWithdraw(GenericAPIView[Any]):
    """Take a track out of the registry; its certificate says so."""

    scope = SCOPE
    serializer_class = shapes.WithdrawalSerializer

    @extend_schema(operation_id="tracks_withdraw", tags=["registrations"], responses={200: TrackReferenceSerializer})
    def post(self, request: Request, track_id: uuid.UUID) -> Response:
        form = shapes.WithdrawalSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.withdraw(track_id=track_id, reason=form.validated_data.get("reason", ""))
        return Response(TrackReferenceSerializer(get_track(track_id)).data)


class MatchList(ListAPIView[Match]):
    """Matches, newest first; those that a newer check replaced only with ``state=superseded``."""

    scope = SCOPE
    serializer_class = shapes.MatchSerializer

    def get_queryset(self) -> Any:
        wanted = self.request.query_params
        return selectors.matches(
            selectors.MatchFilters(
                direction=wanted.get("direction", ""),
                state=wanted.get("state", ""),
                kind=wanted.get("kind", ""),
                facet=wanted.get("facet", ""),
                work_id=uuid_parameter(wanted.get("work"), "work"),
                track_id=uuid_parameter(wanted.get("track"), "track"),
            )
        )

    @extend_schema(
        operation_id="matches_list",
        tags=["matches"],
        parameters=[
            OpenApiParameter("direction", enum=Direction.values),
            OpenApiParameter("state", enum=MatchState.values),
            OpenApiParameter("kind", enum=MatchKind.values),
            OpenApiParameter("facet", enum=Facet.values),
            OpenApiParameter("work", type=OpenApiTypes.UUID, description="Only matches of this work."),
            OpenApiParameter("track", type=OpenApiTypes.UUID, description="Only matches of this track."),
        ],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class MatchDetail(GenericAPIView[Any]):
    """The report of one match: every aligned stretch with its evidence."""

    scope = SCOPE
    serializer_class = shapes.MatchReportSerializer

    @extend_schema(operation_id="matches_read", tags=["matches"])
    def get(self, request: Request, match_id: uuid.UUID) -> Response:
        report = selectors.match_report(selectors.get_match(match_id))
        return Response(shapes.MatchReportSerializer(report).data)


class MatchPdf(GenericAPIView[Any]):
    """The report of one match as a PDF."""

    scope = SCOPE
    renderer_classes = [AnyMediaRenderer]

    @extend_schema(
        operation_id="matches_pdf", tags=["matches"], responses={(200, "application/pdf"): OpenApiTypes.BINARY}
    )
    def get(self, request: Request, match_id: uuid.UUID) -> HttpResponse:
        return downloads.match_pdf(selectors.match_report(selectors.get_match(match_id)))


class MatchEvidence(GenericAPIView[Any]):
    """One evidence file: a spectrogram (PNG), landmarks (JSON), or the matching stretch of the other recording."""

    scope = SCOPE
    renderer_classes = [AnyMediaRenderer]

    @extend_schema(
        operation_id="matches_evidence",
        tags=["matches"],
        responses={(200, "application/octet-stream"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, match_id: uuid.UUID, evidence_id: uuid.UUID) -> HttpResponseBase:
        return downloads.evidence(request._request, selectors.get_evidence(match_id, evidence_id))


class MatchDecide(GenericAPIView[Any]):
    """Decide about a match: own or licensed, dispute, withdraw. Both sides are notified."""

    scope = SCOPE
    serializer_class = shapes.DecisionSerializer

    @extend_schema(operation_id="matches_decide", tags=["matches"], responses={201: shapes.DecisionSerializer})
    def post(self, request: Request, match_id: uuid.UUID) -> Response:
        selectors.get_match(match_id)
        form = shapes.DecisionSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        decision = services.decide_match(
            match_id=match_id, kind=form.validated_data["kind"], reason=form.validated_data["reason"]
        )
        return Response(shapes.DecisionSerializer(decision).data, status=201)


class DecisionUndo(GenericAPIView[Any]):
    """Take a decision back while that is still allowed."""

    scope = SCOPE
    serializer_class = shapes.DecisionSerializer

    @extend_schema(operation_id="decisions_undo", tags=["matches"], request=None)
    def post(self, request: Request, decision_id: uuid.UUID) -> Response:
        return Response(shapes.DecisionSerializer(services.undo_decision(decision_id=decision_id)).data)


class RegistrationList(ListAPIView[Registration]):
    """Registrations, newest first."""

    scope = SCOPE
    serializer_class = shapes.RegistrationSerializer

    def get_queryset(self) -> Any:
        return selectors.registrations(state=self.request.query_params.get("state", ""))

    @extend_schema(
        operation_id="registrations_list",
        tags=["registrations"],
        parameters=[OpenApiParameter("state", enum=RegistrationState.values)],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class RegistrationDetail(GenericAPIView[Registration]):
    """One registration with its certificate."""

    scope = SCOPE
    serializer_class = shapes.RegistrationSerializer

    @extend_schema(operation_id="registrations_read", tags=["registrations"])
    def get(self, request: Request, registration_id: uuid.UUID) -> Response:
        return Response(shapes.RegistrationSerializer(selectors.get_registration(registration_id)).data)


class RegistrationCertificate(GenericAPIView[Any]):
    """The certificate of a registration as a PDF."""

    scope = SCOPE
    renderer_classes = [AnyMediaRenderer]

    @extend_schema(
        operation_id="registrations_certificate",
        tags=["registrations"],
        responses={(200, "application/pdf"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, registration_id: uuid.UUID) -> HttpResponse:
        registration = selectors.get_registration(registration_id)
        certificate = selectors.certificate_of(registration)
        if certificate is None:
            raise NotFound(_("This registration has no certificate."))
        return downloads.certificate_pdf(certificate)


class Verify(GenericAPIView[Any]):
    """What a certificate says, for anybody who has its code. Needs no key."""

    authentication_classes: list[Any] = []
    permission_classes = [AllowAny]
    serializer_class = shapes.VerificationSerializer

    @extend_schema(operation_id="verify", tags=["verification"], auth=[])
    def get(self, request: Request, code: str) -> Response:
        found = selectors.verify_certificate(code)
        if found is None:
            raise NotFound(_("No certificate has this code. Compare it with the certificate."))
        return Response(shapes.VerificationSerializer(found).data)
