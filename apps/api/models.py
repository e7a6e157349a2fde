"""What the API remembers of requests that must not happen twice."""

from typing import ClassVar

from django.db import models

from apps.tenancy.models import TenantModel


class IdempotentRequest(TenantModel):
    """A POST with an ``Idempotency-Key`` and what it was answered.

    The row is written in the transaction of the request itself, so it exists exactly when the request had its effect.
    """

    key = models.CharField(max_length=255)
    route = models.CharField(max_length=500)
    fingerprint = models.CharField(max_length=64, help_text="SHA-256 of what was sent")
    status = models.PositiveSmallIntegerField(null=True)
    headers = models.JSONField(default=dict)
    body = models.TextField(blank=True)

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation", "key", "route"], name="api_idempotent_request_once"),
        ]
        indexes: ClassVar = [models.Index(fields=["organisation", "created_at"], name="api_idempotent_request_age")]

    def __str__(self) -> str:
        return f"{self.key} {self.route}"
