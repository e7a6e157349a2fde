"""Abstract models that every app builds on."""

from django.db import models

from apps.core.ids import uuid7


class IdentifiedModel(models.Model):
    """A row with a time-ordered UUID and the times of its creation and last change."""

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        abstract = True
