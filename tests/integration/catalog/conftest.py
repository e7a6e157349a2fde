"""A label, its editor, and a browser."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from django.test import Client

from apps.accounts.models import User
from apps.tenancy.context import bind
from apps.tenancy.models import Organisation
from tests.factories import make_organisation, make_user, signed_in


@dataclass
class Label:
    """An organisation as its owner uses it. Bound for the whole test."""

    organisation: Organisation
    owner: User
    client: Client

    def path(self, rest: str = "") -> str:
        return f"/o/{self.organisation.slug}/catalogue/{rest}"

    def get(self, rest: str, **options: Any) -> Any:
        return self.client.get(self.path(rest), **options)

    def post(self, rest: str, data: Any = None, **options: Any) -> Any:
        return self.client.post(self.path(rest), data or {}, **options)


@pytest.fixture
def label(db: None) -> Iterator[Label]:
    owner = make_user(name="Olga Owner")
    organisation = make_organisation(owner=owner)
    with bind(organisation.id, user_id=owner.id):
        yield Label(organisation, owner, signed_in(owner))


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Any) -> Any:
    """A folder of the test's own for stored files."""
    folder = tmp_path / "media"
    settings.MEDIA_ROOT = folder
    settings.STORAGES = {
        **settings.STORAGES,
        "default": {**settings.STORAGES["default"], "OPTIONS": {"location": str(folder)}},
    }
    return folder


def stored_files(media: Any) -> list[str]:
    """Names of the files in storage, sorted."""
    return sorted(str(path.relative_to(media)) for path in media.rglob("*") if path.is_file())
