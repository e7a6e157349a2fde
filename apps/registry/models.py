"""What the platform's staff sees of the registry. Its tables belong to no tenant and have no models."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Damage(models.Model):
    """A fingerprint, print or segment that a worker could not read and passed over: a view, for staff only."""

    id = models.BigIntegerField(primary_key=True)
    kind = models.TextField()
    number = models.IntegerField(_("entry"), null=True)
    segment_id = models.IntegerField(_("segment"), null=True)
    organisation = models.TextField()
    title = models.TextField()
    message = models.TextField()
    seen_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "registry_damage_seen"
        verbose_name = _("unreadable entry")
        verbose_name_plural = _("health of the registry")

    def __str__(self) -> str:
        return f"{self.kind} {self.number or self.segment_id}"
