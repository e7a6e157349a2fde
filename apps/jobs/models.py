"""The ledger of long work. A broker's message carries only a job's id; the row is the truth."""

from datetime import timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from apps.jobs import said
from apps.tenancy.models import TenantModel


class JobState(models.TextChoices):
    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    SUCCEEDED = "succeeded", _("Done")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


OPEN_STATES = (JobState.QUEUED, JobState.RUNNING)


class Queue(models.TextChoices):
    CPU = "cpu", "cpu"
    GPU = "gpu", "gpu"
    IO = "io", "io"


class Job(TenantModel):
    """One piece of long work of one organisation.

    ``lease`` fences writers: each attempt takes a new one, and only its holder may write results.
    """

    kind = models.CharField(max_length=60)
    queue = models.CharField(max_length=8, choices=Queue.choices, default=Queue.CPU)
    state = models.CharField(max_length=12, choices=JobState.choices, default=JobState.QUEUED)
    progress = models.FloatField(default=0.0)
    message = models.CharField(max_length=300, blank=True, help_text="in English")
    said = models.JSONField(null=True, help_text="the message by its parts, see apps.jobs.said")
    args = models.JSONField(default=dict)
    result = models.JSONField(null=True)
    error_code = models.CharField(max_length=60, blank=True)
    error_message = models.TextField(blank=True, help_text="in the language of whoever started it")
    error_said = models.JSONField(null=True, help_text="the error by its parts")
    idempotency_key = models.CharField(max_length=200)
    attempts = models.PositiveIntegerField(default=0)
    max_attempts = models.PositiveIntegerField(default=5)
    lease = models.UUIDField(null=True)
    heartbeat_at = models.DateTimeField(null=True)
    queued_at = models.DateTimeField(default=timezone.now)
    published_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.UUIDField(null=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "kind", "idempotency_key"], name="jobs_job_once"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "-created_at"], name="jobs_job_recent"),
            models.Index(
                fields=["state", "heartbeat_at"], name="jobs_job_open", condition=models.Q(state__in=OPEN_STATES)
            ),
        ]

    @property
    def sentence(self) -> str:
        """What it is doing, in the reader's language."""
        return said.told(self.said, self.message)

    @property
    def error_sentence(self) -> str:
        """Why it failed and what to do, in the reader's language."""
        return said.told(self.error_said, self.error_message)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    def is_silent(self, seconds: float) -> bool:
        """Whether its worker has given no sign of life for so long."""
        return self.heartbeat_at is None or self.heartbeat_at < timezone.now() - timedelta(seconds=seconds)

    def __str__(self) -> str:
        return f"{self.kind} {self.state}"
