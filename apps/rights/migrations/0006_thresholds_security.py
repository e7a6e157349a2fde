from django.db import migrations

from apps.tenancy.operations import SecureTenantTable


class Migration(migrations.Migration):
    dependencies = [("rights", "0005_thresholds")]

    operations = [SecureTenantTable("Thresholds")]
