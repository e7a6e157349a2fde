"""What tracks and works have in common: their status, the files that are kept of them, the lines of their history."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.tenancy.models import TenantModel


class TrackStatus(models.TextChoices):
    """Where a track stands on its way to registration. Changed by ``services.transition_track`` only."""

    DRAFT = "draft", _("Draft")
    CHECKING = "checking", _("Checking")
    CLEAR = "clear", _("Clear")
    INCOMPLETE = "incomplete", _("Not fully compared")
    CONFLICT = "conflict", _("Conflict")
    REGISTERED = "registered", _("Registered")
    DISPUTED = "disputed", _("Disputed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class AssetState(models.TextChoices):
    UPLOADED = "uploaded", _("Waiting to be analysed")
    PROCESSING = "processing", _("Being analysed")
    READY = "ready", _("Ready")
    REJECTED = "rejected", _("Can't be used")


class KeptFile(TenantModel):
    """A file in storage and what became of it. ``sha256`` is empty for what could not be kept."""

    storage_key = models.CharField(max_length=200, blank=True)
    sha256 = models.CharField(max_length=64, blank=True)
    size_bytes = models.BigIntegerField(default=0)
    filename = models.CharField(max_length=255, blank=True)
    state = models.CharField(max_length=12, choices=AssetState.choices, default=AssetState.UPLOADED)
    error_code = models.CharField(max_length=60, blank=True)
    error_params = models.JSONField(default=dict)
    deleted_at = models.DateTimeField(null=True, editable=False)

    class Meta(TenantModel.Meta):
        abstract = True

    @property
    def is_ready(self) -> bool:
        return self.state == AssetState.READY

    @property
    def is_rejected(self) -> bool:
        return self.state == AssetState.REJECTED

    @property
    def is_waiting(self) -> bool:
        return self.state in (AssetState.UPLOADED, AssetState.PROCESSING)

    def __str__(self) -> str:
        return self.filename or str(self.id)


class HistoryLine(TenantModel):
    """One line of a history; written once, never changed."""

    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    from_status = models.CharField(max_length=12, choices=TrackStatus.choices, blank=True)
    to_status = models.CharField(max_length=12, choices=TrackStatus.choices, blank=True)
    reason = models.TextField(blank=True)
    data = models.JSONField(default=dict)

    class Meta(TenantModel.Meta):
        abstract = True
        ordering: ClassVar = ["-created_at", "-id"]

    @property
    def at(self) -> object:
        return self.created_at
