"""The first standing test: every table of a tenant is walled off, by what PostgreSQL's own catalogue says."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connections, transaction

from apps.tenancy.models import Membership
from tests.integration.tenancy import schema

pytestmark = pytest.mark.django_db(databases=["default", "owner"])


@pytest.fixture
def owner_sql() -> Iterator[Callable[[str], Any]]:
    """Run statements as the owner; all of it is undone."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        yield cursor.execute
        transaction.set_rollback(True, using="owner")


def test_every_tenant_table_is_walled_off():
    assert schema.violations() == []


def test_the_models_of_tenants_are_found():
    tables = schema.tenant_tables()
    assert {
        "jobs_job",
        "accounts_apikey",
        "accounts_invitation",
        "audit_auditevent",
        Membership._meta.db_table,
    } <= tables
    assert "tenancy_organisation" not in tables
    assert "accounts_user" not in tables


def test_the_functions_across_tenants_are_found():
    names = schema.definer_functions()
    assert "api_key_tenant(text)" in names
    assert "jobs_due(double precision,double precision,double precision)" in names


@pytest.mark.parametrize(
    ("statement", "violation"),
    [
        ("ALTER TABLE jobs_job DISABLE ROW LEVEL SECURITY", "jobs_job: row-level security is off"),
        ("ALTER TABLE jobs_job NO FORCE ROW LEVEL SECURITY", "jobs_job: row-level security is not forced"),
        ("DROP POLICY tenant_isolation ON jobs_job", "jobs_job: it has no policy tenant_isolation"),
        (
            "CREATE POLICY wide ON jobs_job FOR UPDATE TO descant_runtime USING (true)",
            "jobs_job: policy wide lets strangers write",
        ),
        ("CREATE POLICY wide ON jobs_job FOR SELECT USING (true)", "jobs_job: policy wide is for ['public']"),
        (
            "ALTER TABLE jobs_job DROP CONSTRAINT jobs_job_tenant_id CASCADE",
            "jobs_job: UNIQUE (organisation_id, id) is missing",
        ),
        ("CREATE UNIQUE INDEX wide ON jobs_job (idempotency_key)", "jobs_job: unique constraint wide"),
        (
            "ALTER TABLE accounts_notificationread DROP CONSTRAINT accounts_notificationread_notification_id_tenant_fk",
            "accounts_notificationread: notification has no composite constraint",
        ),
        (
            "ALTER TABLE audit_auditevent ADD CONSTRAINT wide FOREIGN KEY (subject_id) REFERENCES jobs_job (id)",
            "audit_auditevent: key wide ['subject_id'] to jobs_job ['id'] is not composite",
        ),
        (
            "CREATE TABLE stray (job_id uuid REFERENCES jobs_job (id))",
            "stray: key stray_job_id_fkey points into the tenant table jobs_job from outside",
        ),
        ("CREATE TABLE stray (organisation_id uuid)", "stray: it has organisation_id, but its model does not inherit"),
        ("GRANT SELECT ON registry_entry TO descant_runtime", "registry_entry: descant_runtime has SELECT on it"),
        (
            "GRANT EXECUTE ON FUNCTION api_key_tenant(text) TO PUBLIC",
            "api_key_tenant(text): may be called by ['PUBLIC']",
        ),
        (
            "CREATE FUNCTION loose() RETURNS int LANGUAGE sql SECURITY DEFINER AS 'SELECT 1'",
            "loose(): owned by descant_owner",
        ),
    ],
)
def test_a_hole_is_found(owner_sql, statement, violation):
    owner_sql(statement)
    assert [text for text in schema.violations() if text.startswith(violation)] != []
