"""A request runs in its tenant's transaction, and nothing of it is left when it goes wrong."""

from typing import Any

import pytest
from django.template import engines
from django.test import Client

from apps.accounts.services.api_keys import create_api_key, revoke_api_key
from apps.audit.models import AuditEvent
from apps.jobs.models import Job
from apps.tenancy.context import NoTenant, bind, current_organisation_id
from apps.tenancy.models import Organisation, Role
from apps.tenancy.requests import TenantRequest
from tests.factories import make_member, make_organisation, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.urls("tests.integration.tenancy.probe_urls")]


@pytest.fixture
def label() -> Organisation:
    return make_organisation()


@pytest.fixture
def editor(label: Organisation) -> Client:
    return _client(make_member(label, Role.EDITOR).user)


def _client(user: Any, **options: Any) -> Client:
    client = Client(**options)
    client.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return client


def _written(label: Organisation) -> int:
    with bind(label.id):
        return AuditEvent.objects.filter(action="probe.written").count()


@pytest.mark.parametrize(
    ("then", "status", "rows"),
    [
        ("ok", 200, 1),
        ("redirect", 302, 1),
        ("500", 500, 0),
        ("missing", 404, 0),
        ("not_found", 404, 0),
        ("conflict", 409, 0),
    ],
)
def test_a_request_that_fails_leaves_nothing(label, editor, then, status, rows):
    assert editor.post(f"/o/{label.slug}/probe/{then}/").status_code == status
    assert _written(label) == rows


def test_a_crash_leaves_nothing(label):
    client = _client(make_member(label, Role.EDITOR).user, raise_request_exception=False)
    assert client.post(f"/o/{label.slug}/probe/crash/").status_code == 500
    assert _written(label) == 0


def test_what_is_written_names_who_wrote_it(label):
    user = make_member(label, Role.EDITOR).user
    _client(user).post(f"/o/{label.slug}/probe/ok/")
    with bind(label.id):
        assert AuditEvent.objects.get(action="probe.written").actor == user


def test_nothing_stays_bound_after_a_request(label, editor):
    editor.post(f"/o/{label.slug}/probe/ok/")
    with pytest.raises(NoTenant):
        current_organisation_id()


def test_a_domain_error_is_a_page_that_says_what_to_do(label, editor):
    response = editor.post(f"/o/{label.slug}/probe/conflict/")
    assert "Somebody was faster: look again." in response.content.decode()


def test_a_domain_error_is_a_problem_document_for_programs(label, editor):
    response = editor.post(f"/o/{label.slug}/probe/conflict/", headers={"Accept": "application/json"})
    assert response["Content-Type"] == "application/problem+json"
    assert response.json() == {
        "type": "urn:descant:problem:too_late",
        "title": "Conflict",
        "status": 409,
        "code": "too_late",
        "detail": "Somebody was faster: look again.",
    }


def test_a_domain_error_is_a_fragment_for_htmx(label, editor):
    response = editor.post(f"/o/{label.slug}/probe/conflict/", headers={"HX-Request": "true"})
    assert response.status_code == 409
    assert "<html" not in response.content.decode()
    assert "Somebody was faster" in response.content.decode()


def test_a_response_that_renders_late_still_sees_its_tenant(label, editor, monkeypatch):
    template = engines["django"].from_string("{% for job in jobs %}{{ job.kind }},{% endfor %}")
    monkeypatch.setattr("django.template.response.SimpleTemplateResponse.resolve_template", lambda *_: template)
    with bind(label.id):
        Job.objects.create(kind="ours.kind", idempotency_key="1")
    with bind(make_organisation().id):
        Job.objects.create(kind="theirs.kind", idempotency_key="1")
    assert editor.get(f"/o/{label.slug}/probe/late/").content.decode() == "ours.kind,"


def test_times_are_in_the_organisations_zone(label, editor):
    with bind(label.id):
        Organisation.objects.filter(id=label.id).update(time_zone="Asia/Shanghai")
    assert editor.get(f"/o/{label.slug}/probe/clock/").content == b"Asia/Shanghai"


@pytest.mark.parametrize(("role", "status"), [("viewer", 403), ("editor", 200), ("admin", 200), ("owner", 200)])
def test_roles(label, role, status):
    client = _client(make_member(label, role).user)
    assert client.post(f"/o/{label.slug}/probe/ok/").status_code == status
    assert _written(label) == (1 if status == 200 else 0)


def test_a_stranger_and_a_former_member_get_404(label):
    member = make_member(label, Role.ADMIN)
    client = _client(member.user)
    assert client.get(f"/o/{label.slug}/probe/clock/").status_code == 200
    with bind(label.id):
        member.delete()
    assert client.get(f"/o/{label.slug}/probe/clock/").status_code == 404
    assert _client(make_user()).get(f"/o/{label.slug}/probe/clock/").status_code == 404
    assert _client(make_user()).get("/o/no-such-label/probe/clock/").status_code == 404


class TestApiKeyTenant:
    """Keys name their tenant on API paths, and nowhere else."""

    def _resolve(self, rf: Any, path: str, secret: str) -> TenantRequest:
        from django.contrib.auth.models import AnonymousUser
        from django.http import HttpResponse

        from apps.tenancy.middleware import TenantMiddleware

        request = rf.get(path, headers={"Authorization": f"Bearer {secret}"})
        request.user = AnonymousUser()
        TenantMiddleware(lambda _request: HttpResponse("ok"))(request)
        return request

    def test_a_key_names_its_organisation(self, rf, label):
        with bind(label.id):
            key, secret = create_api_key(name="Script", scopes=["tracks:read"])
        request = self._resolve(rf, "/api/v1/tracks/", secret)
        assert request.organisation == label
        assert request.api_key == key
        assert request.membership is None

    def test_not_outside_of_the_api(self, rf, label):
        with bind(label.id):
            _key, secret = create_api_key(name="Script", scopes=["tracks:read"])
        assert self._resolve(rf, "/home/", secret).organisation is None

    def test_a_revoked_or_invented_key_names_nothing(self, rf, label):
        with bind(label.id):
            key, secret = create_api_key(name="Script", scopes=["tracks:read"])
            revoke_api_key(key_id=key.id)
        assert self._resolve(rf, "/api/v1/tracks/", secret).organisation is None
        assert self._resolve(rf, "/api/v1/tracks/", "dsc_invented").organisation is None

    def test_the_secret_is_stored_nowhere(self, label):
        with bind(label.id):
            key, secret = create_api_key(name="Script", scopes=["tracks:read"])
            stored = [str(value) for value in type(key).objects.values_list().get(id=key.id)]
            trail = [str(row) for row in AuditEvent.objects.values_list()]
        assert [value for value in stored + trail if secret in value] == []


class TestSignedOut:
    """A session that ends in the middle of a form loses nothing that was typed."""

    FORM = "/o/some-label/settings/"

    def test_a_page_leads_to_the_log_in_and_back(self, client):
        response = client.get(f"{self.FORM}?tab=public")
        assert response.status_code == 302
        assert response["Location"] == "/accounts/login/?next=/o/some-label/settings/%3Ftab%3Dpublic"

    def test_a_plain_form_leads_back_to_the_page_that_holds_it(self, client):
        referrer = "http://testserver/o/some-label/members/?page=2"
        response = client.post("/o/some-label/members/x/role/", {"role": "admin"}, headers={"Referer": referrer})
        assert response.status_code == 302
        assert response["Location"] == "/accounts/login/?next=/o/some-label/members/%3Fpage%3D2"

    @pytest.mark.parametrize("referrer", ["https://evil.example/o/some-label/", "", "//evil.example/"])
    def test_a_form_from_elsewhere_leads_home(self, client, referrer):
        response = client.post(self.FORM, {"name": "x"}, headers={"Referer": referrer})
        assert response["Location"] == "/accounts/login/?next=/home/"

    @pytest.mark.parametrize(
        "headers",
        [
            {"HX-Request": "true"},
            {"HX-Request": "true", "HX-Boosted": "true"},
            {"X-Requested-With": "XMLHttpRequest"},
            {"Accept": "application/json"},
            {"Sec-Fetch-Mode": "cors"},
        ],
        ids=str,
    )
    def test_a_script_gets_401_and_keeps_its_form(self, client, headers):
        response = client.post(self.FORM, {"name": "x"}, headers=headers)
        assert response.status_code == 401
        assert response.json()["code"] == "signed_out"
        assert "Location" not in response
        assert "HX-Redirect" not in response

    def test_a_boosted_link_leads_to_the_log_in_page(self, client):
        response = client.get(self.FORM, headers={"HX-Request": "true", "HX-Boosted": "true", "Sec-Fetch-Mode": "cors"})
        assert response.status_code == 302

    def test_the_log_in_leads_back(self, client, label):
        from tests.factories import PASSWORD

        user = make_member(label, Role.ADMIN).user
        where = f"/o/{label.slug}/settings/"
        response = client.post(
            f"/accounts/login/?next={where}", {"login": user.email, "password": PASSWORD, "next": where}
        )
        assert response.status_code == 302
        assert response["Location"] == where
