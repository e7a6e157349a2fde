"""What tests are made of: organisations, people, and tenants' rows."""

import uuid
from typing import Any

from django.test import Client

from apps.accounts.models import User
from apps.tenancy.context import bind
from apps.tenancy.models import Membership, Organisation, OrganisationKind, Role
from apps.tenancy.services import create_organisation

PASSWORD = "correct horse battery staple"


def make_user(email: str = "", **extra: Any) -> User:
    """A user with the password ``PASSWORD``."""
    return User.objects.create_user(email or f"{uuid.uuid4().hex[:10]}@example.org", PASSWORD, **extra)


def make_organisation(name: str = "", *, kind: str = OrganisationKind.LABEL, owner: User | None = None) -> Organisation:
    """An organisation with an owner."""
    return create_organisation(
        name=name or f"Label {uuid.uuid4().hex[:6]}", kind=kind, owner_id=(owner or make_user()).id
    )


def make_member(organisation: Organisation, role: str = Role.EDITOR, user: User | None = None) -> Membership:
    """A member of an organisation."""
    with bind(organisation.id):
        return Membership.objects.create(organisation=organisation, user=user or make_user(), role=role)


def signed_in(user: User, **options: Any) -> Client:
    """A browser in which the user is signed in."""
    client = Client(**options)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client
