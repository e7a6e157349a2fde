"""The first wall: queries on tenant data are filtered, or refused when no tenant is bound."""

from typing import Any

from django.db import models

from apps.tenancy.context import current_organisation_id


class TenantQuerySet(models.QuerySet[Any]):
    """A query set of tenant rows; new rows take the bound tenant."""

    def create(self, **kwargs: Any) -> Any:
        kwargs.setdefault("organisation_id", current_organisation_id())
        return super().create(**kwargs)


class TenantManager(models.Manager.from_queryset(TenantQuerySet)):  # type: ignore[misc]
    """Raises ``NoTenant`` when nothing is bound; otherwise sees the bound tenant's rows only."""

    use_in_migrations = False

    def get_queryset(self) -> TenantQuerySet:
        return TenantQuerySet(self.model, using=self._db, hints=self._hints).filter(
            organisation_id=current_organisation_id()
        )


class UnscopedManager(models.Manager[Any]):
    """For the platform portal's own database alias and for Django's related look-ups only."""
