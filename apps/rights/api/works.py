"""Endpoints of works in the registry: uploading scores, checking, registering, withdrawing."""

import uuid
from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response

from apps.catalog.api.work_serializers import ScoreSerializer
from apps.catalog.selectors import get_work
from apps.catalog.services import refuse_large_score
from apps.jobs.api import accepted
from apps.rights import services
from apps.rights.api.references import WorkReferenceSerializer
from apps.rights.api.serializers import CheckSerializer, RegistrationSerializer, WithdrawalSerializer
from apps.rights.models import Check, Registration
from apps.rights.work_uploads import receive_score_to_check

SCOPE = "registrations"


class ScoreUploadSerializer(serializers.Serializer[Any]):
    """A score, and what to do with it."""

    file = serializers.FileField(allow_empty_file=True)
    title = serializers.CharField(required=False, allow_blank=True, help_text=_("Instead of the file's own."))
    check = serializers.BooleanField(default=False, help_text=_("Compare it with the registry at once."))


class ScoreUploadResultSerializer(serializers.Serializer[Any]):
    """What became of it."""

    work = WorkReferenceSerializer(read_only=True)
    score = ScoreSerializer(read_only=True)
    duplicate = serializers.BooleanField(
        read_only=True, help_text=_("You had exactly this content, on the work that is answered; nothing stored.")
    )
    check = CheckSerializer(read_only=True, allow_null=True)
    job_id = serializers.UUIDField(source="job.id", read_only=True, allow_null=True, default=None)
    message = serializers.CharField(read_only=True, help_text=_("For people; empty when there is nothing to add."))


class WorkUploadCreate(GenericAPIView[Any]):
    """Upload one score: it becomes a work, titled after what the file says or its name.

    201 when it is stored, 200 when you have exactly this content already (``duplicate``), 202 with the job when
    ``check`` is true. A file that can't be used is kept with the reason in ``score.error_message``.
    """

    scope = "tracks"
    parser_classes = [MultiPartParser]
    serializer_class = ScoreUploadSerializer

    @extend_schema(
        operation_id="works_upload",
        tags=["works"],
        responses={
            200: ScoreUploadResultSerializer,
            201: ScoreUploadResultSerializer,
            202: ScoreUploadResultSerializer,
        },
    )
    def post(self, request: Request) -> Response:
        form = ScoreUploadSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        file = form.validated_data["file"]
        refuse_large_score(file)
        received = receive_score_to_check(
            file=file,
            filename=file.name,
            title=form.validated_data.get("title", ""),
            check=form.validated_data["check"],
        )
        body = ScoreUploadResultSerializer(received).data
        if received.check is not None and received.job is not None:
            return accepted(received.job, body)
        return Response(body, status=200 if received.duplicate else 201)


class WorkCheck(GenericAPIView[Check]):
    """Check a work's score against the registry. 202: follow the job, then read the check."""

    scope = SCOPE
    serializer_class = CheckSerializer

    @extend_schema(operation_id="works_check", tags=["checks"], request=None, responses={202: CheckSerializer})
    def post(self, request: Request, work_id: uuid.UUID) -> Response:
        check = services.request_work_check(work_id=work_id)
        body = CheckSerializer(check).data
        return accepted(check.job, body) if check.job else Response(body)


class WorkRegister(GenericAPIView[Registration]):
    """Register a work that came out clear, or whose every match was decided as own or licensed."""

    scope = SCOPE
    serializer_class = RegistrationSerializer

    @extend_schema(
        operation_id="works_register", tags=["registrations"], request=None, responses={201: RegistrationSerializer}
    )
    def post(self, request: Request, work_id: uuid.UUID) -> Response:
        registration = services.register_work(work_id=work_id)
        return Response(RegistrationSerializer(registration).data, status=201)


class WorkWithdraw(GenericAPIView[Any]):
    """Take a work out of the registry; its certificate says so."""

    scope = SCOPE
    serializer_class = WithdrawalSerializer

    @extend_schema(operation_id="works_withdraw", tags=["registrations"], responses={200: WorkReferenceSerializer})
    def post(self, request: Request, work_id: uuid.UUID) -> Response:
        form = WithdrawalSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        services.withdraw_work(work_id=work_id, reason=form.validated_data.get("reason", ""))
        return Response(WorkReferenceSerializer(get_work(work_id)).data)
