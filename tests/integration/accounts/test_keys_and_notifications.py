"""API keys and what the organisation tells its members."""

import re

import pytest

from apps.accounts import selectors
from apps.accounts.models import ApiKey, Notification
from apps.accounts.services import notify
from apps.accounts.services.notifications import mark_read
from apps.audit.models import AuditEvent
from apps.core.errors import InvalidInput
from apps.tenancy.context import bind
from apps.tenancy.models import Organisation, Role
from tests.factories import make_member, make_organisation, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def label() -> Organisation:
    return make_organisation("Aurora")


class TestApiKeys:
    FORM = {"name": "Import script", "scopes": ["tracks:write", "tracks:read"]}

    def test_a_key_is_shown_once_and_stored_hashed(self, label):
        client = signed_in(make_member(label, Role.ADMIN).user)
        page = client.post(f"/o/{label.slug}/api-keys/", self.FORM)
        [secret] = set(re.findall(r"dsc_[\w-]{40,}", page.content.decode()))
        assert page["Cache-Control"] == "no-store"
        assert secret not in client.get(f"/o/{label.slug}/api-keys/").content.decode()
        with bind(label.id):
            key = ApiKey.objects.get()
            assert (key.name, key.scopes, key.prefix) == ("Import script", ["tracks:read", "tracks:write"], secret[:10])
            assert key.key_hash == selectors.hash_secret(secret)
            assert list(AuditEvent.objects.values_list("action", flat=True)) == ["api_key.created"]

    def test_it_is_revoked_after_a_question(self, label):
        client = signed_in(make_member(label, Role.ADMIN).user)
        client.post(f"/o/{label.slug}/api-keys/", self.FORM)
        with bind(label.id):
            key = ApiKey.objects.get()
        where = f"/o/{label.slug}/api-keys/{key.id}/revoke/"
        assert "Import script" in client.get(where).content.decode()
        for _ in range(2):
            assert client.post(where).status_code == 302
        with bind(label.id):
            key.refresh_from_db()
            actions = list(AuditEvent.objects.order_by("created_at").values_list("action", flat=True))
        assert key.revoked_at is not None
        assert actions == ["api_key.created", "api_key.revoked"]

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
    def test_only_administrators(self, label, role):
        client = signed_in(make_member(label, role).user)
        assert client.get(f"/o/{label.slug}/api-keys/").status_code == 403
        assert client.post(f"/o/{label.slug}/api-keys/", self.FORM).status_code == 403
        with bind(label.id):
            assert ApiKey.objects.count() == 0

    @pytest.mark.parametrize("form", [{"name": "x"}, {"scopes": ["tracks:read"]}, {"name": "x", "scopes": ["all:all"]}])
    def test_what_is_missing_is_said(self, label, form):
        page = signed_in(make_member(label, Role.ADMIN).user).post(f"/o/{label.slug}/api-keys/", form)
        assert page.status_code == 422
        with bind(label.id):
            assert ApiKey.objects.count() == 0

    def test_its_use_is_noted(self, label, client):
        from apps.accounts.services.api_keys import create_api_key

        with bind(label.id):
            key, secret = create_api_key(name="x", scopes=["tracks:read"])
        noted = []
        for _ in range(2):
            assert client.get("/api/v1/tracks/", headers={"Authorization": f"Bearer {secret}"}).status_code == 200
            with bind(label.id):
                noted.append(ApiKey.objects.get(id=key.id).last_used_at)
        assert noted[0] is not None
        assert noted[1] == noted[0], "noted once in a few minutes"

    def test_the_service_refuses_unknown_scopes(self, label):
        from apps.accounts.services.api_keys import create_api_key

        with bind(label.id), pytest.raises(InvalidInput):
            create_api_key(name="x", scopes=["tracks:read", "everything"])


class TestNotifications:
    def _tell(self, label: Organisation, **options: object) -> Notification:
        with bind(label.id):
            return notify(kind="test", text="%(count)s tracks are clear", params={"count": 3}, **options)  # type: ignore[arg-type]

    def test_it_is_told_in_words(self, label):
        self._tell(label)
        page = signed_in(make_member(label).user).get(f"/o/{label.slug}/notifications/").content.decode()
        assert "3 tracks are clear" in page

    def test_each_member_reads_for_themselves(self, label):
        ana, ben = make_member(label).user, make_member(label).user
        self._tell(label)
        with bind(label.id):
            assert (mark_read(user_id=ana.id), mark_read(user_id=ana.id)) == (1, 0)
            assert (selectors.unread_count(ana.id), selectors.unread_count(ben.id)) == (0, 1)

    def test_what_is_for_one_is_not_for_others(self, label):
        ana, ben = make_member(label).user, make_member(label).user
        mine = self._tell(label, recipient_id=ana.id)
        page = f"/o/{label.slug}/notifications/"
        assert "3 tracks are clear" not in signed_in(ben).get(page).content.decode()
        assert signed_in(ben).get(f"{page}{mine.id}/").status_code == 404
        assert "3 tracks are clear" in signed_in(ana).get(page).content.decode()

    def test_following_one_reads_it_and_leads_there(self, label):
        user = make_member(label).user
        first, second = self._tell(label, link=f"/o/{label.slug}/jobs/"), self._tell(label)
        client, page = signed_in(user), f"/o/{label.slug}/notifications/"
        assert client.get(f"{page}{first.id}/")["Location"] == f"/o/{label.slug}/jobs/"
        assert client.get(f"{page}{second.id}/")["Location"] == page
        with bind(label.id):
            assert selectors.unread_count(user.id) == 0

    def test_it_leads_nowhere_else(self, label):
        stray = self._tell(label, link="https://evil.example/")
        client, page = signed_in(make_member(label).user), f"/o/{label.slug}/notifications/"
        assert client.get(f"{page}{stray.id}/")["Location"] == page

    def test_the_number_in_the_top_bar(self, label):
        client, fragment = signed_in(make_member(label).user), f"/o/{label.slug}/notifications/count/"
        assert client.get(fragment).content.decode().strip() == ""
        self._tell(label)
        self._tell(label)
        assert 'data-count="2"' in client.get(fragment).content.decode()
        client.post(f"/o/{label.slug}/notifications/read/")
        assert client.get(fragment).content.decode().strip() == ""

    def test_a_text_whose_values_are_missing_is_still_shown(self, label):
        with bind(label.id):
            assert notify(kind="x", text="%(name)s is here").sentence == "%(name)s is here"
