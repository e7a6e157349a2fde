from django.db import migrations

# Merges write every posting several times and delete what they replace. The space is used again once it is vacuumed,
# so that the table doesn't grow to several times of what it holds.
EAGER = """
ALTER TABLE registry_block SET (
    autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 100,
    toast.autovacuum_vacuum_scale_factor = 0.02, toast.autovacuum_vacuum_threshold = 500
);
"""
AS_BEFORE = """
ALTER TABLE registry_block RESET (
    autovacuum_vacuum_scale_factor, autovacuum_vacuum_threshold,
    toast.autovacuum_vacuum_scale_factor, toast.autovacuum_vacuum_threshold
);
"""


class Migration(migrations.Migration):
    dependencies = [("registry", "0006_segments")]

    operations = [migrations.RunSQL(EAGER, AS_BEFORE)]
