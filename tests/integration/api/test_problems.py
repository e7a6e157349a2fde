"""Errors are problem documents; keys have scopes; calls are throttled; pages go by cursor."""

import pytest
from django.test import Client, override_settings
from django.urls import path
from rest_framework.response import Response
from rest_framework.views import APIView

from apps.accounts.models import ApiScope
from apps.accounts.services.api_keys import revoke_api_key
from apps.api.throttling import KeyThrottle
from apps.tenancy.context import bind
from config.urls import urlpatterns as site_patterns
from tests.factories import make_member, make_organisation
from tests.factories_catalog import make_track

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


class _Crash(APIView):
    def get(self, request):
        make_track("Written before the crash")
        raise RuntimeError("a secret of the server")


class _Refuse(APIView):
    def post(self, request):
        return Response({"no": True}, status=409)


urlpatterns = [*site_patterns, path("api/v1/crash/", _Crash.as_view()), path("api/v1/refuse/", _Refuse.as_view())]


def _problem(response, status, code):
    assert response.status_code == status
    assert response.headers["Content-Type"] == PROBLEM
    document = response.json()
    assert (document["status"], document["code"], document["type"]) == (status, code, f"urn:descant:problem:{code}")
    assert document["detail"]
    return document


def test_an_unknown_address_is_a_problem():
    _problem(Client().get("/api/v1/nothing-here/"), 404, "not_found")
    _problem(Client().get("/api/elsewhere"), 404, "not_found")


def test_a_method_that_an_address_refuses_is_a_problem_and_names_those_that_it_allows(api):
    answer = api(make_organisation()).client.delete("/api/v1/jobs/", headers=api(make_organisation()).headers)
    _problem(answer, 405, "method_not_allowed")
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS"
    _problem(Client().post("/api/docs/"), 405, "method_not_allowed")


def test_without_a_key_one_is_asked_for_it():
    answer = Client().get("/api/v1/tracks/")
    _problem(answer, 401, "not_authenticated")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_unknown_and_a_revoked_key_are_refused(api):
    _problem(
        Client().get("/api/v1/tracks/", headers={"Authorization": "Bearer dsc_wrong"}), 401, "authentication_failed"
    )
    caller = api(make_organisation())
    assert caller.get("tracks/").status_code == 200
    with bind(caller.organisation.id):
        from apps.accounts.models import ApiKey

        revoke_api_key(key_id=ApiKey.objects.get().id)
    _problem(caller.get("tracks/"), 401, "authentication_failed")


def test_a_key_does_only_what_its_scopes_say(api):
    caller = api(make_organisation(), [ApiScope.TRACKS_READ])
    assert caller.get("tracks/").status_code == 200
    assert "tracks:write" in _problem(caller.post("tracks/", {"title": "X"}), 403, "permission_denied")["detail"]
    assert "registrations:read" in _problem(caller.get("checks/"), 403, "permission_denied")["detail"]
    assert "jobs:read" in _problem(caller.get("jobs/"), 403, "permission_denied")["detail"]


@pytest.mark.parametrize(("role", "reads", "writes"), [("viewer", 200, 403), ("editor", 200, 201), ("owner", 200, 201)])
def test_members_read_as_viewers_and_write_as_editors(role, reads, writes):
    organisation = make_organisation()
    client = Client()
    member = make_member(organisation, role)
    client.force_login(member.user, backend="django.contrib.auth.backends.ModelBackend")
    named = {"X-Organisation": organisation.slug}
    assert client.get("/api/v1/tracks/", headers=named).status_code == reads
    answer = client.post("/api/v1/tracks/", {"title": "New"}, content_type="application/json", headers=named)
    assert answer.status_code == writes


def test_a_session_without_an_organisation_is_told_what_to_send():
    client = Client()
    client.force_login(make_member(make_organisation()).user, backend="django.contrib.auth.backends.ModelBackend")
    assert "X-Organisation" in _problem(client.get("/api/v1/tracks/"), 403, "permission_denied")["detail"]
    other = make_organisation()
    _problem(client.get("/api/v1/tracks/", headers={"X-Organisation": other.slug}), 404, "not_found")


def test_broken_json_and_wrong_media_types_are_problems(api):
    caller = api(make_organisation())
    send = caller.client.post
    _problem(
        send("/api/v1/tracks/", "{not json", content_type="application/json", headers=caller.headers),
        400,
        "parse_error",
    )
    _problem(
        send("/api/v1/tracks/", "<x/>", content_type="text/xml", headers=caller.headers), 415, "unsupported_media_type"
    )


@override_settings(ROOT_URLCONF="tests.integration.api.test_problems")
def test_a_crash_is_a_problem_without_secrets_and_writes_nothing(api):
    caller = api(make_organisation())
    answer = caller.get("crash/")
    document = _problem(answer, 500, "internal_error")
    assert "secret" not in answer.content.decode()
    assert "Nothing was changed" in document["detail"]
    assert caller.get("tracks/").json()["results"] == []


def test_too_many_calls_are_told_when_to_come_back(api, monkeypatch):
    monkeypatch.setattr(KeyThrottle, "THROTTLE_RATES", {"api": "2/min"})
    caller = api(make_organisation())
    assert [caller.get("tracks/").status_code for _call in range(2)] == [200, 200]
    answer = caller.get("tracks/")
    _problem(answer, 429, "throttled")
    assert 1 <= int(answer.headers["Retry-After"]) <= 60
    assert api(make_organisation()).get("tracks/").status_code == 200, "Another key has a budget of its own"


def test_lists_go_by_cursor(api):
    organisation = make_organisation()
    with bind(organisation.id):
        for number in range(5):
            make_track(f"Track {number}")
    caller = api(organisation)
    titles, address = [], "tracks/?page_size=2"
    while address:
        page = caller.get(address).json()
        assert len(page["results"]) <= 2
        titles += [track["title"] for track in page["results"]]
        address = page["next"] and page["next"].removeprefix("http://testserver")
    assert titles == ["Track 4", "Track 3", "Track 2", "Track 1", "Track 0"]


def test_an_unknown_certificate_is_a_problem_and_needs_no_key():
    _problem(Client().get("/api/v1/verify/AAAA-BBBB-CCCC-DDDD/"), 404, "not_found")
