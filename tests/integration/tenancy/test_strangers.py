"""The second standing test: every address answers 404 to whoever does not belong to the thing that it names.

The addresses come from the URL configuration. Each test makes two full tenants, first shows that the owner does reach
the thing (so that it can't pass by accident), and then that a stranger reaches, reads and changes nothing.
"""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from apps.tenancy.context import bind
from tests.integration.tenancy import schema
from tests.integration.tenancy.examples import EXAMPLES, World, make_world
from tests.integration.tenancy.routes import Route, all_routes

pytestmark = pytest.mark.django_db

METHODS = ("get", "post", "put", "patch", "delete")
ROUTES = all_routes()
TENANT_ROUTES = [route for route in ROUTES if route.is_tenant]
API_ROUTES = [route for route in ROUTES if route.is_api]
# Addresses that belong to no organisation, each with the reason why it may name a thing all the same.
ROOT_NAMESPACES = ("account_",)
STAFF_PREFIX = "/staff/"
ROOT_ROUTES = {
    "landing": "the front page",
    "home": "leads to one's own organisation",
    "preferences": "language and theme of the browser",
    "accounts:profile": "one's own page",
    "tenancy:new": "a new organisation",
    "accounts:invitation": "the token is the right to see it",
    "verify": "a certificate is public to whoever holds its code",
    "favicon": "the mark, where browsers look for it",
    "verify_ask": "asks for the code of a certificate",
    "api-schema": "describes the API; no data",
    "api-docs": "describes the API; no data",
}
# Endpoints of the API that anybody may ask.
PUBLIC_API_ROUTES = {
    "api:root": "lists the API's addresses; no data",
    "api:verify": "a certificate is public to whoever holds its code",
}


def _is_root(route: Route) -> bool:
    by_name = route.name in ROOT_ROUTES or route.name.startswith(ROOT_NAMESPACES)
    return by_name or route.path.startswith(STAFF_PREFIX)


def test_every_route_is_known():
    strays = [str(r) for r in ROUTES if not (r.is_tenant or r.is_api or _is_root(r))]
    assert strays == [], "Put these below /o/<slug>/, or name them in ROOT_ROUTES with the reason why not."
    assert [r for r in ROUTES if (r.is_tenant or r.is_api) and not r.name] == [], "Every route needs a name."


def test_the_url_configuration_was_read():
    names = {route.name for route in ROUTES}
    assert {"jobs:detail", "accounts:member_remove", "tenancy:settings", "account_login", "admin:index"} <= names
    assert [route.ids for route in ROUTES if route.name == "jobs:detail"] == [("job_id",)]


def test_an_unknown_part_of_an_address_is_pointed_out():
    world = make_world()
    with pytest.raises(LookupError, match=r"The route spam:eggs has a part <egg_id> .*Add \"egg_id\""):
        world.example("spam:eggs", "egg_id")


def _values(route: Route, world: World) -> dict[str, str]:
    return {"slug": world.organisation.slug} | {part: world.example(route.name, part) for part in route.ids}


def _fill(world: World) -> None:
    """Make one of everything, so that lists and searches have something that could leak."""
    for part in sorted(EXAMPLES):
        name, _, kwarg = part.rpartition(":")
        world.example(name, kwarg)


def _state(world: World) -> dict[str, Any]:
    """All rows of a tenant, to see that nothing changed."""
    with bind(world.organisation.id):
        return {
            model._meta.db_table: sorted(map(repr, model._base_manager.filter(
                organisation_id=world.organisation.id).values_list()))
            for model in schema.tenant_models()
        }  # fmt: skip


def _ask(client: Client, method: str, url: str, **headers: str) -> Any:
    """One request in a savepoint, as it would be in a transaction of its own."""
    with transaction.atomic():
        response = getattr(client, method)(url, headers=headers or None)
        transaction.set_rollback(True)
    return response


def _reached(client: Client, url: str, **headers: str) -> bool:
    """Whether the owner gets anything but 404 and errors."""
    answers = {method: _ask(client, method, url, **headers).status_code for method in METHODS}
    found = [status for status in answers.values() if status != 405]
    assert found, f"{url} answers no method: {answers}"
    return all(status < 500 and status not in (401, 403, 404) for status in found)


def _refused(client: Client, url: str, secret: str, **headers: str) -> None:
    """Every method that exists answers 404, and no answer carries the other's texts."""
    refused = 0
    for method in METHODS:
        response = _ask(client, method, url, **headers)
        assert response.status_code in (404, 405), f"{method} {url}: {response.status_code}"
        assert secret not in _body(response), f"{method} {url} gives away the other's texts"
        refused += response.status_code == 404
    assert refused, f"{url} refuses nothing: is there a method?"


def _body(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return content.decode(errors="replace")


def _signed_in(world: World) -> Client:
    client = Client()
    client.force_login(world.owner, backend="django.contrib.auth.backends.ModelBackend")
    return client


@pytest.mark.parametrize("route", TENANT_ROUTES, ids=str)
def test_pages(route):
    ours, theirs = make_world(), make_world()
    client = _signed_in(ours)
    here, there = _values(route, ours), _values(route, theirs)
    assert _reached(client, route.url(here)), f"The owner does not reach {route}"

    before = _state(theirs)
    _refused(client, route.url(there), theirs.marker)
    for part in route.ids:
        _refused(client, route.url(here | {part: there[part]}), theirs.marker)
    assert _state(theirs) == before
    assert Client().get(route.url(there)).status_code == 302, "Who is not signed in is sent to the log-in page"


@pytest.mark.parametrize("route", [route for route in TENANT_ROUTES if not route.ids], ids=str)
def test_lists_and_searches_of_pages(route):
    ours, theirs = make_world(), make_world()
    _fill(ours)
    _fill(theirs)
    response = _ask(_signed_in(ours), "get", f"{route.url(_values(route, ours))}?q=private")
    assert response.status_code in (200, 302, 405)
    body = _body(response)
    assert theirs.marker not in body
    assert [value for value in theirs.made.values() if value in body] == []


def test_a_search_finds_what_is_ours_alone():
    ours, theirs = make_world(), make_world()
    _fill(ours)
    _fill(theirs)
    client = _signed_in(ours)
    for query, found in ((ours.marker, True), (theirs.marker, False)):
        body = _body(client.get(f"/o/{ours.organisation.slug}/catalogue/search/?q={query}"))
        assert (f"Track {ours.marker}" in body) is found
        assert f"Track {theirs.marker}" not in body


@pytest.mark.parametrize("route", [r for r in API_ROUTES if r.name not in PUBLIC_API_ROUTES], ids=str)
def test_endpoints(route):
    ours, theirs = make_world(), make_world()
    client = _signed_in(ours)
    here, there = _values(route, ours), _values(route, theirs)
    key = {"Authorization": f"Bearer {ours.key}", "Accept": "application/json"}
    session = {"X-Organisation": ours.organisation.slug, "Accept": "application/json"}
    assert _reached(Client(), route.url(here), **key), f"The owner's key does not reach {route}"
    assert _reached(client, route.url(here), **session), f"The owner does not reach {route}"

    before = _state(theirs)
    for part in route.ids:
        _refused(Client(), route.url(here | {part: there[part]}), theirs.marker, **key)
        _refused(client, route.url(here | {part: there[part]}), theirs.marker, **session)
    for method in METHODS:
        intruding = session | {"X-Organisation": theirs.organisation.slug}
        assert _ask(client, method, route.url(there), **intruding).status_code == 404
        assert _ask(Client(), method, route.url(there)).status_code in (401, 403, 405)
    assert _state(theirs) == before


@pytest.mark.parametrize("route", [r for r in API_ROUTES if not r.ids and r.name not in PUBLIC_API_ROUTES], ids=str)
def test_lists_of_endpoints(route):
    ours, theirs = make_world(), make_world()
    _fill(ours)
    _fill(theirs)
    response = _ask(Client(), "get", f"{route.url({})}?q=private", Authorization=f"Bearer {ours.key}")
    assert response.status_code in (200, 405)
    body = _body(response)
    assert theirs.marker not in body
    assert [value for value in theirs.made.values() if value in body] == []
