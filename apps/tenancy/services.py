"""Writes of organisations and memberships."""

import uuid

from django.db import connection
from django.utils.text import slugify
from django.utils.translation import gettext as _

from apps.core.errors import Conflict, InvalidInput
from apps.core.ids import uuid7
from apps.tenancy.context import bind
from apps.tenancy.models import Membership, Organisation, OrganisationKind, Role

RESERVED_SLUGS = frozenset({"new", "api", "admin", "staff"})
SLUG_LENGTH = 60


def create_organisation(
    *, name: str, kind: str = OrganisationKind.LABEL, owner_id: uuid.UUID, slug: str = ""
) -> Organisation:
    """A new organisation with its first owner. Side effects: two rows.

    Raises:
        InvalidInput: the name is empty.
    """
    name = name.strip()
    if not name:
        raise InvalidInput(_("Give the organisation a name."), fields={"name": _("Give the organisation a name.")})
    organisation = Organisation(id=uuid7(), name=name, kind=kind, public_name=name)
    stem = slugify(slug or name)[: SLUG_LENGTH - 9] or "org"
    organisation.slug = (
        stem if stem not in RESERVED_SLUGS and not slug_taken(stem) else f"{stem}-{uuid.uuid4().hex[:8]}"
    )
    with bind(organisation.id, user_id=owner_id):
        organisation.save(force_insert=True)
        Membership.objects.create(organisation=organisation, user_id=owner_id, role=Role.OWNER)
    return organisation


def slug_taken(slug: str) -> bool:
    """Whether any organisation, visible or not, has this address."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT organisation_slug_taken(%s)", [slug])
        return bool(cursor.fetchone()[0])


def change_role(*, membership: Membership, role: str) -> Membership:
    """Give a member another role.

    Raises:
        Conflict: it would leave the organisation without an owner.
    """
    if membership.role == Role.OWNER and role != Role.OWNER:
        _keep_an_owner(membership)
    membership.role = role
    membership.save(update_fields=["role", "updated_at"])
    return membership


def remove_member(*, membership: Membership) -> None:
    """Take a member out of the organisation.

    Raises:
        Conflict: it would leave the organisation without an owner.
    """
    if membership.role == Role.OWNER:
        _keep_an_owner(membership)
    membership.delete()


def _keep_an_owner(membership: Membership) -> None:
    owners = Membership.objects.select_for_update().filter(organisation_id=membership.organisation_id, role=Role.OWNER)
    if not [owner for owner in owners if owner.pk != membership.pk]:
        raise Conflict(_("An organisation needs an owner: make somebody else owner first."), code="last_owner")
