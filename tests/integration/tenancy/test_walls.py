"""The two walls: the raising manager, and row-level security beneath it."""

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import ApiKey, Notification, NotificationRead
from apps.audit.models import AuditEvent
from apps.jobs.models import Job
from apps.tenancy.context import NoTenant, bind, current_organisation_id, current_user_id
from apps.tenancy.models import Membership, Organisation
from tests.factories import make_organisation, make_user

pytestmark = pytest.mark.django_db


def _job(organisation: Organisation, key: str = "k") -> Job:
    with bind(organisation.id):
        job: Job = Job.objects.create(kind="test.kind", idempotency_key=key)
        return job


def _setting(name: str = "app.organisation_id") -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(current_setting(%s, true), '')", [name])
        return str(cursor.fetchone()[0])


def test_manager_raises_without_a_tenant():
    with pytest.raises(NoTenant):
        Job.objects.count()


def test_manager_raises_when_only_a_user_is_bound():
    with bind(None, user_id=make_user().id), pytest.raises(NoTenant):
        Job.objects.count()


def test_manager_sees_only_the_bound_tenant():
    ours, theirs = make_organisation(), make_organisation()
    job = _job(ours)
    _job(theirs)
    with bind(ours.id):
        assert list(Job.objects.all()) == [job]


def test_row_level_security_holds_without_the_manager():
    ours, theirs = make_organisation(), make_organisation()
    _job(ours)
    stranger = _job(theirs)
    with bind(ours.id):
        assert Job.unscoped.filter(id=stranger.id).count() == 0
        assert Job.unscoped.filter(id=stranger.id).update(message="mine now") == 0
        assert Job.unscoped.filter(id=stranger.id).delete()[0] == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM jobs_job")
        assert cursor.fetchone() == (0,)


def test_rows_of_another_tenant_cannot_be_written():
    ours, theirs = make_organisation(), make_organisation()
    with bind(ours.id), pytest.raises(Exception, match="row-level security"), transaction.atomic():
        ApiKey.unscoped.create(organisation_id=theirs.id, name="x", prefix="x", key_hash="x")


def test_a_row_cannot_move_to_another_tenant():
    ours, theirs = make_organisation(), make_organisation()
    job = _job(ours)
    with bind(ours.id), pytest.raises(Exception, match="row-level security"), transaction.atomic():
        Job.objects.filter(id=job.id).update(organisation_id=theirs.id)


def test_a_row_cannot_point_into_another_tenant():
    ours, theirs = make_organisation(), make_organisation()
    with bind(theirs.id):
        foreign = Notification.objects.create(kind="k", text="t")

    def point_there() -> None:
        with bind(ours.id), connection.cursor() as cursor:
            NotificationRead.objects.create(notification_id=foreign.id, user=make_user())
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")

    with pytest.raises(IntegrityError, match="notification_id_tenant_fk"):
        point_there()


def test_an_organisation_is_seen_by_its_members_and_changed_by_nobody_else():
    owner, stranger = make_user(), make_user()
    ours, theirs = make_organisation(owner=owner), make_organisation(owner=stranger)
    with bind(None, user_id=owner.id):
        assert list(Organisation.objects.all()) == [ours]
        assert [row.organisation_id for row in Membership.objects.all()] == [ours.id]
        assert Organisation.objects.filter(id=ours.id).update(name="x") == 0, "only code that is bound to it writes"
    with bind(ours.id, user_id=owner.id):
        assert Organisation.objects.filter(id=theirs.id).update(name="x") == 0
        assert Membership.objects.filter(organisation_id=theirs.id).count() == 0
        assert Organisation.objects.filter(id=ours.id).update(name="New name") == 1


def test_memberships_of_the_user_elsewhere_can_be_read_and_not_written():
    user = make_user()
    ours, mine_too = make_organisation(owner=user), make_organisation(owner=user)
    with bind(ours.id, user_id=user.id):
        elsewhere = Membership.objects.filter(organisation_id=mine_too.id)
        assert elsewhere.count() == 1
        assert elsewhere.update(role="viewer") == 0


def test_binding_ends_with_its_block_and_nested_binding_restores_the_outer_one():
    ours, theirs = make_organisation(), make_organisation()
    user = make_user()
    job = _job(ours)
    with bind(ours.id, user_id=user.id):
        with bind(theirs.id):
            assert current_organisation_id() == theirs.id
            assert current_user_id() is None
            assert Job.objects.count() == 0
        assert current_user_id() == user.id
        assert _setting("app.user_id") == str(user.id)
        assert list(Job.objects.all()) == [job]
        with connection.cursor() as cursor:
            cursor.execute("SELECT count(*) FROM jobs_job")
            assert cursor.fetchone() == (1,)
    with pytest.raises(NoTenant):
        Job.objects.count()


def test_a_failing_nested_block_restores_the_outer_tenant():
    ours, theirs = make_organisation(), make_organisation()
    job = _job(ours)

    def fail_as_theirs() -> None:
        with bind(theirs.id):
            Job.objects.create(kind="test.kind", idempotency_key="lost")
            raise ZeroDivisionError

    with bind(ours.id):
        with pytest.raises(ZeroDivisionError):
            fail_as_theirs()
        assert _setting() == str(ours.id)
        assert list(Job.objects.all()) == [job]
    with bind(theirs.id):
        assert Job.objects.count() == 0


def test_a_lazy_query_set_does_not_outlive_its_tenant():
    ours, theirs = make_organisation(), make_organisation()
    _job(ours)
    with bind(ours.id):
        lazy = Job.objects.all()
    assert list(lazy) == [], "evaluated outside, the database answers nothing"
    with bind(theirs.id):
        assert list(lazy.all()) == [], "evaluated in another tenant, it stays filtered on its own, and is refused"


def test_a_row_once_per_tenant_may_exist_in_each():
    ours, theirs = make_organisation(), make_organisation()
    _job(ours)
    _job(theirs)
    with bind(ours.id), pytest.raises(IntegrityError, match="jobs_job_once"):
        Job.objects.create(kind="test.kind", idempotency_key="k")


def test_the_trail_is_append_only():
    ours = make_organisation()
    with bind(ours.id):
        AuditEvent.objects.create(action="a")
    for change in (lambda rows: rows.update(action="b"), lambda rows: rows._raw_delete("default")):
        with bind(ours.id), pytest.raises(Exception, match="permission denied"), transaction.atomic():
            change(AuditEvent.objects.all())
