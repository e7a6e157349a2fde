from django.db import migrations

from apps.tenancy.operations import DefinerFunction, SecureTenantTable

# Queued jobs that no broker took, and running ones whose worker has gone silent.
DUE = """
SELECT j.id, j.organisation_id FROM jobs_job j
WHERE (j.state = 'queued' AND coalesce(j.published_at, j.created_at) < now() - make_interval(secs => republish_s))
   OR (j.state = 'running' AND j.heartbeat_at < now() - make_interval(secs => stale_s))
ORDER BY j.created_at
LIMIT 500
"""


class Migration(migrations.Migration):
    dependencies = [("jobs", "0001_initial"), ("tenancy", "0002_security")]

    operations = [
        SecureTenantTable("Job"),
        DefinerFunction(
            "jobs_due(stale_s double precision, republish_s double precision)",
            "TABLE (job_id uuid, organisation_id uuid)",
            DUE,
        ),
    ]
