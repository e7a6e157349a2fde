"""The append-only trail of who did what."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.tenancy.models import TenantModel


class AuditEvent(TenantModel):
    """One act. Rows can be inserted and read, never changed or deleted, by the application's role."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    actor_label = models.CharField(max_length=200, blank=True)
    action = models.CharField(max_length=60)
    subject_type = models.CharField(max_length=60, blank=True)
    subject_id = models.UUIDField(null=True)
    data = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        indexes: ClassVar = [
            models.Index(fields=["organisation", "subject_type", "subject_id"], name="audit_event_subject")
        ]

    def __str__(self) -> str:
        return f"{self.action} {self.subject_type} {self.subject_id}"
