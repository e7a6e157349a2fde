from django.db import migrations

from apps.tenancy.operations import AddCompositeKey, DefinerFunction, SecureTenantTable

# Organisations that hold something deleted long enough ago to be purged: only their ids leave the database.
PURGEABLE = """
SELECT organisation_id FROM catalog_track WHERE deleted_at < now() - make_interval(secs => older_s)
UNION
SELECT organisation_id FROM catalog_audioasset WHERE deleted_at < now() - make_interval(secs => older_s)
UNION
SELECT organisation_id FROM catalog_work WHERE deleted_at < now() - make_interval(secs => older_s)
UNION
SELECT organisation_id FROM catalog_scorefile WHERE deleted_at < now() - make_interval(secs => older_s)
"""


class Migration(migrations.Migration):
    dependencies = [("catalog", "0004_works")]

    operations = [
        SecureTenantTable("Work"),
        SecureTenantTable("WorkCredit"),
        SecureTenantTable("ScoreFile"),
        SecureTenantTable("ScoreContent"),
        SecureTenantTable("WorkEvent"),
        AddCompositeKey("Track", "work"),
        DefinerFunction("catalog_purgeable(older_s double precision)", "TABLE (organisation_id uuid)", PURGEABLE),
    ]
