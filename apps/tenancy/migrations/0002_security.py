from django.db import migrations

from apps.tenancy.operations import TENANT_POLICY, DefinerFunction, SecureTenantTable

USER = "(SELECT nullif(current_setting('app.user_id', true), '')::uuid)"
OWN = TENANT_POLICY.replace("organisation_id", "id", 1)

# An organisation is the tenant itself: its members may read it, and only code bound to it may write it.
SECURE_ORGANISATION = f"""
ALTER TABLE tenancy_organisation ENABLE ROW LEVEL SECURITY;
ALTER TABLE tenancy_organisation FORCE ROW LEVEL SECURITY;
CREATE POLICY tenant_isolation ON tenancy_organisation TO descant_runtime USING ({OWN}) WITH CHECK ({OWN});
CREATE POLICY also_readable ON tenancy_organisation FOR SELECT TO descant_runtime USING (
    EXISTS (SELECT 1 FROM tenancy_membership m WHERE m.organisation_id = tenancy_organisation.id AND m.user_id = {USER})
);
"""
OPEN_ORGANISATION = """
DROP POLICY also_readable ON tenancy_organisation;
DROP POLICY tenant_isolation ON tenancy_organisation;
ALTER TABLE tenancy_organisation NO FORCE ROW LEVEL SECURITY;
ALTER TABLE tenancy_organisation DISABLE ROW LEVEL SECURITY;
"""


class Migration(migrations.Migration):
    dependencies = [("tenancy", "0001_initial")]

    operations = [
        SecureTenantTable("Membership", readable=f"user_id = {USER}"),
        migrations.RunSQL(SECURE_ORGANISATION, OPEN_ORGANISATION),
        DefinerFunction(
            "organisation_slug_taken(wanted text)",
            "boolean",
            "SELECT EXISTS (SELECT 1 FROM tenancy_organisation WHERE slug = wanted)",
        ),
    ]
