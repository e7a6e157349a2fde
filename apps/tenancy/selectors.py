"""Reads of organisations and memberships."""

import uuid

from apps.tenancy.models import Membership


def memberships_of(user_id: uuid.UUID) -> list[Membership]:
    """The user's memberships with their organisations, oldest first. Needs the user to be bound."""
    return list(Membership.objects.filter(user_id=user_id).select_related("organisation"))
