"""Decisions about matches."""

from typing import ClassVar

from django.conf import settings
from django.db import models

from apps.rights.models.choices import DecisionKind, MatchState
from apps.rights.models.match import Match
from apps.tenancy.fields import TenantForeignKey
from apps.tenancy.models import TenantModel


class Decision(TenantModel):
    """What a member decided about a match, and why. Never changed; undoing it is recorded on it."""

    match = TenantForeignKey(Match, models.CASCADE, related_name="decisions")
    kind = models.CharField(max_length=16, choices=DecisionKind.choices)
    reason = models.TextField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    previous_state = models.CharField(max_length=16, choices=MatchState.choices)
    previous_track_status = models.CharField(max_length=16)
    undone_at = models.DateTimeField(null=True)
    undone_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        ordering: ClassVar = ["-created_at"]

    def __str__(self) -> str:
        return self.kind
