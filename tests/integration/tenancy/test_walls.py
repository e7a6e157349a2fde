"""The two walls: the raising manager, and row-level security beneath it."""

import pytest
from django.db import IntegrityError, connection, transaction

from apps.accounts.models import ApiKey
from apps.jobs.models import Job
from apps.tenancy.context import NoTenant, bind
from tests.factories import make_organisation

pytestmark = pytest.mark.django_db


def _job(organisation, key="k"):
    with bind(organisation.id):
        return Job.objects.create(kind="test.kind", idempotency_key=key)


def test_manager_raises_without_a_tenant():
    with pytest.raises(NoTenant):
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
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM jobs_job")
        assert cursor.fetchone() == (0,)


def test_rows_of_another_tenant_cannot_be_written():
    ours, theirs = make_organisation(), make_organisation()
    with bind(ours.id), pytest.raises(Exception, match="row-level security"), transaction.atomic():
        ApiKey.unscoped.create(organisation_id=theirs.id, name="x", prefix="x", key_hash="x")


def test_binding_ends_with_its_block_and_nested_binding_restores_the_outer_one():
    ours, theirs = make_organisation(), make_organisation()
    job = _job(ours)
    with bind(ours.id):
        with bind(theirs.id):
            assert Job.objects.count() == 0
        assert list(Job.objects.all()) == [job]
    with pytest.raises(NoTenant):
        Job.objects.count()


def test_integrity_error_name():
    ours = make_organisation()
    _job(ours)
    with bind(ours.id), pytest.raises(IntegrityError, match="jobs_job_once"):
        Job.objects.create(kind="test.kind", idempotency_key="k")
