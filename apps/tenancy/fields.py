"""A foreign key between two tables of one tenant."""

from typing import Any

from django.db import models


class TenantForeignKey(models.ForeignKey):
    """Points to a row of the same organisation.

    The plain constraint is left out because referential checks bypass row-level security: a plain foreign key lets a
    row point across tenants. ``SecureTenantTable`` makes the composite ``(organisation_id, x_id)`` constraint instead.
    """

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs


class TenantOneToOneField(models.OneToOneField):
    """The one-to-one form of :class:`TenantForeignKey`."""

    def __init__(self, to: Any, on_delete: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        super().__init__(to, on_delete, **kwargs)

    def deconstruct(self) -> Any:
        name, path, args, kwargs = super().deconstruct()
        kwargs.pop("db_constraint", None)
        return name, path, args, kwargs
