"""Who belongs to an organisation: members, roles, invitations."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from apps.accounts.models import Invitation, User
from apps.audit.models import AuditEvent
from apps.tenancy.context import bind
from apps.tenancy.models import Membership, Organisation, Role
from tests.factories import make_member, make_organisation, make_user, signed_in

pytestmark = pytest.mark.django_db

LINK = re.compile(r"://[^/\s]+(/invitations/[\w-]+/)")


@pytest.fixture
def owner() -> User:
    return make_user("owner@example.org", name="Olga")


@pytest.fixture
def label(owner: User) -> Organisation:
    return make_organisation("Aurora", owner=owner)


def _url(label: Organisation, rest: str = "members/") -> str:
    return f"/o/{label.slug}/{rest}"


def _roles(label: Organisation) -> dict[str, str]:
    with bind(label.id):
        rows = Membership.objects.filter(organisation=label).values_list("user__email", "role")
        return dict(rows)


def _actions(label: Organisation) -> list[str]:
    with bind(label.id):
        return list(AuditEvent.objects.order_by("created_at").values_list("action", flat=True))


class TestMembers:
    def test_everybody_sees_who_belongs_here_and_only_administrators_manage(self, label):
        member = make_member(label, Role.VIEWER, make_user("vi@example.org"))
        page = signed_in(member.user).get(_url(label)).content.decode()
        assert "owner@example.org" in page
        assert "Invite somebody" not in page
        admin = make_member(label, Role.ADMIN)
        assert "Invite somebody" in signed_in(admin.user).get(_url(label)).content.decode()

    def test_a_role_is_changed(self, label, owner):
        member = make_member(label, Role.VIEWER, make_user("vi@example.org"))
        response = signed_in(owner).post(_url(label, f"members/{member.id}/role/"), {"role": "editor"})
        assert response["Location"] == _url(label)
        assert _roles(label)["vi@example.org"] == "editor"
        with bind(label.id):
            event = AuditEvent.objects.get()
        assert (event.action, event.actor, event.data) == (
            "member.role_changed", owner, {"email": "vi@example.org", "from": "viewer", "to": "editor"},
        )  # fmt: skip

    @pytest.mark.parametrize("role", [Role.EDITOR, Role.VIEWER])
    def test_editors_and_viewers_change_nothing(self, label, role):
        member, other = make_member(label, role), make_member(label, Role.VIEWER)
        client = signed_in(member.user)
        before = _roles(label)
        for path, data in (
            (f"members/{other.id}/role/", {"role": "owner"}),
            (f"members/{other.id}/remove/", {}),
            (f"members/{member.id}/role/", {"role": "owner"}),
            ("members/", {"email": "x@example.org", "role": "viewer"}),
        ):
            assert client.post(_url(label, path), data).status_code == 403
        assert _roles(label) == before
        assert _actions(label) == []

    def test_an_administrator_neither_makes_nor_unmakes_owners(self, label, owner):
        admin, member = make_member(label, Role.ADMIN), make_member(label, Role.EDITOR)
        client, before = signed_in(admin.user), _roles(label)
        with bind(label.id):
            owners = Membership.objects.get(organisation=label, user=owner)
        assert client.post(_url(label, f"members/{member.id}/role/"), {"role": "owner"}).status_code == 422
        assert client.post(_url(label, f"members/{admin.id}/role/"), {"role": "owner"}).status_code == 422
        assert client.post(_url(label, f"members/{owners.id}/role/"), {"role": "viewer"}).status_code == 403
        assert client.post(_url(label, f"members/{owners.id}/remove/")).status_code == 403
        assert client.post(_url(label), {"email": "x@example.org", "role": "owner"}).status_code == 422
        assert _roles(label) == before

    def test_the_last_owner_stays(self, label, owner):
        with bind(label.id):
            seat = Membership.objects.get(organisation=label, user=owner)
        client = signed_in(owner)
        assert client.post(_url(label, f"members/{seat.id}/role/"), {"role": "admin"}).status_code == 409
        assert client.post(_url(label, "members/leave/")).status_code == 409
        make_member(label, Role.OWNER)
        assert client.post(_url(label, "members/leave/"))["Location"] == "/home/"
        assert "owner@example.org" not in _roles(label)

    def test_a_member_is_removed_after_a_question(self, label, owner):
        member = make_member(label, Role.EDITOR, make_user("ed@example.org", name="Ed"))
        where = _url(label, f"members/{member.id}/remove/")
        assert "Remove Ed?" in signed_in(owner).get(where).content.decode()
        assert "ed@example.org" in _roles(label)
        assert signed_in(owner).post(where)["Location"] == _url(label)
        assert "ed@example.org" not in _roles(label)
        assert signed_in(member.user).get(_url(label)).status_code == 404
        assert _actions(label) == ["member.removed"]


class TestInvitations:
    def _invite(self, label: Organisation, by: User, email: str = "Guest@Example.org", role: str = "editor") -> str:
        """Invite, and answer the link's path as it stands in the mail."""
        from django.core import mail

        page = signed_in(by).post(_url(label), {"email": email, "role": role})
        assert page.status_code == 200
        shown = LINK.search(page.content.decode())
        assert shown is not None
        mailed = [m.body for m in mail.outbox if m.to == [email.lower()]]
        assert mailed == [] or shown.group(1) in mailed[-1]
        return shown.group(1)

    def test_the_link_is_mailed_and_shown_once(self, label, owner, mailoutbox, django_capture_on_commit_callbacks):
        with django_capture_on_commit_callbacks(execute=True):
            link = self._invite(label, owner)
        [mail] = mailoutbox
        assert (mail.to, mail.subject) == (["guest@example.org"], "Olga invites you to Aurora on Descant")
        assert link in mail.body
        assert "as: Editor." in mail.body
        assert link not in signed_in(owner).get(_url(label)).content.decode()
        assert _actions(label) == ["invitation.sent"]
        with bind(label.id):
            stored = [str(value) for value in Invitation.objects.values_list().get()]
        assert [value for value in stored if link.split("/")[2] in value] == []

    def test_mail_that_cannot_be_sent_fails_nothing(
        self, label, owner, monkeypatch, django_capture_on_commit_callbacks
    ):
        def refuse(*_: Any, **__: Any) -> None:
            raise ConnectionRefusedError

        monkeypatch.setattr("apps.accounts.services.invitations.send_mail", refuse)
        with django_capture_on_commit_callbacks(execute=True):
            self._invite(label, owner)

    def test_the_invited_person_accepts(self, label, owner):
        link = self._invite(label, owner)
        guest = make_user("guest@example.org")
        client = signed_in(guest)
        page = client.get(link).content.decode()
        assert "Aurora" in page
        assert "Accept the invitation" in page
        assert client.post(link)["Location"] == f"/o/{label.slug}/"
        assert _roles(label)["guest@example.org"] == "editor"
        assert client.post(link)["Location"] == f"/o/{label.slug}/", "twice is as good as once"
        assert client.get(link)["Location"] == f"/o/{label.slug}/"
        assert _actions(label) == ["invitation.sent", "invitation.accepted"]

    def test_signed_out_signs_up_and_comes_back(self, label, owner, client):
        link = self._invite(label, owner)
        page = client.get(link).content.decode()
        assert f"/accounts/signup/?next={link.replace('/', '%2F')}" in page
        secret = "a long enough secret"
        form = {"email": "guest@example.org", "password1": secret, "password2": secret, "next": link}
        assert client.post("/accounts/signup/", form)["Location"] == link
        assert client.post(link).status_code == 302
        assert _roles(label)["guest@example.org"] == "editor"

    def test_signed_out_cannot_accept(self, label, owner, client):
        link = self._invite(label, owner)
        client.post(link)
        assert "guest@example.org" not in _roles(label)

    def test_another_address_is_told_so(self, label, owner):
        link = self._invite(label, owner)
        client = signed_in(make_user("other@example.org"))
        page = client.get(link).content.decode()
        assert "You are signed in as other@example.org; the invitation is for guest@example.org." in page
        assert client.post(link).status_code == 403
        assert "other@example.org" not in _roles(label)

    def test_an_invented_token_is_not_found(self, client):
        assert client.get("/invitations/invented/").status_code == 404
        assert signed_in(make_user()).post("/invitations/invented/").status_code == 404

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"expires_at": timezone.now() - timedelta(seconds=1)}, "This invitation has expired"),
            ({"revoked_at": timezone.now()}, "This invitation was revoked"),
            ({"accepted_at": timezone.now()}, "This invitation was used already"),
        ],
        ids=["expired", "revoked", "used"],
    )
    def test_a_closed_invitation_says_why(self, label, owner, client, change, words):
        link = self._invite(label, owner)
        with bind(label.id):
            Invitation.objects.update(**change)
        page = client.get(link)
        assert page.status_code == 410
        assert words in page.content.decode()
        guest = signed_in(make_user("guest@example.org"))
        assert guest.post(link).status_code == 409
        assert "guest@example.org" not in _roles(label)

    def test_sending_again_kills_the_old_link(self, label, owner):
        old = self._invite(label, owner)
        with bind(label.id):
            invitation = Invitation.objects.get()
        page = signed_in(owner).post(_url(label, f"invitations/{invitation.id}/resend/")).content.decode()
        fresh = LINK.search(page)
        assert fresh is not None
        assert fresh.group(1) != old
        assert Client().get(old).status_code == 404
        assert Client().get(fresh.group(1)).status_code == 200

    def test_inviting_the_same_address_again_replaces_the_open_seat(self, label, owner):
        self._invite(label, owner, role="viewer")
        self._invite(label, owner, role="admin")
        with bind(label.id):
            assert [(row.email, row.role) for row in Invitation.objects.all()] == [("guest@example.org", "admin")]

    def test_a_member_is_not_invited_again(self, label, owner):
        page = signed_in(owner).post(_url(label), {"email": "OWNER@example.org", "role": "viewer"})
        assert page.status_code == 422
        assert "This person is a member already." in page.content.decode()

    def test_revoking_closes_it(self, label, owner):
        link = self._invite(label, owner)
        with bind(label.id):
            invitation = Invitation.objects.get()
        where = _url(label, f"invitations/{invitation.id}/revoke/")
        assert "guest@example.org" in signed_in(owner).get(where).content.decode()
        for _ in range(2):
            assert signed_in(owner).post(where).status_code == 302
        assert Client().get(link).status_code == 410
        assert _actions(label) == ["invitation.sent", "invitation.revoked"]

    def test_who_was_removed_does_not_come_back_by_the_old_link(self, label, owner):
        link = self._invite(label, owner)
        guest = make_user("guest@example.org")
        signed_in(guest).post(link)
        with bind(label.id):
            Membership.objects.filter(organisation=label, user=guest).delete()
        assert signed_in(guest).post(link).status_code == 409
        assert "guest@example.org" not in _roles(label)
