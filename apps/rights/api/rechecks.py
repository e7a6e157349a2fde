"""Endpoints of re-checks."""

import uuid
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.jobs.api import accepted, job_url
from apps.rights import selectors, services
from apps.rights.models import Recheck

SCOPE = "registrations"


class RecheckRequestSerializer(serializers.Serializer[Any]):
    scope = serializers.ChoiceField(
        choices=[("older", _("checked with an older version")), ("all", _("all"))],
        default="older",
        help_text=_("What of that which is registered."),
    )


class RecheckSerializer(serializers.Serializer[Recheck]):
    """What is registered, checked again in one job. Its checks: ``/checks/?recheck=<id>``."""

    id = serializers.UUIDField(read_only=True)
    url = serializers.SerializerMethodField()
    total = serializers.IntegerField(read_only=True)
    job_url = serializers.SerializerMethodField()
    created_at = serializers.DateTimeField(read_only=True)
    finished_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_url(self, recheck: Recheck) -> str:
        return reverse("api:recheck", kwargs={"recheck_id": recheck.id})

    def get_job_url(self, recheck: Recheck) -> str | None:
        return job_url(recheck.job) if recheck.job else None


class RecheckCreate(GenericAPIView[Any]):
    """Check again what is registered. 202: follow the job. While one runs, that one is answered."""

    scope = SCOPE
    serializer_class = RecheckRequestSerializer

    @extend_schema(operation_id="rechecks_create", tags=["checks"], responses={202: RecheckSerializer})
    def post(self, request: Request) -> Response:
        form = RecheckRequestSerializer(data=request.data)
        form.is_valid(raise_exception=True)
        recheck = services.start_recheck(scope=form.validated_data["scope"])
        body = RecheckSerializer(recheck).data
        return accepted(recheck.job, body) if recheck.job else Response(body)


class RecheckDetail(GenericAPIView[Any]):
    """One re-check."""

    scope = SCOPE
    serializer_class = RecheckSerializer

    @extend_schema(operation_id="rechecks_read", tags=["checks"])
    def get(self, request: Request, recheck_id: uuid.UUID) -> Response:
        return Response(RecheckSerializer(selectors.get_recheck(recheck_id)).data)
