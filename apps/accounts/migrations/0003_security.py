from django.db import migrations

from apps.tenancy.operations import DefinerFunction, SecureTenantTable


class Migration(migrations.Migration):
    dependencies = [("accounts", "0002_initial"), ("tenancy", "0002_security")]

    operations = [
        SecureTenantTable("ApiKey"),
        SecureTenantTable("Invitation"),
        SecureTenantTable("Notification"),
        DefinerFunction(
            "api_key_tenant(wanted text)",
            "TABLE (key_id uuid, organisation_id uuid)",
            "SELECT k.id, k.organisation_id FROM accounts_apikey k WHERE k.key_hash = wanted AND k.revoked_at IS NULL",
        ),
        DefinerFunction(
            "invitation_by_token(wanted text)",
            "TABLE (invitation_id uuid, organisation_id uuid)",
            "SELECT i.id, i.organisation_id FROM accounts_invitation i WHERE i.token_hash = wanted",
        ),
    ]
