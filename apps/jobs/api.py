"""Long work over the API: follow, cancel, repeat."""

import uuid
from collections.abc import Mapping
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import OpenApiParameter, extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.generics import GenericAPIView, ListAPIView
from rest_framework.request import Request
from rest_framework.response import Response

from apps.jobs import services
from apps.jobs.models import Job, JobState
from apps.jobs.selectors import get_job, recent_jobs

SCOPE = "jobs"


class JobErrorSerializer(serializers.Serializer[Any]):
    """Why a job failed."""

    code = serializers.CharField(help_text=_("Stable machine-readable name."))
    message = serializers.CharField(help_text=_("What happened and what to do."))


class JobSerializer(serializers.Serializer[Job]):
    """One piece of long work."""

    id = serializers.UUIDField(read_only=True)
    url = serializers.SerializerMethodField()
    kind = serializers.CharField(read_only=True)
    state = serializers.ChoiceField(choices=JobState.choices, read_only=True)
    progress = serializers.FloatField(read_only=True, help_text=_("0 to 1."))
    message = serializers.CharField(source="sentence", read_only=True)
    subject_type = serializers.CharField(read_only=True, help_text=_("What the job is about, for instance track."))
    subject_id = serializers.UUIDField(read_only=True, allow_null=True)
    result = serializers.JSONField(read_only=True, allow_null=True)
    error = serializers.SerializerMethodField()
    attempts = serializers.IntegerField(read_only=True)
    created_at = serializers.DateTimeField(read_only=True)
    started_at = serializers.DateTimeField(read_only=True, allow_null=True)
    finished_at = serializers.DateTimeField(read_only=True, allow_null=True)

    def get_url(self, job: Job) -> str:
        return job_url(job)

    @extend_schema_field(JobErrorSerializer(allow_null=True))
    def get_error(self, job: Job) -> dict[str, str] | None:
        if not job.error_code:
            return None
        return {"code": job.error_code, "message": job.error_sentence}


def job_url(job: Job) -> str:
    """Where a job is followed."""
    return reverse("api:job", kwargs={"job_id": job.id})


def accepted(job: Job, body: Mapping[str, Any]) -> Response:
    """202 with the job's address: the work goes on after the answer."""
    return Response(body, status=202, headers={"Location": job_url(job)})


class JobList(ListAPIView[Job]):
    """Jobs, newest first."""

    scope = SCOPE
    serializer_class = JobSerializer

    def get_queryset(self) -> Any:
        jobs = recent_jobs()
        wanted = self.request.query_params.get("state")
        return jobs.filter(state=wanted) if wanted else jobs

    @extend_schema(
        operation_id="jobs_list",
        tags=["jobs"],
        parameters=[OpenApiParameter("state", enum=JobState.values, description="Only jobs in this state.")],
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return super().get(request, *args, **kwargs)


class JobDetail(GenericAPIView[Job]):
    """One job. Ask again every second or so until ``state`` is succeeded, failed or cancelled."""

    scope = SCOPE
    serializer_class = JobSerializer

    @extend_schema(operation_id="jobs_read", tags=["jobs"])
    def get(self, request: Request, job_id: uuid.UUID) -> Response:
        return Response(JobSerializer(get_job(job_id)).data)


class JobCancel(GenericAPIView[Job]):
    """Stop a job: at once when it waits, at its next step when it runs. One that has ended stays as it is."""

    scope = SCOPE
    serializer_class = JobSerializer

    @extend_schema(operation_id="jobs_cancel", tags=["jobs"], request=None)
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        return Response(JobSerializer(services.cancel(job_id=job_id)).data)


class JobRetry(GenericAPIView[Job]):
    """Queue a failed or cancelled job again."""

    scope = SCOPE
    serializer_class = JobSerializer

    @extend_schema(operation_id="jobs_retry", tags=["jobs"], request=None, responses={202: JobSerializer})
    def post(self, request: Request, job_id: uuid.UUID) -> Response:
        job = services.retry(job_id=job_id)
        return accepted(job, JobSerializer(job).data)
