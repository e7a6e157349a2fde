"""Organisations (the tenants), memberships, and the abstract model that tenant-owned tables inherit."""

from typing import Any, ClassVar

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from apps.core.models import IdentifiedModel
from apps.tenancy.context import current_organisation_id
from apps.tenancy.managers import TenantManager, UnscopedManager


class OrganisationKind(models.TextChoices):
    LABEL = "label", _("Label")
    SCHOOL = "school", _("School")
    PROMOTER = "promoter", _("Promoter")


class Role(models.TextChoices):
    """What a member may do; each role may do all that the ones below it may."""

    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Administrator")
    EDITOR = "editor", _("Editor")
    VIEWER = "viewer", _("Viewer")

    @property
    def rank(self) -> int:
        return ("viewer", "editor", "admin", "owner").index(self.value)

    def may_act_as(self, needed: "Role") -> bool:
        """Whether this role includes the needed one."""
        return self.rank >= needed.rank


class Organisation(IdentifiedModel):
    """A tenant: a label, a school or a promoter."""

    kind = models.CharField(_("kind"), max_length=16, choices=OrganisationKind.choices, default=OrganisationKind.LABEL)
    name = models.CharField(_("name"), max_length=200)
    slug = models.SlugField(_("address"), max_length=60, unique=True)
    time_zone = models.CharField(_("time zone"), max_length=64, default="UTC")
    # What the registry may show other organisations of this one.
    public_name = models.CharField(_("public name"), max_length=200)
    contact_route = models.CharField(_("public contact"), max_length=254, blank=True)
    share_excerpts = models.BooleanField(_("let the other side hear matching excerpts"), default=False)

    class Meta:
        ordering: ClassVar = ["name"]

    def __str__(self) -> str:
        return self.name


class Membership(IdentifiedModel):
    """A user's place in an organisation. Readable by the organisation and by the user."""

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=16, choices=Role.choices, default=Role.VIEWER)

    class Meta:
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "user"], name="membership_once_per_organisation"),
            models.UniqueConstraint(fields=["organisation", "id"], name="tenancy_membership_tenant_id"),
        ]
        ordering: ClassVar = ["created_at"]

    def may_act_as(self, role: Role) -> bool:
        return Role(self.role).may_act_as(role)

    def __str__(self) -> str:
        return f"{self.user_id} in {self.organisation_id} as {self.role}"


class TenantModel(IdentifiedModel):
    """A row that belongs to one organisation.

    ``objects`` raises when no tenant is bound and filters on the bound one; PostgreSQL's row-level security is the
    second wall. Migrations of such a model end with ``SecureTenantTable``.
    """

    organisation = models.ForeignKey(Organisation, models.CASCADE, related_name="+", editable=False)

    objects = TenantManager()
    unscoped = UnscopedManager()

    class Meta:
        abstract = True
        # Related look-ups and cascades use the base manager; row-level security still bounds them.
        base_manager_name = "unscoped"
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["organisation", "id"], name="%(app_label)s_%(class)s_tenant_id"),
        ]

    def save(self, *args: Any, **kwargs: Any) -> None:
        unset: Any = self.organisation_id
        if unset is None:
            self.organisation_id = current_organisation_id()
        super().save(*args, **kwargs)
