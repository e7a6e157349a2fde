from django.db import migrations

from apps.tenancy.operations import SecureTenantTable


class Migration(migrations.Migration):
    dependencies = [("api", "0001_initial"), ("tenancy", "0002_security")]

    operations = [SecureTenantTable("IdempotentRequest")]
