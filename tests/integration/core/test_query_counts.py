"""Lists ask the database the same number of questions for three rows as for thirteen."""

import uuid
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import ApiKey, ApiScope, Invitation, Notification
from apps.accounts.services.api_keys import create_api_key
from apps.catalog.services import CreditInput, ReleaseDetails, create_artist, create_release, delete_work
from apps.jobs.models import Job, JobState
from apps.tenancy.context import bind
from apps.tenancy.models import Organisation
from tests.factories import make_member, make_organisation, make_user, signed_in
from tests.factories_catalog import make_asset, make_track
from tests.factories_works import make_score, make_work
from tests.integration.tenancy.examples_cases import make_dispute
from tests.integration.tenancy.examples_rights import make_case

pytestmark = pytest.mark.django_db

FEW, MORE = 3, 10
MOST_QUERIES = 30


def _fill(label: Organisation, count: int) -> None:
    from django.utils import timezone

    users = [make_member(label).user for _ in range(count)]
    with bind(label.id):
        for number, user in enumerate(users):
            name = f"{number}-{uuid.uuid4().hex[:8]}"
            for state in (JobState.FAILED, JobState.RUNNING):
                Job.objects.create(kind="test.quick", idempotency_key=f"{name}{state}", created_by=user, state=state)
            ApiKey.objects.create(name=name, prefix="dsc_", key_hash=name, created_by=user)
            Invitation.objects.create(
                email=f"{name}@example.org", token_hash=name, invited_by=user, expires_at=timezone.now()
            )
            Notification.objects.create(kind="k", text=name)
            create_artist(name=f"Artist {name}")
            create_release(details=ReleaseDetails(f"Release {name}"))
            make_track(f"Track {name}", artist=f"Singer {name}")
            make_asset(filename=f"{name}.wav")
            make_score(filename=f"{name}.mid", credited=[CreditInput(f"Writer {name}", "composer")])
            delete_work(work_id=make_work(f"Deleted {name}").id)
            make_case(name, user)
            make_dispute(name, user)


PAGES = [
    "", "members/", "api-keys/", "notifications/", "jobs/", "jobs/menu/", "catalogue/tracks/", "catalogue/artists/",
    "catalogue/releases/", "catalogue/works/", "catalogue/works/deleted/", "catalogue/tracks/deleted/",
    "catalogue/search/?q=track", "registry/registrations/", "registry/checks/", "registry/matches/", "cases/",
]  # fmt: skip
ENDPOINTS = ["tracks", "works", "artists", "releases", "checks", "matches", "registrations", "cases", "jobs"]


def _queries(get: Callable[[], object]) -> int:
    get()  # content types, sessions and the like are cached by the first request
    with CaptureQueriesContext(connection) as captured:
        response = get()
    assert response.status_code == 200  # type: ignore[attr-defined]
    return len(captured)


def test_pages_and_endpoints(subtests: pytest.Subtests) -> None:
    """All against the same rows: making them takes longer than asking."""
    owner = make_user()
    label = make_organisation(owner=owner)
    client = signed_in(owner)
    with bind(label.id):
        _key, secret = create_api_key(name="k", scopes=ApiScope.values)
    headers = {"Authorization": f"Bearer {secret}"}
    asked: dict[str, Callable[[], object]] = {
        **{page: partial(client.get, f"/o/{label.slug}/{page}") for page in PAGES},
        **{endpoint: partial(Client().get, f"/api/v1/{endpoint}/", headers=headers) for endpoint in ENDPOINTS},
    }
    _fill(label, FEW)
    few = {name: _queries(get) for name, get in asked.items()}
    _fill(label, MORE)
    for name, get in asked.items():
        with subtests.test(name):
            assert _queries(get) == few[name]
            assert few[name] <= MOST_QUERIES


def test_organisations_of_a_user_cost_no_more_queries():
    owner = make_user()
    label = make_organisation(owner=owner)
    client = signed_in(owner)
    get = lambda: client.get(f"/o/{label.slug}/members/")  # noqa: E731
    few = _queries(get)
    for _ in range(5):
        make_organisation(owner=owner)
    assert _queries(get) == few
