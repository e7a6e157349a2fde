"""Addresses of jobs below ``/api/v1/``."""

from django.urls import path

from apps.jobs import api

urlpatterns = [
    path("jobs/", api.JobList.as_view(), name="jobs"),
    path("jobs/<uuid:job_id>/", api.JobDetail.as_view(), name="job"),
    path("jobs/<uuid:job_id>/cancel/", api.JobCancel.as_view(), name="job_cancel"),
    path("jobs/<uuid:job_id>/retry/", api.JobRetry.as_view(), name="job_retry"),
]
