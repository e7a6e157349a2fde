"""Home, organisations, profile: where people land and what they may change."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.tenancy.context import bind
from apps.tenancy.models import Membership, Organisation, Role
from tests.factories import make_member, make_organisation, make_user, signed_in

pytestmark = pytest.mark.django_db


def _trail(organisation: Organisation) -> list[tuple[str, Any]]:
    with bind(organisation.id):
        return list(AuditEvent.objects.order_by("created_at").values_list("action", "data"))


class TestHome:
    def test_signed_out_goes_to_the_log_in(self, client):
        assert client.get("/home/")["Location"] == "/accounts/login/?next=/home/"

    def test_one_organisation(self):
        user = make_user()
        label = make_organisation(owner=user)
        assert signed_in(user).get("/home/")["Location"] == f"/o/{label.slug}/"

    def test_the_organisation_used_last(self):
        user = make_user()
        first, second = make_organisation(owner=user), make_organisation(owner=user)
        client = signed_in(user)
        assert client.get("/home/")["Location"] == f"/o/{first.slug}/"
        client.get(f"/o/{second.slug}/jobs/")
        assert client.get("/home/")["Location"] == f"/o/{second.slug}/"

    def test_an_organisation_that_one_has_left(self):
        user = make_user()
        first, second = make_organisation(owner=user), make_organisation()
        seat = make_member(second, user=user)
        client = signed_in(user)
        client.get(f"/o/{second.slug}/jobs/")
        with bind(second.id):
            seat.delete()
        assert client.get("/home/")["Location"] == f"/o/{first.slug}/"

    def test_a_listener_reads_what_there_is_and_can_found_an_organisation(self):
        page = signed_in(make_user()).get("/home/")
        assert page.status_code == 200
        assert reverse("tenancy:new") in page.content.decode()

    def test_the_front_page_sends_people_home(self):
        assert signed_in(make_user()).get("/")["Location"] == "/home/"


class TestNewOrganisation:
    def test_the_founder_owns_it(self):
        user = make_user()
        response = signed_in(user).post("/organisations/new/", {"name": "Aurora Records", "kind": "label"})
        with bind(None, user_id=user.id):
            membership = Membership.objects.select_related("organisation").get(user=user)
        label = membership.organisation
        assert (label.name, label.public_name, label.kind, membership.role) == (
            "Aurora Records", "Aurora Records", "label", "owner",
        )  # fmt: skip
        assert response["Location"] == f"/o/{label.slug}/"
        assert [action for action, _data in _trail(label)] == ["organisation.created"]

    def test_names_in_any_script_get_an_address(self):
        user = make_user()
        for name in ("极光唱片", "🎵", "new", "Aurora", "Aurora"):
            assert signed_in(user).post("/organisations/new/", {"name": name, "kind": "label"}).status_code == 302
        with bind(None, user_id=user.id):
            slugs = list(Organisation.objects.values_list("slug", flat=True))
        assert len(set(slugs)) == 5
        assert "new" not in slugs

    def test_a_name_is_needed_and_what_was_typed_is_kept(self):
        page = signed_in(make_user()).post("/organisations/new/", {"name": "  ", "kind": "school"})
        assert page.status_code == 422
        assert '<option value="school" selected' in page.content.decode()


class TestSettings:
    VALUES = {
        "name": "Aurora",
        "time_zone": "Europe/Vienna",
        "public_name": "Aurora Records",
        "contact_route": "rights@aurora.example",
        "share_excerpts": "on",
    }

    @pytest.fixture
    def label(self) -> Organisation:
        return make_organisation("Old name")

    def _url(self, label: Organisation) -> str:
        return f"/o/{label.slug}/settings/"

    def test_an_administrator_changes_them(self, label):
        client = signed_in(make_member(label, Role.ADMIN).user)
        assert client.post(self._url(label), self.VALUES)["Location"] == self._url(label)
        with bind(label.id):
            label.refresh_from_db()
        assert (label.name, label.time_zone, label.public_name, label.contact_route, label.share_excerpts) == (
            "Aurora", "Europe/Vienna", "Aurora Records", "rights@aurora.example", True,
        )  # fmt: skip
        [(action, data)] = _trail(label)
        assert action == "organisation.changed"
        assert data["name"] == {"from": "Old name", "to": "Aurora"}

    def test_saving_the_same_again_records_nothing(self, label):
        client = signed_in(make_member(label, Role.ADMIN).user)
        for _ in range(2):
            client.post(self._url(label), self.VALUES)
        assert len(_trail(label)) == 1

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
    def test_nobody_else_does(self, label, role):
        client = signed_in(make_member(label, role).user)
        assert client.get(self._url(label)).status_code == 403
        assert client.post(self._url(label), self.VALUES).status_code == 403
        assert _trail(label) == []

    def test_a_wrong_value_is_shown_beside_its_field(self, label):
        client = signed_in(make_member(label, Role.ADMIN).user)
        page = client.post(self._url(label), self.VALUES | {"time_zone": "Mars/Olympus", "public_name": ""})
        assert page.status_code == 422
        assert set(page.context["form"].errors) == {"time_zone", "public_name"}
        assert "rights@aurora.example" in page.content.decode(), "what was typed is kept"

    @pytest.mark.parametrize(
        ("contact", "status"),
        [
            ("", 302),
            ("rights@aurora.example", 302),
            ("https://aurora.example/contact", 302),
            ("javascript:alert(1)", 422),
            ("call me", 422),
        ],
    )
    def test_the_public_contact_is_a_mail_or_web_address(self, label, contact, status):
        client = signed_in(make_member(label, Role.ADMIN).user)
        assert client.post(self._url(label), self.VALUES | {"contact_route": contact}).status_code == status

    def test_the_page_says_what_others_see(self, label):
        page = signed_in(make_member(label, Role.ADMIN).user).get(self._url(label)).content.decode()
        assert "They then see exactly this" in page
        assert "They never see your files" in page


class TestProfile:
    def test_name_language_and_theme(self):
        user = make_user()
        client = signed_in(user)
        response = client.post("/accounts/profile/", {"name": "Ana", "language": "zh-hans", "theme": "dark"})
        assert response["Location"] == "/accounts/profile/"
        user.refresh_from_db()
        assert (user.name, user.language, user.theme) == ("Ana", "zh-hans", "dark")
        page = client.get("/accounts/profile/")
        assert 'lang="zh-hans"' in page.content.decode()
        assert 'data-theme="dark"' in page.content.decode()

    def test_what_does_not_exist_is_refused(self):
        page = signed_in(make_user()).post("/accounts/profile/", {"name": "", "language": "xx", "theme": "pink"})
        assert page.status_code == 422
        assert set(page.context["form"].errors) == {"language", "theme"}

    def test_preferences_of_the_top_bar(self):
        user = make_user()
        response = signed_in(user).post("/preferences/", {"theme": "dark", "next": "/home/"})
        assert response["Location"] == "/home/"
        assert response.cookies["theme"].value == "dark"
        user.refresh_from_db()
        assert user.theme == "dark"

    def test_preferences_lead_nowhere_else(self, client):
        response = client.post("/preferences/", {"theme": "dark", "next": "https://evil.example/"})
        assert response["Location"] == "/"


class TestSigningInAndUp:
    FORM = {"email": "Ana@Example.org", "password1": "a long enough secret", "password2": "a long enough secret"}

    def test_sign_up_keeps_the_address_in_lower_case_and_leads_home(self, client, mailoutbox):
        response = client.post("/accounts/signup/", self.FORM | {"name": "Ana"})
        assert response["Location"] == "/home/"
        assert list(User.objects.filter(email="ana@example.org").values_list("name")) == [("Ana",)]
        assert client.get("/home/").status_code == 200
        assert [mail.to for mail in mailoutbox] == [["ana@example.org"]]

    def test_an_address_that_exists_is_not_given_away(self, client, mailoutbox):
        make_user("ana@example.org")
        client.post("/accounts/signup/", self.FORM)
        assert User.objects.filter(email="ana@example.org").count() == 1
        assert "_auth_user_id" not in client.session

    def test_log_in_by_address_in_any_case(self, client):
        from tests.factories import PASSWORD

        user = make_user("ana@example.org")
        client.post("/accounts/login/", {"login": "ANA@example.org", "password": PASSWORD})
        assert client.session["_auth_user_id"] == str(user.pk)

    def test_a_wrong_password_keeps_the_address_that_was_typed(self, client):
        make_user("ana@example.org")
        page = client.post("/accounts/login/", {"login": "ana@example.org", "password": "wrong"})
        assert 'value="ana@example.org"' in page.content.decode()
        assert "_auth_user_id" not in client.session

    def test_a_forgotten_password(self, client, mailoutbox):
        user = make_user("ana@example.org")
        client.post("/accounts/password/reset/", {"email": "ana@example.org"})
        [mail] = mailoutbox
        link = next(word for word in mail.body.split() if "/password/reset/key/" in word)
        page = client.get(link.split("testserver")[-1].split("localhost:8000")[-1], follow=True)
        target = page.redirect_chain[-1][0]
        fresh = "another long secret"
        client.post(target, {"password1": fresh, "password2": fresh})
        user.refresh_from_db()
        assert user.check_password(fresh)

    def test_guessing_passwords_is_locked_out(self, client, settings):
        settings.AXES_ENABLED = True
        make_user("ana@example.org")
        wrong = {"login": "ana@example.org", "password": "wrong"}
        statuses = [client.post("/accounts/login/", wrong).status_code for _ in range(settings.AXES_FAILURE_LIMIT + 1)]
        assert statuses[: settings.AXES_FAILURE_LIMIT - 1] == [200] * (settings.AXES_FAILURE_LIMIT - 1)
        assert statuses[-1] == 429
        from tests.factories import PASSWORD

        right = client.post("/accounts/login/", {"login": "ana@example.org", "password": PASSWORD})
        assert right.status_code == 429
        assert "account/locked.html" in [template.name for template in right.templates]
        assert Client().get("/accounts/login/").status_code == 200
