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
def committed(request: pytest.FixtureRequest, django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The database without a transaction around the test: other connections and processes see what it writes.

    Everything that belongs to organisations and people is gone afterwards. Not together with ``django_db``.
    """
    from django.db import connections

    assert request.node.get_closest_marker("django_db") is None, "`committed` replaces the mark django_db"
    with django_db_blocker.unblock():
        try:
            yield
        finally:
            connections.close_all()
            with connections["owner"].cursor() as cursor:
                cursor.execute("TRUNCATE tenancy_organisation, accounts_user, django_session CASCADE")
            connections.close_all()


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
