"""The staff portal: through its own database role, for staff only, and in everybody's trail."""

import uuid

import pytest
from django.db import connections

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.jobs.models import Job, JobState
from apps.tenancy.context import bind
from apps.tenancy.models import Organisation
from tests.factories import make_member, make_organisation, make_user, signed_in


@pytest.fixture
def staff(committed: None) -> User:
    return make_user("staff@example.org", is_staff=True)


@pytest.fixture
def label(committed: None) -> Organisation:
    return make_organisation("Aurora Records")


def _trail(label: Organisation) -> list[tuple[str, str, dict[str, str]]]:
    with bind(label.id):
        rows = AuditEvent.objects.order_by("created_at").values_list("action", "actor__email", "data")
        return [(action, email, data) for action, email, data in rows]


PAGES = ["", "tenancy/organisation/", "accounts/user/", "jobs/job/", "audit/auditevent/", "registry/damage/"]


@pytest.mark.parametrize("page", PAGES)
def test_only_staff(staff, label, client, page):
    url = f"/staff/{page}"
    assert signed_in(staff).get(url).status_code == 200
    assert signed_in(make_member(label, "owner").user).get(url, follow=True).status_code == 404
    assert client.get(url, follow=True).redirect_chain[-1][0].startswith("/accounts/login/?next=/staff/")
    staff.is_active = False
    staff.save()
    assert signed_in(staff).get(url).status_code == 302


def test_it_works_as_the_platform_role(staff):
    with connections["platform"].cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("descant_platform",)


def test_staff_see_every_organisation(staff, label):
    other = make_organisation("Borealis")
    page = signed_in(staff).get("/staff/tenancy/organisation/").content.decode()
    assert label.name in page
    assert other.name in page


def test_a_change_is_in_the_organisations_own_trail(staff, label):
    form = {"name": "Aurora", "kind": "label", "public_name": "Aurora", "contact_route": "", "slug": "stolen"}
    response = signed_in(staff).post(f"/staff/tenancy/organisation/{label.id}/change/", form)
    assert response.status_code == 302
    with bind(label.id):
        changed = Organisation.objects.get(id=label.id)
    assert (changed.name, changed.slug) == ("Aurora", label.slug), "what is not changeable stays"
    assert _trail(label) == [
        ("platform.organisation_changed", "staff@example.org", {"name": "Aurora", "public_name": "Aurora"})
    ]


def test_nothing_is_added_or_deleted_and_the_trail_is_only_read(staff, label):
    client = signed_in(staff)
    with bind(label.id):
        event = AuditEvent.objects.create(action="test")
    for path in (
        "tenancy/organisation/add/",
        f"tenancy/organisation/{label.id}/delete/",
        f"accounts/user/{staff.id}/delete/",
        "audit/auditevent/add/",
        f"audit/auditevent/{event.id}/delete/",
    ):
        assert client.post(f"/staff/{path}", {"post": "yes"}).status_code == 403
    assert client.post(f"/staff/audit/auditevent/{event.id}/change/", {"action": "forged"}).status_code == 403
    assert client.get(f"/staff/audit/auditevent/{event.id}/change/").status_code == 200


def test_a_user_is_locked_and_the_organisations_read_it(staff, label):
    member = make_member(label).user
    page = f"/staff/accounts/user/{member.id}/change/"
    assert member.password not in signed_in(staff).get(page).content.decode()
    signed_in(staff).post(page, {"is_staff": "on"})
    member.refresh_from_db()
    assert (member.is_active, member.is_staff) == (False, False), "only superusers make staff"
    assert _trail(label) == [("platform.user_changed", "staff@example.org", {"is_active": "False"})]


def test_nobody_locks_themselves_out(staff):
    boss = make_user(is_staff=True, is_superuser=True)
    signed_in(boss).post(f"/staff/accounts/user/{boss.id}/change/", {})
    boss.refresh_from_db()
    assert (boss.is_active, boss.is_staff) == (True, True)


def test_jobs_are_queued_again_and_cancelled_in_their_own_organisation(staff, label):
    other = make_organisation()
    ids: list[uuid.UUID] = []
    for organisation, state in ((label, JobState.FAILED), (other, JobState.FAILED), (other, JobState.SUCCEEDED)):
        with bind(organisation.id):
            key = f"k{len(ids)}"
            ids.append(Job.objects.create(kind="test.portal", idempotency_key=key, state=state).id)
    client, url = signed_in(staff), "/staff/jobs/job/"
    chosen = {"_selected_action": [str(job_id) for job_id in ids]}
    page = client.post(url, {"action": "queue_again", **chosen}, follow=True).content.decode()
    assert "2 jobs were changed." in page
    assert "This job is done; there is nothing to repeat." in page
    client.post(url, {"action": "cancel", "_selected_action": [str(ids[0])]})
    for organisation, expected in ((label, ["cancelled"]), (other, ["queued", "succeeded"])):
        with bind(organisation.id):
            assert sorted(Job.objects.values_list("state", flat=True)) == expected
    assert [action for action, _email, _data in _trail(label)] == ["platform.job_retried", "platform.job_cancelled"]


def test_the_application_itself_does_not_see_across(staff, label):
    """The same request's default alias stays bound to nothing: only the platform's alias sees all."""
    with bind(None, user_id=staff.id):
        assert Organisation.objects.count() == 0
        assert Organisation.objects.using("platform").count() >= 1


@pytest.mark.django_db
def test_browsers_find_the_mark_where_a_page_names_none(client):
    answer = client.get("/favicon.ico")
    assert answer.status_code == 302
    assert answer["Location"].startswith("/static/images/mark")
