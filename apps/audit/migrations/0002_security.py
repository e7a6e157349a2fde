from django.db import migrations

from apps.tenancy.operations import SecureTenantTable

APPEND_ONLY = "REVOKE UPDATE, DELETE, TRUNCATE ON audit_auditevent FROM descant_runtime, descant_platform"


class Migration(migrations.Migration):
    dependencies = [("audit", "0001_initial"), ("tenancy", "0002_security")]

    operations = [
        SecureTenantTable("AuditEvent"),
        migrations.RunSQL(APPEND_ONLY, "GRANT UPDATE, DELETE ON audit_auditevent TO descant_runtime, descant_platform"),
    ]
