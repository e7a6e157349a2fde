from django.db import migrations

from apps.tenancy.operations import DefinerFunction

# As before, with what could not be compared in every way.
STALE = """
SELECT DISTINCT c.organisation_id FROM rights_check c
LEFT JOIN catalog_track t ON t.id = c.track_id AND t.organisation_id = c.organisation_id
LEFT JOIN catalog_work w ON w.id = c.work_id AND w.organisation_id = c.organisation_id
WHERE c.state = 'done' AND c.finished_at < now() - make_interval(secs => p_older)
  AND coalesce(t.status, w.status) IN ('clear', 'incomplete', 'conflict')
  AND coalesce(t.deleted_at, w.deleted_at) IS NULL
"""


class Migration(migrations.Migration):
    dependencies = [("rights", "0007_incomplete")]

    operations = [
        DefinerFunction("rights_stale_claims(p_older double precision)", "TABLE (organisation_id uuid)", STALE)
    ]
