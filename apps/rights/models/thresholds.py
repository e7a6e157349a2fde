"""How easily an organisation wants to be told of similarity."""

from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.tenancy.models import TenantModel


class Thresholds(TenantModel):
    """The largest chance probability that counts as a match, by facet; empty means the measured default.

    One row an organisation. The values lie within the limits of the measured operating points when they are set.
    """

    recording = models.FloatField(_("recording"), null=True, blank=True)
    cover = models.FloatField(_("cover"), null=True, blank=True)
    melody = models.FloatField(_("melody"), null=True, blank=True)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta(TenantModel.Meta):
        constraints: ClassVar = [
            *TenantModel.Meta.constraints,
            models.UniqueConstraint(fields=["organisation"], name="rights_thresholds_once"),
        ]

    def __str__(self) -> str:
        return f"Thresholds of {self.organisation_id}"
