"""Fixtures of the whole suite. Tests run as the runtime role, under row-level security."""

import uuid
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(scope="session")
def django_db_setup(django_db_blocker: Any) -> None:
    """Migrate the run's own database as the owner; there is no other test database."""
    from django.core.management import call_command

    with django_db_blocker.unblock():
        call_command("migrate", database="owner", verbosity=0)


@pytest.fixture
def unique() -> str:
    """A short text that no other test uses."""
    return uuid.uuid4().hex[:10]


@pytest.fixture
def bound(db: None) -> Iterator[Any]:
    """A label whose tenant is bound for the whole test."""
    from apps.tenancy.context import bind
    from tests.factories import make_organisation

    organisation = make_organisation()
    with bind(organisation.id):
        yield organisation
